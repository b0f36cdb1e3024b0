"""When the connection to Discord counts as lost: whether a request arrived isn't known then."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import aiohttp
import discord

Sent = TypeVar("Sent")

CONNECTION_LOST: Final = (aiohttp.ClientError, OSError, TimeoutError)
"""What discord.py lets through when a request was cut off, never began, or took too long."""
OUTAGES: Final = (aiohttp.ClientError, ConnectionError, discord.DiscordServerError)
"""What only says that Discord can't be reached, or fails. A time that ran out may have other reasons."""
_BEFORE_THE_SECOND: Final = 0.1
"""Seconds."""


async def once_more_if_cut_off(send: Callable[[], Awaitable[Sent]], *, within: float) -> Sent:
    """Send, and once more where the connection was lost within so many seconds.

    discord.py repeats what Discord answers with 5xx, but not what was cut off. This stands at every command:
    stamina prepares a hundred calls for a repetition that almost never comes.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        return await send()
    except CONNECTION_LOST:
        if loop.time() - began + _BEFORE_THE_SECOND > within:
            raise
    await asyncio.sleep(_BEFORE_THE_SECOND)
    return await send()
