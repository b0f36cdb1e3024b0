"""SIGKILL between the steps in Discord that follow a payment, a refund or a dispute that was won."""

from __future__ import annotations

import asyncio

import pytest

from tests.wire.earning import (
    DISPUTED,
    GIVEN_BACK,
    LINK_GONE,
    LIVING,
    LOG,
    MESSAGE,
    NOTE,
    REFUNDED,
    ROLE,
    THANKS,
    WON,
    Benefits,
)
from tests.wire.kills import CHANNEL_OPENED, CHANNEL_UNOPENED, SHORT, Point, killed_at
from tests.wire.shop_process import LEASES_ARE_OVER

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.specification]

MOMENTS = ("before", "after", "done")
# Each pair of steps in each pair of moments, in nine rows instead of 81: an orthogonal array.
ROWS = [
    {ROLE: MOMENTS[one], MESSAGE: MOMENTS[two], LOG: MOMENTS[(one + two) % 3], LIVING: MOMENTS[one - two]}
    for one in range(3)
    for two in range(3)
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.values()))
async def test_killed_between_its_steps_a_payment_earns_everything_once(
    benefits: Benefits, row: dict[str, str]
) -> None:
    buyer = await benefits.buyer()

    # Until the receipt is there the link's message says that it is paid; then it goes.
    living = LINK_GONE if row[MESSAGE] == "done" else LIVING
    points = {living if step == LIVING else step: moment for step, moment in row.items()}

    async with killed_at(benefits.shop, *(buyer.point(*each) for each in points.items())):
        buyer.pay()
    await benefits.shop.recovered()

    buyer.assert_holds_it(told=[THANKS])


@pytest.mark.parametrize("row", ROWS[::4], ids=lambda row: " ".join(row.values()))
async def test_killed_between_its_steps_a_refund_takes_the_role_and_is_told_once(
    benefits: Benefits, row: dict[str, str]
) -> None:
    buyer = await benefits.buyer()
    await buyer.paid()
    moments = {**row, NOTE: row[LOG]}

    async with killed_at(benefits.shop, *(buyer.point(*each, anew=True) for each in moments.items())):
        benefits.shop.sandbox.ledger.refund(buyer.order)
    await benefits.shop.recovered()

    buyer.assert_gave_it_back(told=[GIVEN_BACK, REFUNDED.told], noted=[REFUNDED.noted])


@pytest.mark.parametrize("row", ROWS[2::4], ids=lambda row: " ".join(row.values()))
async def test_killed_between_its_steps_a_dispute_that_is_won_gives_everything_back_once(
    benefits: Benefits, row: dict[str, str]
) -> None:
    buyer = await benefits.buyer()
    await buyer.paid()
    benefits.shop.sandbox.ledger.dispute(buyer.order)
    await benefits.shop.settled()
    assert not benefits.shop.guild.members[buyer.member.id].has(benefits.role)
    moments = {**row, NOTE: row[MESSAGE]}

    async with killed_at(benefits.shop, *(buyer.point(*each, anew=True) for each in moments.items())):
        benefits.shop.sandbox.ledger.win(buyer.order)
    await benefits.shop.recovered()

    buyer.assert_holds_it(told=[THANKS, DISPUTED.told, WON.told], noted=[DISPUTED.noted, WON.noted])


@pytest.mark.parametrize("point", [CHANNEL_UNOPENED, CHANNEL_OPENED], ids=str)
async def test_a_receipt_that_finds_no_open_channel_comes_once(benefits: Benefits, point: Point) -> None:
    buyer = await benefits.buyer()
    await benefits.shop.bot.kill()  # the process that sent the link knows the channel, another doesn't
    await benefits.shop.bot.start()

    async with point.kills(benefits.shop):
        buyer.pay()
    await benefits.shop.recovered()

    buyer.assert_holds_it(told=[THANKS])


async def test_what_a_dead_process_left_waits_until_the_server_is_there(benefits: Benefits) -> None:
    shop, buyer = benefits.shop, await benefits.buyer()
    async with buyer.point(ROLE, "before").kills(shop):
        buyer.pay()
    shop.pass_time(seconds=LEASES_ARE_OVER)
    signing_in = shop.discord.hold("GET", "/gateway/bot")
    await shop.bot.launch()
    await signing_in.arrived()
    await asyncio.sleep(5 * SHORT)

    signing_in.release()
    await benefits.shop.settled()

    buyer.assert_holds_it(told=[THANKS])


async def test_asked_to_end_while_it_delivers_it_ends_well_and_the_next_process_does_the_rest(
    benefits: Benefits,
) -> None:
    shop, first, second = benefits.shop, await benefits.buyer(), await benefits.buyer()
    giving = first.hold(ROLE, "before")
    first.pay()
    await giving.arrived()
    second.pay()  # its webhook is answered and kept, but nobody comes to it any more
    await shop.sandbox.webhooks.settled()

    ending = asyncio.create_task(shop.bot.terminate())
    await asyncio.sleep(SHORT)
    giving.release()

    assert await ending == 0
    assert shop.guild.members[first.member.id].has(benefits.role)
    await shop.bot.start()
    await shop.settled()
    for buyer in (first, second):
        buyer.assert_holds_it(told=[THANKS])
