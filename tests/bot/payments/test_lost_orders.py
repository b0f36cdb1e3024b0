"""Rows that a power cut or a lost database took, and orders that stand in the way of others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NotFound, RateLimited
from bot.payments import orders_list, store_lists
from tests.bot.payments.lists import WEEKLY, Lists

if TYPE_CHECKING:
    from bot.pandabase.schemas.orders import StoreOrder


async def test_with_a_lost_database_the_list_brings_back_what_was_paid(lists: Lists) -> None:
    paid, unpaid = await lists.link(), await lists.link()
    lists.pay(paid)
    await lists.books.lose()
    lists.books.pass_time(days=20)
    lists.restart()

    assert await lists.lost.look() is None

    assert await lists.statuses() == ["paid"]
    assert lists.books.heard.changes == ["paid"]
    assert unpaid.session_id not in str(await lists.books.rows("SELECT session_id FROM sessions"))
    lists.sandbox.requests.clear()
    assert await lists.lost.look() is None
    assert lists.requests() == [], "once for each start"


async def test_the_last_moments_before_a_power_cut_come_back(lists: Lists) -> None:
    kept = await lists.link()
    lists.books.pass_time(minutes=5)
    cut = await lists.link()
    lists.pay(cut)
    await lists.books.forget(cut)
    lists.restart()

    await lists.lost.look()

    assert sorted(await lists.statuses()) == ["open", "paid"]
    assert await lists.books.session_state(kept) == "open"


async def test_what_the_store_sells_elsewhere_is_looked_at_once_and_left_alone(lists: Lists) -> None:
    await lists.link()
    for _ in range(3):
        await lists.sold_elsewhere()
    lists.restart()

    await lists.lost.look()

    assert await lists.statuses() == ["open"]
    assert await lists.books.reasons() == []


async def test_who_has_to_wait_for_the_store_goes_on_from_there(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        lists.pay(await lists.link())
    await lists.books.lose()
    lists.restart()
    read = list[str]()
    order = lists.list._lists.order

    async def limited(order_id: str) -> StoreOrder:
        if len(read) == 2 and "waited" not in read:
            read.append("waited")
            raise RateLimited(retry_at=lists.books.now + timedelta(seconds=30))
        read.append(order_id)
        return await order(order_id)

    monkeypatch.setattr(lists.list._lists, "order", limited)

    assert await lists.lost.look() == lists.books.now + timedelta(seconds=30)
    assert await lists.lost.look() is None

    assert await lists.statuses() == ["paid"] * 4
    assert len(read) == len(set(read)) == 5


async def test_an_order_that_cant_be_read_doesnt_stand_in_the_way_of_others(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await lists.link(), await lists.link(WEEKLY)
    broken = lists.pay(bad)[0].id
    lists.pay(good)
    order = lists.list._lists.order

    async def partly(order_id: str) -> StoreOrder:
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
    monkeypatch.setattr(store_lists, "MOST_PAGES", 1)
    monkeypatch.setattr(store_lists, "LARGEST_PAGE", 5)
    monkeypatch.setattr(orders_list, "_SEARCHED", 1)
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

    async def limited(_number: str) -> list[StoreOrder]:
        raise RateLimited

    monkeypatch.setattr(lists.list._lists, "orders_numbered", limited)

    assert await lists.list.look() == lists.books.now + timedelta(minutes=1)
