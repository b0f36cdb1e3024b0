"""SIGKILL at every point between the command and the direct message, and a start afterwards."""

from __future__ import annotations

import re

import pytest

from tests.wire import kills
from tests.wire.invariants import assert_nothing_is_lost_or_twice, links_shown
from tests.wire.kills import Point
from tests.wire.shop_process import LEASES_ARE_OVER, ShopProcess, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def shop(shared_shop: ShopProcess) -> ShopProcess:
    return shared_shop


@pytest.mark.parametrize(
    "point",
    [
        kills.STORE_NOT_ACTED,
        kills.STORE_ACTED,
        kills.LINK_UNWRITTEN,
        kills.CHANNEL_UNOPENED,
        kills.CHANNEL_OPENED,
        kills.MESSAGE_UNSENT,
        kills.MESSAGE_SENT,
        kills.UNANSWERED,
        kills.ANSWERED,
        kills.OUTCOME_UNWRITTEN,
    ],
    ids=str,
)
async def test_a_purchase_comes_to_its_end_in_the_next_process(shop: ShopProcess, point: Point):
    async with point.kills(shop):
        purchase = await shop.buy()
    shop.pass_time(seconds=LEASES_ARE_OVER)
    await shop.bot.start()
    await eventually(shop.at_rest)
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert "as a direct message" in (await purchase.answered()).text
    assert len(links_shown(shop, shop.alice)) == 1
    assert_nothing_is_lost_or_twice(shop)


async def test_what_was_not_acknowledged_can_be_begun_again(shop: ShopProcess):
    async with kills.UNACKNOWLEDGED.kills(shop):
        await shop.buy()
    assert shop.rows("SELECT * FROM sales WHERE buyer_id = ?", shop.alice.id) == []
    await shop.recovered()
    assert links_shown(shop, shop.alice) == set()
    message = await shop.bought()
    assert message.links == {"Pay $24.99": shop.link()}
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.parametrize("point", [kills.ACKNOWLEDGED, kills.PRODUCT_UNREAD, kills.UNCLAIMED], ids=str)
async def test_who_waits_though_nothing_had_begun_is_told_and_can_begin_again(
    shop: ShopProcess, point: Point
):
    if point is kills.PRODUCT_UNREAD:
        await shop.bot.kill()
        await shop.bot.start()
    else:
        await shop.bought(shop.discord.member(f"{point}", shop.guild))  # so that the product is in memory
    async with point.kills(shop):
        lost = await shop.buy()
    assert shop.rows("SELECT * FROM sales WHERE buyer_id = ?", shop.alice.id) == []
    await shop.recovered()
    answer = await lost.answered()
    assert answer.text == (
        "We restarted before your payment link was ready. You haven't been charged. Try again."
    )
    assert links_shown(shop, shop.alice) == set()
    again = await shop.discord.click(shop.alice, answer, label="Try again")
    await again.answered_with("as a direct message")
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.parametrize("point", [kills.ACKNOWLEDGED, kills.UNANSWERED_IN_PLACE], ids=str)
async def test_who_only_looked_is_told_to_look_again(shop: ShopProcess, point: Point):
    async with point.kills(shop):
        lost = await shop.discord.slash(shop.alice, shop.channel, "purchases")
    await shop.recovered()
    assert (await lost.answered()).text == "We restarted before we could answer. Try again."
    assert_nothing_is_lost_or_twice(shop)


async def test_staff_are_told_that_it_may_have_been_done(shop: ShopProcess):
    staff = shop.welcome_staff(f"owner of {shop.alice.name}")
    async with kills.UNANSWERED_IN_PLACE.kills(shop):
        lost = await shop.discord.slash(staff, shop.channel, "store saleslog", channel=shop.staff_log)
    await shop.recovered()
    assert (await lost.answered()).text == (
        "We restarted before we could answer. Check whether it was done before you try again."
    )
    assert_nothing_is_lost_or_twice(shop)


async def test_it_is_told_though_the_next_process_dies_over_it(shop: ShopProcess):
    async with kills.UNCLAIMED.kills(shop):
        lost = await shop.buy()
    async with kills.UNANSWERED.kills(shop):
        await shop.bot.launch()
    await shop.recovered()
    assert "You haven't been charged" in (await lost.answered()).text
    assert_nothing_is_lost_or_twice(shop)


async def test_a_token_that_discord_no_longer_takes_is_forgotten(shop: ShopProcess):
    async with kills.UNCLAIMED.kills(shop):
        lost = await shop.buy()
    assert shop.kept_tokens() == [lost.token]
    lost.expire()
    await shop.recovered()
    await eventually(lambda: shop.kept_tokens() == [])
    shop.unreachable.append(lost)
    assert_nothing_is_lost_or_twice(shop)


async def test_who_was_answered_is_not_told_again(shop: ShopProcess):
    async with kills.ANSWERED.kills(shop):
        purchase = await shop.buy()
    said = _apart_from_times((await purchase.answered()).text)
    await shop.recovered()
    assert _apart_from_times((await purchase.answered()).text) == said
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (kills.STORE_ACTED, kills.MESSAGE_SENT),
        (kills.LINK_UNWRITTEN, kills.CHANNEL_UNOPENED),
        (kills.MESSAGE_UNSENT, kills.LOOKED_FOR),
        (kills.MESSAGE_SENT, kills.UNANSWERED),
        (kills.UNANSWERED, kills.OUTCOME_UNWRITTEN),
    ],
    ids=str,
)
async def test_the_next_process_may_die_too(shop: ShopProcess, first: Point, second: Point):
    async with first.kills(shop):
        purchase = await shop.buy()
    shop.pass_time(seconds=LEASES_ARE_OVER)
    async with second.kills(shop):
        await shop.bot.launch()
    shop.pass_time(seconds=LEASES_ARE_OVER)
    await shop.bot.start()
    await eventually(shop.at_rest)
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert "as a direct message" in (await purchase.answered()).text
    assert len(links_shown(shop, shop.alice)) == 1
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.parametrize("second", [kills.STORE_NOT_ACTED, kills.STORE_ACTED], ids=str)
async def test_what_kills_every_process_is_given_up_and_said(shop: ShopProcess, second: Point):
    async with kills.STORE_ACTED.kills(shop):
        purchase = await shop.buy()
    shop.pass_time(seconds=LEASES_ARE_OVER)
    async with second.kills(shop):
        await shop.bot.launch()
    shop.pass_time(seconds=LEASES_ARE_OVER)
    await shop.bot.start()
    await eventually(shop.at_rest)
    assert "You haven't been charged" in (await purchase.answered()).text
    assert shop.discord.dms(shop.alice) == []
    assert links_shown(shop, shop.alice) == set()
    assert_nothing_is_lost_or_twice(shop)
    await shop.bought()  # and they may


async def test_nobody_who_gave_up_long_ago_gets_a_link(shop: ShopProcess):
    async with kills.STORE_ACTED.kills(shop):
        purchase = await shop.buy()
    shop.pass_time(minutes=16)
    await shop.bot.start()
    await eventually(shop.at_rest)
    assert shop.discord.dms(shop.alice) == []
    assert links_shown(shop, shop.alice) == set()
    shop.unreachable.append(purchase)  # Discord takes its token for a quarter of an hour
    assert_nothing_is_lost_or_twice(shop)


async def test_a_link_that_was_made_is_sent_even_much_later(shop: ShopProcess):
    async with kills.MESSAGE_UNSENT.kills(shop):
        purchase = await shop.buy()
    shop.pass_time(hours=3)
    await shop.bot.start()
    await eventually(shop.at_rest)
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    shop.unreachable.append(purchase)
    assert_nothing_is_lost_or_twice(shop)


async def test_a_link_that_expired_meanwhile_is_not_sent(shop: ShopProcess):
    async with kills.MESSAGE_UNSENT.kills(shop):
        purchase = await shop.buy()
    shop.pass_time(hours=7)
    await shop.bot.start()
    await eventually(shop.at_rest)
    assert shop.discord.dms(shop.alice) == []
    [sale] = shop.rows("SELECT status FROM sales WHERE buyer_id = ?", shop.alice.id)
    assert sale["status"] == "expired"
    shop.unreachable.append(purchase)
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.postgres
@pytest.mark.parametrize("point", [kills.MESSAGE_SENT, kills.OUTCOME_UNWRITTEN], ids=str)
async def test_a_message_that_no_row_knows_is_found_when_its_link_has_expired(
    shop: ShopProcess, point: Point
):
    # The kill is for a message to a member; a process that has just begun posts its welcome first.
    await eventually(lambda: len(shop.discord.messages(shop.channel)) > 0 and shop.at_rest(), what="welcome")
    async with point.kills(shop):
        purchase = await shop.buy()
    shop.pass_time(hours=7)
    await shop.bot.start()
    await eventually(shop.at_rest)
    [message] = shop.discord.dms(shop.alice)
    await eventually(lambda: "link expired" in message.text)
    await eventually(shop.at_rest)
    if point is kills.MESSAGE_SENT:
        shop.unreachable.append(purchase)
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.sqlite  # on a server there may be another process that has the lease
@pytest.mark.parametrize("point", [kills.STORE_ACTED, kills.MESSAGE_UNSENT], ids=str)
async def test_a_process_that_starts_at_once_goes_on_at_once(shop: ShopProcess, point: Point):
    async with point.kills(shop):
        purchase = await shop.buy()
    assert purchase.original is not None
    assert purchase.original.thinking
    await shop.bot.start()
    await eventually(shop.at_rest, within=LEASES_ARE_OVER / 3)
    assert "as a direct message" in (await purchase.answered()).text
    assert_nothing_is_lost_or_twice(shop)


def _apart_from_times(text: str) -> str:
    """Time passes while a process is down, for what it wrote before too."""
    return re.sub(r"<t:\d+", "<t:", text)
