"""Discord and the store are away for a while, together or alone: it is said, and all goes on by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.wire.earning import THANKS, Benefits
from tests.wire.shop_process import eventually

if TYPE_CHECKING:
    from tests.wire.shop_process import ShopProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
SAID = ("What waits for Discord is tried again later", "Discord's gateway can't be reached (it answers 503)")
FOUND_AGAIN = 120
"""Seconds within which Discord is found again after a short outage: the way back is tried ever less often."""


async def readiness(shop: ShopProcess) -> tuple[int, str]:
    """What `/readyz` answers, and its reason."""
    assert shop.sandbox.webhooks.endpoint is not None
    address = shop.sandbox.webhooks.endpoint.url.removesuffix("/webhooks/pandabase") + "/readyz"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return response.status, (await response.json()).get("error", "")


async def test_what_is_paid_while_discord_is_away_is_delivered_once_it_is_back(benefits: Benefits) -> None:
    shop = benefits.shop
    buyer = await benefits.buyer()
    await eventually(shop.at_rest)
    identified = shop.discord.gateway.identified
    async with shop.discord.away():
        buyer.pay()
        await shop.sandbox.webhooks.settled()
        paid = "SELECT 1 FROM orders WHERE money = 'paid' AND order_number = ?"
        await eventually(lambda: shop.rows(paid, buyer.session), what="the payment known")
        asked = len(shop.discord.requests)
        await shop.discord.until(lambda: len(shop.discord.requests) > asked + 3, what="attempts")
        assert await readiness(shop) == (503, "The bot isn't connected to Discord.")
        for said in SAID:
            await eventually(lambda said=said: said in shop.bot.log, what=said)

    await shop.discord.until(
        lambda: shop.discord.gateway.identified > identified, within=FOUND_AGAIN, what="Discord found again"
    )
    await eventually(shop.at_rest, within=FOUND_AGAIN, what="rest")
    buyer.assert_holds_it(told=[THANKS])
    assert (await readiness(shop))[0] == 200


async def test_while_the_store_is_away_people_are_told_and_buy_once_it_is_back(benefits: Benefits) -> None:
    shop = benefits.shop
    await eventually(shop.at_rest)
    before = len(shop.sandbox.sessions)
    shop.sandbox.fail_next(refuse=True, times=100_000)
    shop.welcome_another_alice()
    refused = await shop.buy()
    await refused.answered_with("The store isn't answering. You haven't been charged", within=60)
    assert len(shop.sandbox.sessions) == before

    shop.sandbox.stop_failing()
    buyer = await benefits.buyer()
    await buyer.paid()
    buyer.assert_holds_it(told=[THANKS])
