"""Subscriptions without webhooks: the store's lists tell how they begin, renew, falter and end."""

import logging

import pytest

from bot.pandabase import provider
from bot.pandabase.schemas import CatalogItem, CheckoutRequest
from bot.pandabase.store_api import bearer
from sandbox.models import Subscription
from tests.harness.lists import TRIAL, WEEKLY, Lists, subscription_rows, subscriptions_told


async def test_a_paid_order_brings_the_subscription_that_it_began(lists: Lists) -> None:
    subscription = await lists.subscribed()

    [(change, record)] = lists.books.heard.subscriptions
    assert (change, record.subscription_id) == ("created", subscription.id)
    assert record.current_period_end == subscription.period_end
    assert lists.books.heard.changes == ["paid"]
    [session] = await lists.books.rows("SELECT next_poll_at FROM sessions")
    assert session["next_poll_at"] is None


async def test_a_trial_of_nothing_counts_with_its_subscription(lists: Lists) -> None:
    await lists.subscribed(TRIAL)

    assert lists.books.heard.changes == ["paid"]
    assert await lists.books.reasons() == []
    assert await subscription_rows(lists) == [("TRIALING", 1)]
    assert await lists.books.rows("SELECT 1 FROM quarantine") == []


async def test_what_else_is_sold_costs_no_look_at_subscriptions(lists: Lists) -> None:
    lists.pay(await lists.link())
    await lists.pass_time(minutes=3)
    await lists.skip(days=2)

    assert lists.books.heard.changes == ["paid"]
    assert lists.requests("/subscriptions/") == []


async def test_a_renewal_is_found_soon_after_the_period_ended(lists: Lists) -> None:
    subscription = await lists.subscribed()
    await lists.skip(days=7)
    order = lists.sandbox.ledger.renew(subscription)

    await lists.pass_time(minutes=5)

    assert lists.books.heard.changes == ["paid", "renewed"]
    record = lists.books.heard.orders[-1][1]
    assert (record.order_id, record.subscription_id) == (order.id, subscription.id)
    assert subscriptions_told(lists) == ["created", "renewed"]
    assert lists.books.heard.subscriptions[-1][1].current_period_end == subscription.period_end


async def test_a_trial_that_ends_paid_is_a_renewal(lists: Lists) -> None:
    subscription = await lists.subscribed(TRIAL)
    await lists.skip(days=7)
    lists.sandbox.ledger.renew(subscription)

    await lists.pass_time(minutes=5)

    assert lists.books.heard.changes == ["paid", "renewed"]
    assert await subscription_rows(lists) == [("ACTIVE", 1)]


async def test_a_quiet_subscription_is_asked_for_once_a_day(lists: Lists) -> None:
    await lists.subscribed("VIP membership, a whole year")
    before = len(lists.requests("/subscriptions/"))
    await lists.pass_time(days=3)

    assert len(lists.requests("/subscriptions/")) - before == 3


async def test_every_turn_of_its_life_is_told_once(lists: Lists) -> None:
    ledger, subscription = lists.sandbox.ledger, await lists.subscribed()
    turns = (ledger.pause, ledger.resume, ledger.fall_behind, ledger.renew, ledger.cancel)
    for turn in turns:
        turn(subscription)
        await lists.skip(days=1, hours=1)

    assert subscriptions_told(lists) == ["created", "paused", "resumed", "past_due", "renewed", "cancelled"]
    last = lists.books.heard.subscriptions[-1][1]
    assert (last.status, last.ends_at) == ("CANCELLED", subscription.ends_at)


async def test_a_cancellation_that_is_taken_back_goes_on(lists: Lists) -> None:
    subscription = await lists.subscribed()
    lists.sandbox.ledger.cancel(subscription)
    await lists.skip(days=1)
    lists.sandbox.ledger.reactivate(subscription)
    await lists.skip(days=1)

    assert subscriptions_told(lists) == ["created", "cancelled", "resumed"]
    assert lists.books.heard.subscriptions[-1][1].ends_at is None


async def test_one_that_goes_on_only_to_its_end_is_cancelled_whatever_its_status_says(lists: Lists) -> None:
    subscription = await lists.subscribed()
    subscription.ends_at = subscription.period_end
    await lists.skip(days=3)

    assert subscriptions_told(lists) == ["created", "cancelled"]
    assert await subscription_rows(lists) == [("CANCELLED", 1)]


async def test_one_that_has_ended_is_not_asked_for_any_more(lists: Lists) -> None:
    lists.sandbox.ledger.cancel(await lists.subscribed())
    for _ in range(9):
        await lists.skip(days=1)
    [row] = await lists.books.rows("SELECT next_poll_at FROM subscriptions")
    assert row["next_poll_at"] is None

    before = len(lists.requests("/subscriptions/"))
    await lists.skip(days=9)
    assert len(lists.requests("/subscriptions/")) == before


async def test_after_an_outage_every_renewal_is_found_once_and_by_itself(lists: Lists) -> None:
    subscription = await lists.subscribed()
    renewals = []
    for _ in range(3):
        lists.books.pass_time(days=7)
        renewals.append(lists.sandbox.ledger.renew(subscription).id)
    lists.books.pass_time(days=2)

    lists.restart()
    await lists.poll()
    await lists.skip(days=1)

    assert lists.books.heard.changes == ["paid"] + 3 * ["renewed"]
    assert [order.order_id for _, order in lists.books.heard.orders[1:]] == renewals
    assert lists.books.heard.subscriptions[-1][1].current_period_end == subscription.period_end


async def test_a_renewal_that_was_found_late_hides_no_other(lists: Lists) -> None:
    subscription = await lists.subscribed()
    lists.books.pass_time(days=7)
    lists.sandbox.ledger.renew(subscription)
    await lists.skip(days=6, hours=23, minutes=50)
    assert lists.books.heard.changes == ["paid", "renewed"]
    lists.books.pass_time(minutes=10)
    lists.sandbox.ledger.renew(subscription)
    await lists.skip(minutes=10)

    assert lists.books.heard.changes == ["paid", "renewed", "renewed"]


async def test_what_began_and_ended_during_an_outage_is_found_at_the_start(lists: Lists) -> None:
    _, subscription = lists.pay(await lists.link())
    _, subscription = lists.pay(await lists.link(WEEKLY))
    assert subscription is not None
    lists.books.pass_time(days=3)
    lists.sandbox.ledger.cancel(subscription, immediate=True)
    await lists.books.expire()

    lists.restart()
    await lists.poll()

    assert lists.books.heard.changes == ["paid", "paid"]
    assert await subscription_rows(lists) == [("CANCELLED", 2)]


async def test_a_refunded_renewal_is_swept_like_any_order(lists: Lists) -> None:
    subscription = await lists.subscribed()
    await lists.skip(days=7)
    order = lists.sandbox.ledger.renew(subscription)
    await lists.pass_time(minutes=5)
    lists.sandbox.ledger.refund(order)
    await lists.skip(hours=1, minutes=1)

    assert lists.books.heard.changes == ["paid", "renewed", "refunded"]


# --- what the lists don't name ------------------------------------------------------------------------


async def test_two_of_one_product_by_one_customer_keep_their_own_orders(lists: Lists) -> None:
    first = await lists.subscribed()
    await lists.skip(days=3)
    second = await lists.subscribed()
    assert await subscription_rows(lists) == [("ACTIVE", 1), ("ACTIVE", 2)]

    await lists.skip(days=4)
    one = lists.sandbox.ledger.renew(first)
    await lists.skip(days=3)
    two = lists.sandbox.ledger.renew(second)
    await lists.skip(hours=1)

    renewed = [(order.order_id, order.subscription_id) for _, order in lists.books.heard.orders[2:]]
    assert renewed == [(one.id, first.id), (two.id, second.id)]


async def test_what_a_customer_subscribes_to_elsewhere_is_neither_ours_nor_a_renewal(lists: Lists) -> None:
    ours = await lists.subscribed()
    await lists.skip(days=6, hours=23, minutes=30)
    elsewhere = await _elsewhere(lists)
    await lists.pass_time(minutes=30)
    renewal = lists.sandbox.ledger.renew(ours)
    await lists.skip(days=6, hours=23)
    lists.sandbox.ledger.renew(elsewhere)
    await lists.skip(hours=1)
    lists.sandbox.ledger.renew(ours)
    await lists.skip(hours=1)

    assert await subscription_rows(lists) == [("ACTIVE", 1)]
    assert lists.books.heard.changes == ["paid", "renewed", "renewed"]
    assert lists.books.heard.orders[1][1].order_id == renewal.id


async def _elsewhere(lists: Lists) -> Subscription:
    """The same customer subscribes on the store's own website."""
    product = next(one for one in lists.sandbox.products.values() if one.title == WEEKLY)
    item = CatalogItem(product_id=product.id, quantity=1)
    made = await lists.client.create_checkout(CheckoutRequest(items=(item,)))
    order = lists.sandbox.store.pay(made.id, email="alice@example.com")
    return lists.sandbox.subscriptions[str(order.subscription_id)]


async def test_many_are_asked_for_together_once_or_twice_a_day(lists: Lists) -> None:
    for number in range(6):
        await lists.subscribed("VIP membership, a whole year", email=f"member{number}@example.com")
        await lists.skip(hours=1)
    lists.sandbox.requests.clear()

    await lists.pass_time(days=2)

    assert 2 <= len(lists.requests("/subscriptions/")) <= 4


async def test_more_than_a_page_holds_are_all_found(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "LARGEST_PAGE", 5)
    for number in range(12):
        lists.pay(await lists.link(WEEKLY), email=f"member{number}@example.com")
    await lists.skip(minutes=2)
    for subscription in lists.sandbox.subscriptions.values():
        lists.sandbox.ledger.pause(subscription)
    lists.sandbox.requests.clear()
    await lists.skip(days=1)

    assert [status for status, _ in await subscription_rows(lists)] == ["PAUSED"] * 12
    assert len(lists.requests("/subscriptions/")) == 3


async def test_few_of_many_are_asked_for_one_by_one(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "LARGEST_PAGE", 1)
    ours = [await lists.subscribed(email=f"member{number}@example.com") for number in range(2)]
    for _ in range(4):
        await _elsewhere(lists)
    for subscription in ours:
        lists.sandbox.ledger.pause(subscription)
    lists.sandbox.requests.clear()
    await lists.skip(days=1)

    assert [status for status, _ in await subscription_rows(lists)] == ["PAUSED"] * 2
    assert len(lists.requests("/subscriptions/")) == 3, "the newest page holds none of them"


async def test_asking_leaves_room_to_those_who_wait(lists: Lists) -> None:
    lists.sandbox.set_rate_limit(20)
    for number in range(4):
        lists.pay(await lists.link(WEEKLY), email=f"member{number}@example.com")

    await lists.pass_time(minutes=30)

    assert len(await subscription_rows(lists)) == 4
    assert not [one for one in lists.sandbox.requests if one.status == 429]


# --- trouble ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lists", [bearer("sk_orders-only")], indirect=True)
async def test_a_missing_scope_is_named_and_stops_no_order(
    lists: Lists, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        lists.pay(await lists.link(WEEKLY))
        lists.pay(await lists.link())
        await lists.pass_time(minutes=5)

    assert "SUBSCRIPTIONS_READ" in caplog.text
    assert lists.books.heard.changes == ["paid", "paid"]
    assert await subscription_rows(lists) == []


async def test_a_subscription_that_cant_be_read_now_is_found_later(lists: Lists) -> None:
    lists.sandbox.fail_next("GET", "*/subscriptions/", malformed=True, times=2)
    lists.pay(await lists.link(WEEKLY))
    lists.pay(await lists.link(TRIAL), email="bob@example.com")
    await lists.pass_time(seconds=30)
    assert lists.books.heard.changes == ["paid"], "a trial is known by its subscription only"
    assert await lists.books.rows("SELECT 1 FROM quarantine") == []

    await lists.pass_time(minutes=2)

    assert lists.books.heard.changes == ["paid", "paid"]
    assert sorted(await subscription_rows(lists)) == [("ACTIVE", 1), ("TRIALING", 2)]


async def test_a_subscription_that_the_store_lists_late_is_found_too(lists: Lists) -> None:
    _, subscription = lists.pay(await lists.link(WEEKLY))
    assert subscription is not None
    hidden = lists.sandbox.subscriptions.pop(subscription.id)
    await lists.pass_time(minutes=1)
    assert lists.books.heard.changes == ["paid"]

    lists.sandbox.subscriptions[hidden.id] = hidden
    await lists.pass_time(minutes=2)

    assert subscriptions_told(lists) == ["created"]
    assert lists.books.heard.changes == ["paid"]


async def test_one_that_the_store_has_forgotten_is_asked_for_daily(lists: Lists) -> None:
    subscription = await lists.subscribed()
    del lists.sandbox.subscriptions[subscription.id]
    await lists.skip(days=3)

    assert await subscription_rows(lists) == [("ACTIVE", 1)]
    assert len(lists.requests("/subscriptions/")) < 6


async def test_the_order_of_another_plan_that_the_store_lists_late_is_found_too(lists: Lists) -> None:
    weekly = await lists.subscribed()
    gold = next(one for one in lists.sandbox.products.values() if one.title == TRIAL)
    await lists.pass_time(days=2)
    order = lists.sandbox.ledger.change(weekly, gold)
    assert order is not None
    lists.sandbox.orders.remove(order)
    await lists.pass_time(days=1, minutes=1)
    [row] = await lists.books.rows("SELECT product_id FROM subscriptions")
    assert row["product_id"] == gold.id, "the plan is known by now, and its order isn't"
    assert lists.books.heard.changes == ["paid"]

    lists.sandbox.orders.append(order)
    await lists.pass_time(hours=2)

    assert lists.books.heard.changes == ["paid", "renewed"]
    assert await lists.books.reasons() == []
