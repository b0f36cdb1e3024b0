"""Discord answers 503 or cuts the connection: nothing comes twice, and nobody waits for ever."""

from __future__ import annotations

import pytest

from tests.wire import kills
from tests.wire.invariants import assert_nothing_is_lost_or_twice, links_shown
from tests.wire.shop_process import ShopProcess, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE = "drop before acting"
AFTER = "drop after acting"
NEXT_ATTEMPT = 61
"""Seconds until what failed is tried again."""


@pytest.fixture
def shop(shared_shop: ShopProcess) -> ShopProcess:
    return shared_shop


async def next_attempt(shop: ShopProcess) -> None:
    await shop.bot.kill()
    shop.pass_time(seconds=NEXT_ATTEMPT)
    await shop.bot.start()
    await eventually(shop.at_rest)


async def test_a_dm_whose_answer_was_lost_is_found_and_not_sent_again(shop: ShopProcess):
    shop.discord.fail_next(*kills.DIRECT_MESSAGE, AFTER)
    message = await shop.bought()
    assert message.links == {"Pay $24.99": shop.link()}
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.parametrize(
    ("route", "outcome"),
    [(kills.DIRECT_MESSAGE, BEFORE), (kills.DIRECT_MESSAGE, 503), (kills.DIRECT_CHANNEL, BEFORE)],
    ids=["the message is cut off", "the message is refused with 503", "the channel isn't opened"],
)
async def test_a_link_that_cant_be_sent_now_is_the_private_answer_and_sent_later(
    shop: ShopProcess, route, outcome
):
    shop.discord.fail_next(*route, outcome)
    purchase = await shop.buy()
    answer = await purchase.answered()
    assert answer.links == {"Pay $24.99": shop.link()}
    assert shop.discord.dms(shop.alice) == []
    await next_attempt(shop)
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert len(links_shown(shop, shop.alice)) == 1
    assert_nothing_is_lost_or_twice(shop)


async def test_a_dm_that_can_neither_be_sent_nor_looked_for_is_looked_for_later(shop: ShopProcess):
    shop.discord.fail_next(*kills.DIRECT_MESSAGE, AFTER)
    shop.discord.fail_next(*kills.LOOK_FOR_IT, 503)
    purchase = await shop.buy()
    answer = await purchase.answered()
    assert answer.links == {"Pay $24.99": shop.link()}
    await next_attempt(shop)
    assert len(shop.discord.dms(shop.alice)) == 1
    assert_nothing_is_lost_or_twice(shop)


async def test_a_dm_that_hangs_makes_the_link_the_private_answer_and_holds_up_nobody_else(shop: ShopProcess):
    hold = shop.discord.hold(*kills.DIRECT_MESSAGE)
    purchase = await shop.buy()
    await hold.arrived()
    other = shop.welcome_another_alice()
    assert (await shop.bought(other)).links
    assert purchase.answered_at is None
    answer = await purchase.answered()
    assert answer.links == {"Pay $24.99": shop.link(-2)}
    hold.drop()
    await next_attempt(shop)
    assert len(shop.discord.dms(shop.alice)) == 1
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.parametrize("outcome", [BEFORE, AFTER, 503])
async def test_a_private_answer_that_fails_once_is_given_again_at_once(shop: ShopProcess, outcome):
    shop.discord.fail_next(*kills.ANSWER, outcome)
    purchase = await shop.buy()
    await purchase.answered_with("as a direct message")
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


async def test_a_private_answer_that_keeps_failing_is_given_later(shop: ShopProcess):
    shop.discord.fail_next(*kills.ANSWER, BEFORE, times=2)
    purchase = await shop.buy()
    await shop.discord.dm(shop.alice, "payment link")
    await eventually(
        lambda: shop.rows("SELECT 1 FROM jobs WHERE lane = 'people' AND outcome = 'dm' AND reply IS NOT NULL")
    )
    await next_attempt(shop)
    await purchase.answered_with("as a direct message")
    assert len(shop.discord.dms(shop.alice)) == 1
    assert_nothing_is_lost_or_twice(shop)


@pytest.mark.parametrize("outcome", [BEFORE, AFTER])
async def test_an_acknowledgement_that_is_cut_off_is_given_again(shop: ShopProcess, outcome):
    shop.discord.fail_next(*kills.ACKNOWLEDGEMENT, outcome)
    purchase = await shop.buy()
    await purchase.answered_with("as a direct message")
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


async def test_closed_direct_messages_make_the_link_the_private_answer(shop: ShopProcess):
    shop.alice.dms_open = False
    purchase = await shop.buy()
    answer = await purchase.answered()
    assert answer.links == {"Pay $24.99": shop.link()}
    assert answer.ephemeral
    await eventually(shop.at_rest)
    assert shop.discord.dms(shop.alice) == []
    assert_nothing_is_lost_or_twice(shop)


async def test_a_refusal_whose_teller_died_is_told_by_the_next_process(shop: ShopProcess):
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    async with kills.at_discord("before the refusal is told", *kills.ANSWER, "before").kills(shop):
        purchase = await shop.buy()
    shop.pass_time(seconds=NEXT_ATTEMPT)
    await shop.bot.start()
    await eventually(shop.at_rest)
    assert "You haven't been charged" in (await purchase.answered()).text
    assert_nothing_is_lost_or_twice(shop)


async def test_a_refusal_that_was_told_stays_as_it_is(shop: ShopProcess):
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    purchase = await shop.buy()
    told = (await purchase.answered()).text
    assert "failed on purpose" in told
    await next_attempt(shop)
    assert (await purchase.answered()).text == told
    assert_nothing_is_lost_or_twice(shop)
