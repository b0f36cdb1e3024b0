"""Bringing back from the store what the database lost, without coming online."""

import asyncio
from datetime import timedelta
from typing import Final

from bot.app import build, wall_clock
from bot.config import Settings
from bot.errors import BambooError
from bot.storage.inspection import ORDERS, rows

_LONGEST_WAIT: Final = 90.0
"""Seconds: the store's rate limit is over by then, and what isn't gets no better by waiting."""


async def recover_orders(settings: Settings, *, days: int) -> tuple[int, int]:
    """Read the store's orders of the last days; returns how many orders were known before and after.

    Raises DatabaseError where another process serves the database, and BambooError where the store can't be
    read: what was read by then is kept, and the next run goes on.
    """
    apart = settings.model_copy(update={"web": settings.web.model_copy(update={"enabled": False})})
    async with build(apart) as app:
        lost = app.lost_orders
        if lost is None:
            raise BambooError("Without pandabase.api_token the store's orders can't be read")
        await app.catalog.refresh()
        before = await _orders(settings)
        await lost.begin(wall_clock() - timedelta(days=days))
        while True:
            due = await lost.poll()
            if lost.has_read_once:
                break
            wait = (due - wall_clock()).total_seconds() if due else 0.0
            if wait > _LONGEST_WAIT:
                raise BambooError("The store's orders can't be read; run `bamboo check`, which says why")
            await asyncio.sleep(max(wait, 0.0))
    return before, await _orders(settings)


async def _orders(settings: Settings) -> int:
    [row] = await rows(settings.storage.url, ORDERS)
    number: int = row["number"]
    return number
