"""Tells staff that the database can't be used, without it: from memory, once, and once that it is over."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.errors import DatabaseAway, DatabaseBusy, DatabaseFull
from bot.jobs.worker import Clock, Worker
from bot.staff.alarms import is_over
from bot.storage.transaction import UnitOfWork
from bot.texts import Text, text

log = logging.getLogger(__name__)

LOOKED_EVERY: Final = timedelta(minutes=5)
TOLD_AFTER: Final = timedelta(minutes=5)
_WRONG: Final[Mapping[type[DatabaseAway], Text]] = {
    DatabaseBusy: text(
        "Another program keeps the bot's database locked, so nothing can be sold or "
        "delivered. Stop that program; the bot then carries on by itself."
    ),
    DatabaseFull: text(
        "The bot's disk is full, so nothing can be sold or delivered. Free some space; "
        "the bot then carries on by itself."
    ),
    DatabaseAway: text(
        "The bot can't use its database, so nothing can be sold or delivered. Its log "
        "says why. It carries on by itself once the database works."
    ),
}
_OVER: Final = text("The bot's database works again, and what was waiting continues.")

Post = Callable[[int, Text, datetime], Awaitable[bool]]
"""Posts for the staff of a server, without the database if need be; says whether it is there."""


class DatabaseAlarm:
    """What was told is kept in memory: there is nowhere else. Who was told of it hears that it is over."""

    def __init__(
        self, database: UnitOfWork, post: Post, servers: Callable[[], Collection[int]], clock: Clock
    ) -> None:
        self._database = database
        self._post = post
        self._servers = servers
        self._clock = clock
        self._since: datetime | None = None
        self._told: set[int] = set()
        self.worker = Worker(self.tell, name="database alarm", clock=clock, needs_servers=True)

    async def tell(self) -> datetime:
        """Post what is due; returns when (UTC) to look again."""
        now = self._clock()
        trouble = self._database.trouble
        if trouble is None:
            await self._tell_the_end(now)
            return now + LOOKED_EVERY
        self._since = self._since or now
        if now - self._since >= TOLD_AFTER:
            for guild_id in set(self._servers()) - self._told:
                if await self._post(guild_id, _WRONG[type(trouble)], now):
                    self._told.add(guild_id)
        return now + LOOKED_EVERY

    async def _tell_the_end(self, now: datetime) -> None:
        if self._since is None:
            return
        for guild_id in tuple(self._told):
            if await self._post(guild_id, is_over(_OVER, now - self._since), now):
                self._told.discard(guild_id)
        if not self._told:
            self._since = None
