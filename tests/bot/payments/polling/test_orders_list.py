"""Shops that the store can't reach, and webhooks that got lost: the orders' list tells as well."""

import asyncio
import itertools
import logging
from datetime import timedelta
from typing import Any

import pytest

from bot.pandabase import provider
from bot.pandabase.store_api import bearer, signed
from bot.payments.polling import store
from bot.payments.polling.orders import next_poll
from bot.payments.polling.repository import DueSession
from sandbox.core_api import DEMO_TOKEN
from tests.harness.books import START
from tests.harness.lists import Lists
from tests.harness.shop import Shop, text_of


@pytest.mark.parametrize(
    "lists", [bearer(DEMO_TOKEN.secret), signed("stk_1", "sk_signs-it-all")], indirect=True
)
async def test_a_payment_is_found_soon_and_then_not_looked_for(lists: Lists) -> None:
    sale = await lists.link()
    lists.sandbox.store.pay(sale.session_id, country="DE")

    await lists.pass_time(minutes=1)

    assert lists.books.heard.changes == ["paid"]
    assert await lists.statuses() == ["paid"]
    before = lists.asked
    await lists.pass_time(minutes=50)
    assert lists.asked == before


async def test_a_coupon_and_its_discount_fit(lists: Lists) -> None:
    coupon = next(iter(lists.sandbox.store.coupons))
    sale = await lists.link(coupon=coupon)
    lists.sandbox.store.pay(sale.session_id)

    await lists.pass_time(minutes=1)

    assert await lists.books.reasons() == []
    assert await lists.statuses() == ["paid"]


async def test_where_the_search_finds_nothing_the_newest_orders_are_read(lists: Lists) -> None:
    lists.sandbox.search_numbers(finds=False)
    paid, unpaid = await lists.link(), await lists.link()
    lists.sandbox.store.pay(paid.session_id)

    await lists.pass_time(minutes=1)
    assert await lists.statuses() == ["paid", "open"]

    lists.sandbox.store.pay(unpaid.session_id)
    lists.sandbox.requests.clear()
    await lists.pass_time(minutes=1)
    assert await lists.statuses() == ["paid", "paid"]
    assert not any("search" in one.query for one in lists.sandbox.requests), "it has learned"


async def test_many_links_cost_a_few_requests(lists: Lists) -> None:
    sales = [await lists.link() for _ in range(40)]
    for sale in sales[::2]:
        lists.sandbox.store.pay(sale.session_id)
    lists.books.pass_time(minutes=1)
    await lists.list.poll()

    assert (await lists.statuses()).count("paid") == 20
    listings = [one for one in lists.sandbox.requests if one.path.endswith("/orders/")]
    assert len([one for one in listings if "status" not in one.query]) == 1


async def test_after_an_outage_the_start_catches_up(lists: Lists) -> None:
    sale = await lists.link()
    lists.sandbox.store.pay(sale.session_id)
    lists.books.pass_time(days=3)
    await lists.books.expire()

    await lists.list.poll()

    assert lists.books.heard.changes == ["paid"]
    assert await lists.statuses() == ["paid"]


async def test_a_declined_card_leaves_the_link_open(lists: Lists) -> None:
    sale = await lists.link()
    lists.sandbox.store.decline(sale.session_id)
    await lists.pass_time(minutes=2)
    lists.sandbox.store.pay(sale.session_id)
    await lists.pass_time(minutes=5)

    assert lists.books.heard.changes == ["failed", "paid"]


async def test_a_slow_bank_is_found_days_after_the_session_expired(lists: Lists) -> None:
    sale = await lists.link()
    order = lists.sandbox.ledger.pay_slowly(sale.session_id)
    await lists.pass_time(days=5)
    assert await lists.statuses() == ["clearing"]

    lists.sandbox.ledger.clear(order)
    await lists.pass_time(days=1)

    assert await lists.statuses() == ["paid"]
    assert lists.books.heard.changes == ["clearing", "paid"]
    assert not lists.books.heard.orders[-1][1].late


async def test_refunds_disputes_and_their_ends_are_found(lists: Lists) -> None:
    sales = [await lists.link() for _ in range(2)]
    one, two = [lists.sandbox.store.pay(sale.session_id) for sale in sales]
    await lists.pass_time(minutes=2)

    lists.sandbox.ledger.refund(one)
    lists.sandbox.ledger.dispute(two)
    await lists.pass_time(hours=1, minutes=1)
    assert await lists.statuses() == ["refunded", "disputed"]

    lists.sandbox.ledger.win(two)
    await lists.pass_time(hours=1, minutes=1)
    assert await lists.statuses() == ["refunded", "paid"]


async def test_nothing_is_asked_once_nothing_can_come_any_more(lists: Lists) -> None:
    await lists.link()
    await lists.pass_time(days=21)

    [row] = await lists.books.rows("SELECT next_poll_at, state FROM sessions")
    assert row == {"next_poll_at": None, "state": "expired"}


async def test_polling_leaves_room_to_those_who_wait(lists: Lists) -> None:
    lists.sandbox.set_rate_limit(20)
    sales = [await lists.link() for _ in range(4)]
    for sale in sales:
        lists.sandbox.store.pay(sale.session_id)

    await lists.pass_time(minutes=10)

    assert await lists.statuses() == ["paid"] * 4
    assert not [one for one in lists.sandbox.requests if one.status == 429]


async def first_is_paid(lists: Lists, *, links: int, sold_elsewhere: int) -> None:
    """The oldest of the links is paid, the store sells more, and allows few requests from then on."""
    sales = [await lists.link() for _ in range(links)]
    lists.pay(sales[0])
    for _ in range(sold_elsewhere):
        lists.books.pass_time(seconds=1)
        await lists.sold_elsewhere()
    lists.books.pass_time(minutes=1)
    lists.sandbox.set_rate_limit(20)


async def test_what_one_limit_doesnt_allow_is_gone_on_with_under_the_next(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_PAGES", 1)
    monkeypatch.setattr(provider, "LARGEST_PAGE", 5)
    await first_is_paid(lists, links=30, sold_elsewhere=6)

    await lists.pass_time(minutes=6)

    assert (await lists.statuses())[0] == "paid"


async def test_many_pages_leave_enough_of_a_small_limit_to_get_on(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "LARGEST_PAGE", 2)
    await first_is_paid(lists, links=10, sold_elsewhere=50)

    await lists.pass_time(minutes=6)

    assert (await lists.statuses())[0] == "paid"


async def test_every_link_is_searched_for_in_the_end_though_the_limit_breaks_each_search_off(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of them are never paid; whoever is looked at doesn't keep those that wait from their turn."""
    monkeypatch.setattr(store, "MOST_PAGES", 1)
    monkeypatch.setattr(provider, "LARGEST_PAGE", 5)
    sales = [await lists.link() for _ in range(25)]
    lists.pay(sales[-1])
    for _ in range(6):
        lists.books.pass_time(seconds=1)
        await lists.sold_elsewhere()
    lists.books.pass_time(hours=2)
    lists.sandbox.set_rate_limit(20)  # half of which is less than there are links
    lists.sandbox.requests.clear()

    await lists.pass_time(minutes=6)

    searched = [one.query["search"] for one in lists.sandbox.requests if "search" in one.query]
    assert set(searched) == {sale.session_id for sale in sales}
    assert len(searched) == len(sales), "none has a second turn before all had their first"
    assert (await lists.statuses())[-1] == "paid"


@pytest.mark.parametrize("lists", [bearer("sk_may-nothing")], indirect=True)
async def test_a_token_that_may_not_is_named_in_the_log(
    lists: Lists, caplog: pytest.LogCaptureFixture
) -> None:
    await lists.link()
    with caplog.at_level(logging.ERROR):
        lists.books.pass_time(minutes=1)
        again = await lists.list.poll()

    assert "ORDERS_READ" in caplog.text
    assert again == lists.books.now + timedelta(minutes=30)


async def test_a_store_that_fails_is_asked_again(lists: Lists) -> None:
    sale = await lists.link()
    lists.sandbox.store.pay(sale.session_id)
    lists.sandbox.fail_next("GET", "*/orders/*", malformed=True)

    await lists.pass_time(minutes=3)

    assert await lists.statuses() == ["paid"]


# --- as the member sees it ----------------------------------------------------------------------------


async def _buy(shop: Shop) -> str:
    bought = next(one for one in shop.sandbox.products.values() if one.title == "GroveGuard")
    await shop.alice.slash(shop.channel, "buy", product=bought.id)
    return next(iter(shop.sandbox.sessions))


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_without_webhooks_the_message_says_paid_all_the_same(shop: Shop) -> None:
    shop.sandbox.store.pay(await _buy(shop))

    await shop.pass_time(seconds=30)
    for _ in range(300):
        await shop.env.settle()
        if "Payment received" in text_of(shop.dms(shop.alice)[0]):
            break
        await asyncio.sleep(0.01)

    assert "Payment received" in text_of(shop.dms(shop.alice)[0])


async def test_with_neither_webhooks_nor_token_the_message_says_what_isnt_known(shop: Shop) -> None:
    await _buy(shop)

    await shop.pass_time(hours=6, minutes=1)

    assert "Payments for this shop don't show up here" in text_of(shop.dms(shop.alice)[0])


# --- when it is looked --------------------------------------------------------------------------------


def looks(*, hears_webhooks: bool) -> list[float]:
    """Minutes after it was made at which a link is looked at that is never paid."""
    look: Any = DueSession(1, "cs_1", START, START + timedelta(hours=6))
    times, now = [], START
    while (following := next_poll(look, now, hears_webhooks=hears_webhooks)) is not None:
        assert following > now
        times.append((following - START) / timedelta(minutes=1))
        now = following
    return times


@pytest.mark.parametrize("hears_webhooks", [True, False])
def test_looks_are_frequent_at_first_rare_later_and_end(*, hears_webhooks: bool) -> None:
    times = looks(hears_webhooks=hears_webhooks)

    waits = [round(after - before, 3) for before, after in itertools.pairwise(times) if after < 360]
    assert waits == sorted(waits)
    assert 361 in times, "once more just after it expired"
    assert times[-1] == (6 + 14 * 24) * 60
    assert len(times) < (40 if hears_webhooks else 130)


def test_a_young_link_is_looked_at_every_half_minute_where_nothing_else_tells_of_it() -> None:
    young = [0.0, *(time for time in looks(hears_webhooks=False) if time <= 15)]

    assert max(after - before for before, after in itertools.pairwise(young)) < 0.5
    assert young[-1] > 14.5


@pytest.mark.parametrize("paid_after", [1, 24, 26, 59, 300, 301, 845])
async def test_a_payment_is_seen_within_half_a_minute(lists: Lists, paid_after: int) -> None:
    sale = await lists.link()
    await lists.pass_time(seconds=paid_after)
    lists.restart()
    lists.pay(sale)

    await lists.pass_time(seconds=29)

    assert await lists.statuses() == ["paid"]


async def test_one_request_answers_for_all_young_links(lists: Lists) -> None:
    """However many there are, and whenever each was made."""
    sales = []
    for _ in range(30):
        sales.append(await lists.link())
        await lists.pass_time(seconds=3)
    lists.sandbox.requests.clear()

    await lists.pass_time(minutes=5)
    looked = lists.requests("/orders/")
    for sale in sales[::3]:
        lists.pay(sale)
    await lists.pass_time(seconds=30)

    assert len(looked) <= 5 * 3
    assert (await lists.statuses()).count("paid") == 10
    assert len([one for one in lists.sandbox.requests if "search" in one.query]) == 0


async def test_looks_leave_half_of_the_limit_to_purchases(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store sells so much that its pages are many."""
    monkeypatch.setattr(provider, "LARGEST_PAGE", 1)
    links = [await lists.link() for _ in range(12)]
    lists.books.pass_time(minutes=1)
    for _ in range(30):
        await lists.sold_elsewhere()
    lists.books.pass_time(minutes=20)
    await lists.list.poll()  # what the start looks for besides
    lists.sandbox.set_rate_limit(20)
    lists.books.pass_time(minutes=3)
    lists.sandbox.requests.clear()

    await lists.list.poll()

    assert 1 < lists.asked <= 10
    lists.pay(links[-1])
    await lists.pass_time(minutes=10)
    assert "paid" in await lists.statuses()
