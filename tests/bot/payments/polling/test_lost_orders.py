"""Rows that a power cut or a lost database took, and orders that stand in the way of others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.catalog.models import ProductType
from bot.errors import NotFound, RateLimited
from bot.pandabase import provider
from bot.payments.polling import orders, store
from tests.harness.ids import discord_id
from tests.harness.lists import TRIAL, WEEKLY, Lists, subscription_rows, subscriptions_told

if TYPE_CHECKING:
    from bot.payments.provider import Order


async def test_with_a_lost_database_the_list_brings_back_what_was_paid(lists: Lists) -> None:
    paid, unpaid = await lists.link(), await lists.link()
    lists.pay(paid)
    await lists.books.lose()
    lists.books.pass_time(days=20)
    lists.restart()

    again = await lists.find_lost()

    assert again == lists.books.now + timedelta(minutes=10)
    assert await lists.statuses() == ["paid"]
    assert lists.books.heard.changes == ["paid"]
    assert unpaid.session_id not in str(await lists.books.rows("SELECT session_id FROM sessions"))
    lists.sandbox.requests.clear()
    assert await lists.find_lost() == again
    assert lists.requests() == [], "whoever wakes it before, it has looked"


async def test_the_last_moments_before_a_power_cut_come_back(lists: Lists) -> None:
    kept = await lists.link()
    lists.books.pass_time(minutes=5)
    cut = await lists.link()
    lists.pay(cut)
    await lists.books.forget(cut)
    lists.restart()

    await lists.find_lost()

    assert sorted(await lists.statuses()) == ["open", "paid"]
    assert await lists.books.session_state(kept) == "open"


async def test_what_the_store_sells_elsewhere_is_looked_at_once_and_left_alone(lists: Lists) -> None:
    await lists.link()
    for _ in range(3):
        await lists.sold_elsewhere()
    lists.restart()

    await lists.find_lost()
    reads = len(lists.requests("/orders/ord_"))
    await lists.pass_time(days=2)

    assert await lists.statuses() == ["expired"]
    assert await lists.books.reasons() == []
    assert len(lists.requests("/orders/ord_")) == reads == 3
    assert await lists.find_lost() is None, "nothing can come any more"


async def test_who_has_to_wait_for_the_store_goes_on_from_there(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        lists.pay(await lists.link())
    await lists.books.lose()
    lists.restart()
    read = list[str]()
    order = lists.list._lists.order

    async def limited(order_id: str) -> Order:
        if len(read) == 2 and "waited" not in read:
            read.append("waited")
            raise RateLimited(retry_at=lists.books.now + timedelta(seconds=30))
        read.append(order_id)
        return await order(order_id)

    monkeypatch.setattr(lists.list._lists, "order", limited)

    assert await lists.find_lost() == lists.books.now + timedelta(seconds=30)
    await lists.find_lost()

    assert await lists.statuses() == ["paid"] * 4
    assert len(read) == len(set(read)) == 5


async def test_all_of_a_long_time_comes_back_however_slowly_the_store_answers(lists: Lists) -> None:
    for _ in range(30):
        lists.pay(await lists.link())
        lists.books.pass_time(hours=12)
    await lists.books.lose()
    lists.restart()
    lists.sandbox.set_rate_limit(20)

    await lists.find_lost()
    assert 5 < len(await lists.statuses()) <= 10  # the other half of the limit is for links that are known
    lists.restart()
    await lists.find_lost()
    await lists.pass_time(minutes=5)

    assert await lists.statuses() == ["paid"] * 30
    assert not [one for one in lists.sandbox.requests if one.status == 429]


async def test_what_comes_before_the_look_hides_nothing_from_it(lists: Lists) -> None:
    for _ in range(4):
        lists.pay(await lists.link())
        lists.books.pass_time(days=2)
    last = await lists.link()
    await lists.books.lose()
    lists.restart()
    lists.sandbox.fail_next("GET", "*/orders/*", malformed=True)

    await lists.books.tell("PAYMENT_COMPLETED", lists.books.order(last))
    assert await lists.find_lost() == lists.books.now + timedelta(minutes=1)
    await lists.link()
    lists.restart()
    await lists.find_lost()

    assert sorted(await lists.statuses()) == ["open", *["paid"] * 5]


async def test_a_backup_that_is_put_back_is_made_whole_again(lists: Lists) -> None:
    await lists.link()
    lists.books.pass_time(days=3)
    lost = [await lists.link() for _ in range(2)]
    for sale in lost:
        lists.pay(sale)
        await lists.books.forget(sale)
    lists.books.pass_time(days=2)
    lists.restart()
    await lists.lost.begin()
    await lists.link()

    await lists.find_lost()

    assert sorted(await lists.statuses()) == ["open", "open", "paid", "paid"]


async def test_a_link_that_is_paid_only_after_the_start_is_found(lists: Lists) -> None:
    await lists.link()
    lists.books.pass_time(minutes=5)
    cut = await lists.link()
    await lists.books.forget(cut)
    lists.restart()
    await lists.find_lost()
    assert await lists.statuses() == ["open"]

    lists.books.pass_time(minutes=3)
    lists.pay(cut)
    await lists.pass_time(minutes=10)

    assert await lists.statuses() == ["open", "paid"]


async def test_a_slow_banks_payment_of_a_lost_link_is_found_when_it_clears(lists: Lists) -> None:
    cut = await lists.link()
    order = lists.sandbox.ledger.pay_slowly(cut.session_id)
    await lists.books.lose()
    lists.restart()
    await lists.find_lost()
    await lists.pass_time(days=9)
    assert await lists.statuses() == []

    lists.sandbox.ledger.clear(order)
    await lists.pass_time(days=1)

    assert await lists.statuses() == ["paid"]


async def test_more_orders_than_a_few_pages_hold_are_looked_through(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_PAGES", 1)
    monkeypatch.setattr(provider, "LARGEST_PAGE", 5)
    lists.pay(await lists.link())
    for _ in range(21):
        lists.books.pass_time(seconds=1)
        await lists.sold_elsewhere()
    await lists.books.lose()
    lists.restart()

    await lists.find_lost()

    assert await lists.statuses() == ["paid"]


async def test_a_lost_order_that_cant_be_read_now_is_read_later(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists.pay(await lists.link())
    await lists.books.lose()
    lists.restart()

    async def gone(_order_id: str) -> Order:
        raise NotFound("There is no such order.")

    monkeypatch.setattr(lists.list._lists, "order", gone)
    await lists.find_lost()
    assert await lists.statuses() == []
    monkeypatch.undo()

    await lists.pass_time(minutes=10)

    assert await lists.statuses() == ["paid"]


@pytest.mark.parametrize("found_by", ["search", "pages"])
@pytest.mark.parametrize("kind", [ProductType.UNKNOWN, ProductType.SUBSCRIPTION])
async def test_a_lost_subscription_comes_back_with_its_order_and_its_end(
    lists: Lists, monkeypatch: pytest.MonkeyPatch, kind: ProductType, found_by: str
) -> None:
    monkeypatch.setattr(lists.books.matching, "_kind_of", lambda _product: kind)
    lists.sandbox.search_numbers(finds=found_by == "search")
    _, subscription = lists.pay(await lists.link(WEEKLY))
    assert subscription is not None
    await lists.books.lose()
    lists.books.pass_time(hours=3)
    lists.restart()

    await lists.find_lost()
    await lists.poll()

    assert await lists.statuses() == ["paid"]
    assert await subscription_rows(lists) == [("ACTIVE", 1)]
    [session] = await lists.books.rows("SELECT next_poll_at FROM sessions")
    assert session["next_poll_at"] is None
    lists.sandbox.ledger.cancel(subscription)
    await lists.pass_time(days=1)
    assert subscriptions_told(lists) == ["created", "cancelled"]


async def test_what_comes_back_and_is_no_subscription_is_not_looked_for_for_ever(lists: Lists) -> None:
    bought = await lists.link()
    lists.pay(bought)
    await lists.books.lose()
    lists.restart()
    await lists.find_lost()

    await lists.pass_time(days=16)

    assert await lists.books.rows("SELECT next_poll_at FROM sessions") == [{"next_poll_at": None}]
    assert lists.books.heard.changes == ["paid"]


async def test_a_subscription_that_staff_accept_is_found(lists: Lists) -> None:
    lists.books.matching._kind_of = lambda _product: ProductType.SUBSCRIPTION
    lists.pay(await lists.link(TRIAL))
    await lists.books.lose()
    lists.restart()
    await lists.find_lost()
    assert await lists.books.reasons() == [["nothing_paid"]]

    await lists.books.accept(member_id=discord_id(9009))
    await lists.poll()

    assert await subscription_rows(lists) == [("TRIALING", 1)]


async def test_an_order_that_cant_be_read_doesnt_stand_in_the_way_of_others(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await lists.link(), await lists.link(WEEKLY)
    broken = lists.pay(bad)[0].id
    lists.pay(good)
    order = lists.list._lists.order

    async def partly(order_id: str) -> Order:
        if order_id == broken:
            raise NotFound("There is no such order.")
        return await order(order_id)

    monkeypatch.setattr(lists.list._lists, "order", partly)
    await lists.pass_time(minutes=1)
    assert await lists.statuses() == ["open", "paid"]

    monkeypatch.undo()
    await lists.pass_time(minutes=5)
    assert await lists.statuses() == ["paid", "paid"]


async def test_an_order_that_cant_be_applied_doesnt_either(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await lists.link(), await lists.link()
    broken = lists.pay(bad)[0].id
    lists.pay(good)
    observe = lists.books.payments.observe

    async def partly(tx: Any, seen: Any) -> Any:
        if seen.order.id == broken:
            raise ArithmeticError("a bug of ours")
        return await observe(tx, seen)

    monkeypatch.setattr(lists.books.payments, "observe", partly)

    await lists.pass_time(minutes=1)

    assert await lists.statuses() == ["open", "paid"]


async def test_in_a_busy_store_what_the_pages_dont_reach_is_looked_for_by_its_number(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_PAGES", 1)
    monkeypatch.setattr(provider, "LARGEST_PAGE", 5)
    monkeypatch.setattr(orders, "_SEARCHED", 1)
    old = [await lists.link() for _ in range(3)]
    for each in old:
        lists.pay(each)
    for _ in range(6):
        lists.books.pass_time(seconds=1)
        await lists.sold_elsewhere()

    await lists.pass_time(minutes=1)

    assert await lists.statuses() == ["paid"] * 3


async def test_a_limit_without_an_end_is_waited_for_a_minute(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lists.link()
    lists.books.pass_time(minutes=1)

    async def limited(_number: int, _since: datetime) -> tuple[list[Order], bool]:
        raise RateLimited

    monkeypatch.setattr(lists.list._lists, "page_of_orders", limited)

    assert await lists.list.poll() == lists.books.now + timedelta(minutes=1)
