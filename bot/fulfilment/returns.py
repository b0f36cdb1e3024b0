"""Members who came back while nobody looked: at start, and where Discord doesn't announce them."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.alarm import Alarm, Clock
from bot.fulfilment.service import FulfilmentService, is_lost
from bot.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

LOOK_EVERY: Final = timedelta(hours=1)
"""How often those who are away are looked for when Discord doesn't announce who joins."""


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


class Returns:
    def __init__(
        self, database: UnitOfWork, fulfilment: FulfilmentService, members: Members, clock: Clock
    ) -> None:
        self._database = database
        self._fulfilment = fulfilment
        self._members = members
        self._clock = clock
        self.alarm = Alarm(self.look, name="members who came back", clock=clock)

    async def look(self) -> datetime | None:
        """Give what is theirs to those who came since they were given it; returns when to look again (UTC).

        Who was there all along and lacks a role lost it by somebody's hand, and that stands.
        """
        for guild_id in self._members.servers():
            async with self._database.read() as tx:
                grants = await tx.fulfilment.live_grants(guild_id)
                awaited = await tx.fulfilment.awaited(guild_id)
            users = {grant.user_id for grant in grants if grant.given_at is not None or grant.id in awaited}
            here = await self._members.joined_at(guild_id, sorted(users))
            lost = {
                grant.user_id
                for grant in grants
                if grant.user_id in here and is_lost(grant, here[grant.user_id], awaited)
            }
            for user_id in sorted(lost):
                await self._fulfilment.member_found(guild_id, user_id, here[user_id])
        return None if self._members.are_announced else self._clock() + LOOK_EVERY
