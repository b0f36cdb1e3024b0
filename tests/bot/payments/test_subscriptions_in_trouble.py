"""Subscriptions without webhooks when one can't be read or applied, or when few requests are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import NotFound
from bot.pandabase import provider
from tests.harness.lists import Lists, subscription_rows

if TYPE_CHECKING:
    import pytest

    from bot.payments.provider import Order


async def test_one_that_cant_be_applied_stands_in_the_way_of_no_other(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [await lists.subscribed(email=f"member{number}@example.com") for number in range(3)]
    for subscription in ours:
        lists.sandbox.ledger.pause(subscription)
    observe = lists.books.payments.observe

    async def partly(tx: Any, seen: Any) -> Any:
        if seen.subscription is not None and seen.subscription.id == ours[1].id:
            raise ArithmeticError("a bug of ours")
        return await observe(tx, seen)

    monkeypatch.setattr(lists.books.payments, "observe", partly)
    await lists.skip(days=1)
    assert [status for status, _ in await subscription_rows(lists)] == ["PAUSED", "ACTIVE", "PAUSED"]

    monkeypatch.undo()
    await lists.skip(hours=2)
    assert [status for status, _ in await subscription_rows(lists)] == ["PAUSED"] * 3


async def test_one_that_cant_be_read_stands_in_the_way_of_no_other(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [await lists.subscribed(email=f"member{number}@example.com") for number in range(2)]
    for subscription in ours:
        lists.sandbox.ledger.pause(subscription)
    monkeypatch.setattr(provider, "LARGEST_PAGE", 1)
    for _ in range(2):
        await lists.subscribed(email="somebody@example.com")
    lists.sandbox.fail_next("GET", f"*/subscriptions/{ours[0].id}", malformed=True)

    await lists.skip(days=1)
    assert [status for status, _ in await subscription_rows(lists)][:2] == ["ACTIVE", "PAUSED"]

    await lists.skip(hours=2)
    assert [status for status, _ in await subscription_rows(lists)][:2] == ["PAUSED"] * 2


async def test_an_order_that_cant_be_read_hides_no_other_renewal(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [await lists.subscribed(email=f"member{number}@example.com") for number in range(2)]
    await lists.skip(days=7)
    orders = [lists.sandbox.ledger.renew(subscription) for subscription in ours]
    order = lists.list._lists.order

    async def partly(order_id: str) -> Order:
        if order_id == orders[0].id:
            raise NotFound("There is no such order.")
        return await order(order_id)

    monkeypatch.setattr(lists.list._lists, "order", partly)
    await lists.skip(minutes=5)
    assert [each.order_id for _, each in lists.books.heard.orders[2:]] == [orders[1].id]

    monkeypatch.undo()
    await lists.skip(days=1)
    assert [each.order_id for _, each in lists.books.heard.orders[2:]] == [orders[1].id, orders[0].id]


async def test_more_renewals_than_one_limit_allows_are_found_under_the_next(lists: Lists) -> None:
    ours = [await lists.subscribed(email=f"member{number}@example.com") for number in range(15)]
    await lists.skip(days=6, hours=23)
    for subscription in ours:
        lists.sandbox.ledger.renew(subscription)
    lists.sandbox.set_rate_limit(20)

    await lists.pass_time(hours=2)

    assert lists.books.heard.changes.count("renewed") == 15
