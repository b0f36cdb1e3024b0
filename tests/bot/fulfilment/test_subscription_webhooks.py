"""Webhooks tell of subscriptions apart from their payments: whose they are, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, Grove
from tests.harness.sale_pages import audited
from tests.harness.shop import text_of

if TYPE_CHECKING:
    import simcord

    from sandbox.models import Session, Subscription
    from sandbox.webhooks import Event

pytestmark = pytest.mark.kept_shop


TRIAL = "VIP membership"
YEARLY = "VIP membership, yearly"
with_token = pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})


async def _link(grove: Grove, member: simcord.MemberActor, title: str = MEMBERSHIP) -> Session:
    before = set(grove.shop.sandbox.sessions)
    await grove.shop.buy(grove.till.product(title).handle, member)
    [made] = set(grove.shop.sandbox.sessions) - before
    return grove.shop.sandbox.sessions[made]


async def _both_subscribed(grove: Grove) -> dict[str, Subscription]:
    """Alice and Bob, in the same moment; returns their subscriptions by their payers' emails."""
    await grove.benefit(MEMBERSHIP)
    links = {"alice@example.com": await _link(grove, grove.shop.alice)}
    links["bob@example.com"] = await _link(grove, grove.bob)
    for email, session in links.items():
        grove.shop.sandbox.store.pay(session.id, email=email)
    await grove.till.settled()
    return {str(each.email): each for each in grove.shop.sandbox.subscriptions.values()}


def _notes(grove: Grove) -> list[str]:
    return [text for text in grove.logged() if "-# Note" in text]


def _held(grove: Grove, kind: str) -> Event:
    [event] = [each for each in grove.shop.sandbox.webhooks.events if each.type == kind and not each.answers]
    return event


async def _send(grove: Grove, *kinds: str) -> None:
    for kind in kinds:
        await grove.shop.sandbox.webhooks.send(_held(grove, kind))
        await grove.till.settled()


# --- whose it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["SUBSCRIPTION_CREATED", "PAYMENT_COMPLETED"])
@pytest.mark.parametrize("title", [MEMBERSHIP, TRIAL])
async def test_a_subscription_and_its_payment_find_each_other(grove: Grove, title: str, first: str) -> None:
    await grove.keep_log()
    await grove.benefit(title)
    session = await grove.till.link(title)
    grove.shop.sandbox.webhooks.held = True
    grove.shop.sandbox.store.pay(session.id, email="alice@example.com")
    kinds = ["SUBSCRIPTION_CREATED", "PAYMENT_COMPLETED"]

    await _send(grove, first, *(kind for kind in kinds if kind != first))

    assert grove.roles() == {"VIP"}
    assert len(grove.shop.rows("SELECT 1 FROM subscriptions")) == 1
    await grove.shop.pass_time(minutes=11)
    assert _notes(grove) == []


async def test_events_whose_beginning_never_came_are_of_the_sale_that_fits(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    session = await grove.till.link(MEMBERSHIP)
    grove.shop.sandbox.webhooks.held = True
    grove.shop.sandbox.store.pay(session.id)
    await _send(grove, "PAYMENT_COMPLETED")
    grove.shop.sandbox.webhooks.held = False
    await grove.days(1)

    await grove.at_the_store("cancel", grove.subscription)

    assert "You keep the **VIP** role until" in grove.told()[-1]
    await grove.days(7)
    assert grove.roles() == set()


async def test_what_fits_two_sales_is_left_to_staff(grove: Grove) -> None:
    await grove.keep_log()
    subscriptions = await _both_subscribed(grove)
    assert grove.shop.rows("SELECT * FROM subscriptions") == []
    assert _notes(grove) == []

    await grove.shop.pass_time(minutes=11)
    notes = _notes(grove)
    assert len(notes) == 2
    assert all(each.id in "".join(notes) for each in subscriptions.values())
    for note in notes:
        assert "A subscription started" in note
        assert f"<@{grove.shop.alice.id}>" in note
        assert f"<@{grove.bob.id}>" in note

    await grove.at_the_store("cancel", subscriptions["bob@example.com"])
    await grove.shop.pass_time(minutes=11)
    [note] = _notes(grove)[2:]
    assert "A subscription was cancelled" in note
    assert grove.roles() == grove.roles(grove.bob) == {"VIP"}


@with_token
async def test_the_store_is_asked_at_once_which_of_two_it_is(grove: Grove) -> None:
    await grove.keep_log()
    subscriptions = await _both_subscribed(grove)

    await grove.at_the_store("cancel", subscriptions["bob@example.com"], immediate=True)

    assert (grove.roles(), grove.roles(grove.bob)) == ({"VIP"}, set())
    await grove.shop.pass_time(minutes=11)
    assert _notes(grove) == []


@pytest.mark.parametrize("_token", [pytest.param(True, marks=with_token), False])
async def test_what_was_sold_elsewhere_is_nobodys_here(grove: Grove, *, _token: bool) -> None:
    await grove.keep_log()
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    ours = grove.subscription
    await grove.days(1)
    grove.shop.sandbox.ledger._paid(grove.shop.sandbox.orders[-1])
    [foreign] = [each for each in grove.shop.sandbox.subscriptions.values() if each is not ours]
    foreign.email = "somebody@example.com"
    await grove.till.settled()

    await grove.at_the_store("cancel", foreign, immediate=True)
    await grove.shop.pass_time(minutes=11)

    assert grove.roles() == {"VIP"}
    assert [row["subscription_id"] for row in grove.shop.rows("SELECT * FROM subscriptions")] == [ours.id]
    assert _notes(grove) == []


@with_token
async def test_what_the_store_cant_say_is_applied_as_it_was_told(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    grove.take_token_back()

    await grove.at_the_store("cancel", grove.subscription)
    assert "Subscription cancelled" not in grove.told()[-1]

    await grove.shop.pass_time(minutes=1)
    await grove.till.settled()
    assert "You keep the **VIP** role until" in grove.told()[-1]


@with_token
async def test_a_cancellation_that_waits_for_the_store_outlives_a_restart(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    grove.shop.sandbox.webhooks.held = True
    await grove.at_the_store("cancel", grove.subscription, immediate=True)
    grove.shop.sandbox.fail_next("GET", "*/subscriptions/*", times=1000)
    await _send(grove, "SUBSCRIPTION_CANCELLED")
    assert grove.roles() == {"VIP"}

    async with grove.outage():
        grove.shop.sandbox.stop_failing()

    assert grove.roles() == set()


# --- refunds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False])
async def test_a_refund_of_its_payment_cancels_a_subscription_at_once(grove: Grove, *, told: bool) -> None:
    await grove.benefit(MEMBERSHIP)
    order = await grove.bought(MEMBERSHIP)
    await grove.days(7)
    await grove.at_the_store("renew", grove.subscription)
    grove.shop.sandbox.webhooks.held = not told

    await grove.at_the_store("refund", order)
    if not told:
        await _send(grove, "PAYMENT_REFUNDED")

    assert grove.roles() == set()
    [row] = grove.shop.rows("SELECT * FROM subscriptions")
    assert (row["status"], row["ends_at"] is not None) == ("CANCELLED", True)
    assert "You got a refund" in grove.told()[-1]


async def test_a_role_that_is_kept_after_a_refund_has_the_time_that_was_paid_for(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP, keep_after_refund=True)
    order = await grove.bought(MEMBERSHIP)
    await grove.days(1)

    await grove.at_the_store("refund", order)
    assert grove.roles() == {"VIP"}

    await grove.days(7)
    assert grove.roles() == set()


# --- pauses ---------------------------------------------------------------------------------------------


async def _paused(grove: Grove) -> Any:
    """A subscription that is paused past its period; returns the staff's note."""
    await grove.keep_log()
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("pause", grove.subscription)
    await grove.days(8)
    assert grove.roles() == {"VIP"}
    [note] = [each for each in grove.messages(grove.log_channel) if "is paused" in text_of(each)]
    return note


async def test_a_pause_keeps_the_role_until_staff_end_it_and_it_comes_back(grove: Grove) -> None:
    note = await _paused(grove)

    result = await grove.boss.click(note, label="End access now")
    await grove.till.settled()
    assert "has ended" in text_of(result.response)
    assert grove.roles() == set()
    assert "It comes back when your subscription resumes." in grove.told()[-1]

    again = await grove.boss.click(note, label="End access now")
    assert "has already ended" in text_of(again.response)
    [(_, actor, said)] = [entry for entry in audited(grove) if entry[0] == "pause_ended"]
    assert (actor, said["sale"]) == (grove.boss.id, grove.till.sale()["reference"])

    await grove.at_the_store("resume", grove.subscription)
    assert grove.roles() == {"VIP"}


async def test_nobody_but_staff_ends_a_pause_and_two_at_once_end_it_once(grove: Grove) -> None:
    note = await _paused(grove)

    await grove.bob.click(note, label="End access now")
    await grove.till.settled()
    assert grove.roles() == {"VIP"}

    told = len(grove.told())
    await grove.shop.restart()
    await grove.boss.click(note, label="End access now")
    await grove.boss.click(note, label="End access now")
    await grove.till.settled()
    assert grove.roles() == set()
    assert len(grove.told()) == told + 1


async def test_a_paused_subscription_that_is_cancelled_has_no_time_left(grove: Grove) -> None:
    await _paused(grove)

    await grove.at_the_store("cancel", grove.subscription)

    assert grove.roles() == set()


# --- another plan ---------------------------------------------------------------------------------------


async def _two_plans(grove: Grove) -> None:
    await grove.keep_log()
    gold = grove.shop.guild.create_role("Gold")
    await grove.benefit(MEMBERSHIP)
    await grove.benefit(TRIAL, role=gold)
    await grove.bought(MEMBERSHIP)
    assert grove.roles() == {"VIP"}


@with_token
@pytest.mark.parametrize("webhooks", [True, False])
async def test_another_plan_moves_the_roles_and_its_payment_counts(grove: Grove, *, webhooks: bool) -> None:
    await _two_plans(grove)
    await grove.days(1)
    grove.shop.sandbox.webhooks.held = not webhooks

    order = await grove.at_the_store("change", grove.subscription, grove.till.product(TRIAL))
    if not webhooks:
        await grove.days(1)

    assert grove.roles() == {"Gold"}
    assert grove.till.quarantine() == []
    assert [row["order_id"] for row in grove.till.orders()][1:] == [order.id]
    assert [row["money"] for row in grove.till.orders()] == ["paid"] * 2

    await grove.at_the_store("change", grove.subscription, grove.till.product(MEMBERSHIP))
    await grove.days(1)
    assert grove.roles() == {"VIP"}


@with_token
async def test_another_plan_from_the_next_period_on_moves_the_roles_then(grove: Grove) -> None:
    await _two_plans(grove)
    await grove.at_the_store("change", grove.subscription, grove.till.product(TRIAL), at_once=False)
    assert grove.roles() == {"VIP"}

    await grove.days(7)
    await grove.at_the_store("renew", grove.subscription)

    assert grove.roles() == {"Gold"}
    assert [row["money"] for row in grove.till.orders()] == ["paid"] * 2


async def test_staff_hear_of_another_plan_that_no_event_names(grove: Grove) -> None:
    await _two_plans(grove)
    await grove.days(1)

    await grove.at_the_store("change", grove.subscription, grove.till.product(TRIAL))

    [note] = _notes(grove)
    assert "A subscription's price has changed" in note
    assert grove.roles() == {"VIP"}
    assert grove.till.quarantine() == []
