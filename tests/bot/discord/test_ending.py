"""The bot ends when it is told to, at whatever moment."""

import asyncio
from unittest.mock import patch

import discord
import pytest
import yarl

from tests.harness.shop import Shop


async def test_told_to_end_as_a_connection_is_made_it_ends(shop: Shop) -> None:
    """A signal is there once; whoever loses it serves on until the process is killed."""
    connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def connects(*_: object, **__: object) -> None:
        await asyncio.wait_for(connected, timeout=60)  # as discord.py does

    with patch.object(discord.AutoShardedClient, "launch_shard", connects):
        serving = asyncio.create_task(shop.app.bot.launch_shard(yarl.URL("ws://127.0.0.1:9"), 0))
        await asyncio.sleep(0)
        connected.set_result(None)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
