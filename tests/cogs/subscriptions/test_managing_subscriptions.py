"""Who pays a subscription cancels and resumes it in /purchases, through the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.subscriptions.service import Step, SubscriptionManagement
from cogs import custom_ids
from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from sandbox.models import SubscriptionStatus
from tests.harness.grove import MEMBERSHIP, PRODUCT
from tests.harness.sale_pages import at_once, audited, told, with_button
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from sandbox.faults import LoggedRequest
    from tests.harness.grove import Grove

PORTAL: Final = "https://mypandabase.com"
TRIAL: Final = "VIP membership"

pytestmark = [pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret}), pytest.mark.kept_shop]


async def purchases(grove: Grove, member: Any = None) -> Any:
    return (await (member or grove.shop.alice).slash(grove.shop.channel, "purchases")).response


async def managed(grove: Grove) -> Any:
    """The page of Alice's subscription, opened from her purchases."""
    return (await grove.shop.alice.click(await purchases(grove), label="Manage subscription")).response


async def cancelled(grove: Grove) -> Any:
    """Cancelled by her, with the answer."""
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")
    clicked = await grove.shop.alice.click(asked.response, label="Cancel subscription")
    await grove.till.settled()
    return clicked


def sent(grove: Grove, step: str) -> list[LoggedRequest]:
    return grove.shop.sandbox.requests_to("POST", f"/{grove.subscription.id}/{step}")


def status(grove: Grove) -> str:
    [row] = grove.shop.rows("SELECT status FROM subscriptions")
    return str(row["status"])


def plan_fault(grove: Grove, method: str = "POST", **fault: Any) -> None:
    path = f"*/subscriptions/{grove.subscription.id}*"
    grove.shop.sandbox.fail_next(method, path, **fault)


async def test_a_payer_cancels_with_the_period_and_everything_follows(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    page = await managed(grove)
    assert "Your subscription" in text_of(page)
    assert "Next charge: $1.99\u00a0/\u00a0week on" in text_of(page)
    assert buttons_of(page)["Cards and invoices"]["url"] == PORTAL

    asked = await grove.shop.alice.click(page, label="Cancel subscription")
    assert "Cancel this subscription?" in text_of(asked.response)
    assert "You keep it until <t:" in text_of(asked.response)
    assert (sent(grove, "cancel"), audited(grove)) == ([], []), "one click cancels nothing"
    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")
    await grove.till.settled()

    assert "Subscription cancelled" in text_of(done.response)
    assert "Cancelled. Active until <t:" in text_of(done.response)
    assert [request.body for request in sent(grove, "cancel")] == [{"immediate": False}]
    assert grove.subscription.ends_at == grove.subscription.period_end
    assert status(grove) == "CANCELLED"
    assert "VIP" in grove.roles()
    assert "Cancelled. Active until" in text_of(await purchases(grove))
    reference = grove.till.sale()["reference"]
    assert audited(grove) == [("subscription_cancel_asked", grove.shop.alice.id, {"sale": reference})]
    await grove.days(8)
    assert "VIP" not in grove.roles()
    over = await purchases(grove)
    assert "Manage subscription" not in buttons_of(over), "it is over"
    receipt = told(await grove.shop.alice.click(over, label="Show receipt"))
    assert "You had the **VIP** role" in receipt
    for shown in (text_of(await purchases(grove)), receipt):
        assert "Cancelled. Ended on <t:" in shown
        assert "Active until" not in shown
    page = await grove.store("member", member=grove.shop.alice)
    assert "Subscription: cancelled, ended <t:" in page


async def test_a_question_can_be_left_without_an_answer(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")

    back = await grove.shop.alice.click(asked.response, label="Keep subscription")

    assert "Your subscription" in text_of(back.response)
    assert sent(grove, "cancel") == []


async def test_it_is_resumed_before_it_ends(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    done = await cancelled(grove)
    await grove.shop.pass_time(seconds=1)

    asked = await grove.shop.alice.click(done.response, label="Resume subscription")
    assert "renews until you cancel" in text_of(asked.response)
    assert sent(grove, "reactivate") == []
    resumed = await grove.shop.alice.click(asked.response, label="Resume subscription")
    await grove.till.settled()

    assert "Subscription resumed" in text_of(resumed.response)
    assert "Next charge: $1.99\u00a0/\u00a0week on" in text_of(resumed.response)
    assert grove.subscription.status is SubscriptionStatus.ACTIVE
    assert status(grove) == "ACTIVE"
    assert [action for action, *_ in audited(grove)] == [
        "subscription_cancel_asked",
        "subscription_resume_asked",
    ]
    await grove.days(8)
    assert "VIP" in grove.roles()


async def test_one_that_was_cancelled_at_the_store_is_resumed_here(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription)

    page = await managed(grove)

    assert "Resume subscription" in buttons_of(page)
    assert "Cancel subscription" not in buttons_of(page)


async def test_a_trial_says_that_nothing_is_paid(grove: Grove) -> None:
    await grove.bought(TRIAL)

    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")

    assert "until your trial ends on <t:" in text_of(asked.response)
    assert "-# Free trial · <t:" in text_of(await purchases(grove))
    await grove.at_the_store("renew", grove.subscription)
    assert "-# Paid · <t:" in text_of(await purchases(grove))


async def test_a_trial_that_was_cancelled_was_never_paid(grove: Grove) -> None:
    await grove.bought(TRIAL)

    await cancelled(grove)

    assert "-# Free trial · <t:" in text_of(await purchases(grove))


async def test_two_clicks_at_once_ask_the_store_once(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    service = grove.shop.app.bot.service(SubscriptionManagement)
    reference = grove.till.sale()["reference"]
    once = [service.carry_out(grove.shop.alice.id, reference, Step.CANCEL) for _ in range(2)]

    ended = await at_once(grove, *once)

    assert [each.step for each in ended] == [Step.RESUME] * 2, "both see that it is cancelled"
    assert len(sent(grove, "cancel")) == len(audited(grove)) == 1
    shown = await with_button(grove, custom_ids.subscription(reference, "cancel", "sure"))
    again = await grove.shop.alice.click(shown, label="?")
    assert "Subscription cancelled" in told(again)
    assert len(sent(grove, "cancel")) == len(audited(grove)) == 1


@pytest.mark.postgres
async def test_two_processes_at_once_ask_the_store_once(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    reference, alice = grove.till.sale()["reference"], grove.shop.alice.id
    here = grove.shop.app.bot.service(SubscriptionManagement)
    other = SubscriptionManagement(
        here._database,
        here._payments,
        here._api,
        audit=here._audit,
        leases=here._leases,
        clock=here._clock,
    )

    ended = await at_once(grove, *(each.carry_out(alice, reference, Step.CANCEL) for each in (here, other)))

    assert [each.step for each in ended] == [Step.RESUME] * 2, "both see that it is cancelled"
    assert len(sent(grove, "cancel")) == len(audited(grove)) == 1
    assert grove.shop.rows("SELECT * FROM leases") == []


async def test_only_its_payer_manages_it(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    reference = grove.till.sale()["reference"]

    for step in ((), ("cancel",), ("cancel", "sure"), ("resume", "sure")):
        shown = await with_button(grove, custom_ids.subscription(reference, *step))
        for stranger in (grove.bob, grove.boss):
            assert "someone else's purchase" in told(await stranger.click(shown, label="?"))

    assert sent(grove, "cancel") == sent(grove, "reactivate") == []


async def test_a_gift_is_its_payers_to_manage(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP, gift_to=grove.bob)

    assert "Manage subscription" not in buttons_of(await purchases(grove, grove.bob))
    assert "Manage subscription" in buttons_of(await purchases(grove))


async def test_what_isnt_a_subscription_has_nothing_to_manage(grove: Grove) -> None:
    await grove.bought(PRODUCT)
    shown = await with_button(grove, custom_ids.subscription(grove.till.sale()["reference"]))

    assert "no subscription in this purchase" in told(await grove.shop.alice.click(shown, label="?"))


@pytest.mark.parametrize("lacks", ["SUBSCRIPTIONS_READ", "SUBSCRIPTIONS_WRITE"])
async def test_a_token_that_may_not_leads_to_the_store_and_then_offers_nothing_else(
    grove: Grove, lacks: str, caplog: pytest.LogCaptureFixture
) -> None:
    await grove.bought(MEMBERSHIP)
    page = await managed(grove)
    grove.take_token_back()
    grove.shop.sandbox.add_token(Token(DEMO_TOKEN.secret, scopes=ALL_SCOPES - {lacks}))

    asked = await grove.shop.alice.click(page, label="Cancel subscription")
    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")

    assert "You can't change it here\nManage this subscription at the store instead." in text_of(
        done.response
    )
    assert buttons_of(done.response)["Cards and invoices"]["url"] == PORTAL
    assert grove.subscription.status is SubscriptionStatus.ACTIVE
    assert f"({lacks}: " in caplog.text
    assert list(buttons_of(await managed(grove))) == ["Cards and invoices"]
    await grove.shop.pass_time(minutes=31)
    assert "Cancel subscription" in buttons_of(await managed(grove)), "perhaps the owner has mended it"


@pytest.mark.settings(pandabase={"api_token": None})
async def test_without_a_token_the_store_is_where_it_is_managed(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)

    assert buttons_of(await purchases(grove))["Manage subscription"]["url"] == PORTAL
    shown = await with_button(
        grove, custom_ids.subscription(grove.till.sale()["reference"], "cancel", "sure")
    )
    assert "Manage this subscription at the store instead." in told(
        await grove.shop.alice.click(shown, label="?")
    )


async def test_a_store_that_is_away_changes_nothing_and_says_so(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")
    plan_fault(grove, method="GET", refuse=True, times=20)

    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")

    assert "Nothing changed: the store isn't answering." in told(done)
    assert (audited(grove), status(grove)) == ([], "ACTIVE")
    assert grove.shop.rows("SELECT * FROM leases") == []


async def test_an_answer_that_is_lost_is_made_good_by_asking_again(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")
    plan_fault(grove, lose_answer=True)

    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")

    assert "Subscription cancelled" in text_of(done.response)
    headers = [
        {name.lower(): value for name, value in each.headers.items()} for each in sent(grove, "cancel")
    ]
    keys = {each["idempotency-key"] for each in headers}
    assert (len(sent(grove, "cancel")), len(keys)) == (2, 1)


async def test_a_store_that_never_confirms_is_asked_a_minute_later(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    grove.shop.sandbox.webhooks.held = True
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")
    plan_fault(grove, lose_answer=True, times=20)

    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")

    assert "The store didn't confirm it" in told(done)
    assert status(grove) == "ACTIVE"
    await grove.shop.pass_time(minutes=2)
    await grove.till.at_rest()
    assert status(grove) == "CANCELLED"
    assert len(audited(grove)) == 1


async def test_a_store_that_forgot_the_key_but_has_done_it_counts(grove: Grove) -> None:
    """The second attempt is told that it is cancelled already."""
    await grove.bought(MEMBERSHIP)
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")
    plan_fault(grove, lose_answer=True)
    plan_fault(grove, status=400)

    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")

    assert "Subscription cancelled" in text_of(done.response)
    assert status(grove) == "CANCELLED"


async def test_the_stores_refusal_is_shown_in_its_words(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")
    plan_fault(grove, status=400)

    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")

    assert "Cancel this subscription?" in text_of(done.response)
    assert told(done).strip() != text_of(done.response).strip()
    assert status(grove) == "ACTIVE"


@pytest.mark.postgres
async def test_a_process_that_is_killed_in_the_middle_leaves_nothing_taken(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    held = f"subscription:{grove.subscription.id}"
    forever = 10**15
    grove.shop.write("INSERT INTO leases (name, holder, until) VALUES (?, 'gone', ?)", held, forever)
    asked = await grove.shop.alice.click(await managed(grove), label="Cancel subscription")
    refused = await grove.shop.alice.click(asked.response, label="Cancel subscription")
    assert "already asking the store" in told(refused)

    grove.shop.write("UPDATE leases SET until = 0")

    done = await grove.shop.alice.click(asked.response, label="Cancel subscription")
    assert "Subscription cancelled" in text_of(done.response)


@pytest.mark.sqlite
async def test_a_file_database_is_free_of_what_a_dead_process_held(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    held = f"subscription:{grove.subscription.id}"
    async with grove.outage():
        grove.shop.write("INSERT INTO leases (name, holder, until) VALUES (?, 'gone', ?)", held, 10**15)

    assert grove.shop.rows("SELECT * FROM leases") == []


async def test_the_reminder_of_an_end_leads_here_from_a_direct_message(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await cancelled(grove)
    await grove.days(4.5)
    message = next(each for each in grove.shop.dms(grove.shop.alice) if "ends soon" in text_of(each))

    opened = await grove.shop.alice.user.click(message, label="Manage subscription")

    assert "Resume subscription" in buttons_of(opened.response)
    assert "Bamboo Grove" in text_of(opened.response)
