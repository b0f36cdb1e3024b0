"""Members who came back while nobody looked: at start, and where Discord doesn't announce them."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.service import FulfilmentService, has_lost_role
from bot.jobs.worker import Clock, Worker
from bot.storage.queues import Mark, Queue
from bot.storage.transaction import UnitOfWork

log = logging.getLogger(__name__)

SEARCH_EVERY: Final = timedelta(hours=1)
"""How often those who are away are looked for when Discord doesn't announce who joins."""
_AT_ONCE: Final = 100
"""Grants that are looked at in one go: as many members as Discord can be asked for in one request."""


class Members(Protocol):
    """Who is in the servers."""

    @property
    def are_announced(self) -> bool:
        """Whether Discord tells the bot who joins."""
        ...

    def servers(self) -> Sequence[int]:
        """The servers that are served and can be looked at."""
        ...

    async def joined_at(self, guild_id: int, user_ids: Sequence[int]) -> dict[int, datetime]:
        """Since when (UTC) those of them who are in the server are there."""
        ...


class Rejoining:
    def __init__(
        self,
        database: UnitOfWork,
        fulfilment: FulfilmentService,
        members: Members,
        *,
        mark: Mark,
        clock: Clock,
    ) -> None:
        self._database = database
        self._fulfilment = fulfilment
        self._members = members
        self._mark = mark
        self._clock = clock
        self._ahead: dict[int, int] = {}
        """The servers that are to be looked at, each with the grant up to which it has been."""
        self._next_search: datetime | None = None
        self.worker = Worker(self.search, name="members who came back", clock=clock, queue=Queue.MEMBERS)

    def start_search(self, guild_id: int | None = None) -> None:
        """Have one server or all of them looked at, from the beginning."""
        servers = self._members.servers() if guild_id is None else [guild_id]
        self._ahead |= dict.fromkeys(servers, 0)
        self._mark(Queue.MEMBERS, None)

    async def search(self) -> datetime | None:
        """Give what is theirs to some who came since they were given it; returns when (UTC) to go on.

        Who was there all along and lacks a role lost it by somebody's hand, and that stands.
        """
        now = self._clock()
        if not self._members.are_announced and (self._next_search is None or self._next_search <= now):
            self._next_search = now + SEARCH_EVERY
            self._ahead |= dict.fromkeys(self._members.servers(), 0)
        for guild_id in self._members.servers():
            if guild_id in self._ahead:
                await self._search_next(guild_id)
                return self._clock()
        # Who is not there now is looked at once Discord tells of it again.
        self._ahead.clear()
        return self._next_search

    async def _search_next(self, guild_id: int) -> None:
        reached: int | None
        after = reached = self._ahead.pop(guild_id)
        try:
            reached = await self._search_some(guild_id, after)
        finally:
            if reached is not None:  # unless it is to be looked at from the beginning meanwhile
                self._ahead.setdefault(guild_id, reached)

    async def _search_some(self, guild_id: int, after: int) -> int | None:
        """Returns the last grant that was looked at; None when it was the server's last."""
        async with self._database.read() as tx:
            grants = await FulfilmentRepository(tx).live_grants(guild_id, after=after, limit=_AT_ONCE)
            awaited = await FulfilmentRepository(tx).awaited(grants)
        users = {grant.user_id for grant in grants if grant.given_at is not None or grant.id in awaited}
        here = await self._members.joined_at(guild_id, sorted(users)) if users else {}
        lost = {
            grant.user_id
            for grant in grants
            if grant.user_id in here and has_lost_role(grant, here[grant.user_id], awaited)
        }
        for user_id in sorted(lost):
            await self._fulfilment.member_found(guild_id, user_id, here[user_id])
        return grants[-1].id if len(grants) == _AT_ONCE else None
