"""What a purchase leaves in the log at its most talkative."""

from __future__ import annotations

import pytest

from tests.wire.shop_process import ShopProcess, eventually


@pytest.mark.settings(logging={"level": "DEBUG"})
async def test_a_log_at_debug_holds_no_link_and_no_secret(shop: ShopProcess):
    """The fixture looks through the log, whatever its level; here it is a long one."""
    message = await shop.bought()
    await (await shop.buy()).answered_with("already have a link")
    await shop.bot.kill()
    shop.pass_time(hours=6)
    await shop.bot.start()
    await eventually(lambda: "link expired" in message.text)
    await shop.discord.click(shop.alice, message, label="Get a new link")
    await eventually(lambda: message.links)
    assert await shop.bot.terminate() == 0
    assert " DEBUG " in shop.bot.log
