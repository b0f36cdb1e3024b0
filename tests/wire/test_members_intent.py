"""The bot starts without its privileged intent, and says what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.wire.shop_process import ShopProcess


async def test_without_the_members_intent_it_starts_sells_and_says_what_is_lost(shop: ShopProcess) -> None:
    assert await shop.bot.terminate() == 0
    shop.discord.world.members_intent = False

    await shop.bot.start()

    await shop.bought()
    assert "Discord doesn't tell this bot who joins a server" in shop.bot.log
    assert "Server Members Intent" in shop.bot.log
    assert "Traceback" not in shop.bot.log
    assert await shop.bot.terminate() == 0
