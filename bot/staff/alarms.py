"""Tells staff of what ails the shop as a whole and needs a person: once a day, until it is over."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.errors import DatabaseError
from bot.jobs.worker import Clock, Worker
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import UnitOfWork
from bot.texts import Text

LOOKED_EVERY: Final = timedelta(minutes=30)
TOLD_AGAIN_AFTER: Final = timedelta(days=1)
_KEY: Final = "alarm:"

Look = Callable[[], Awaitable[Mapping[str, Text]]]
"""What is wrong now, each by its key. Raises DatabaseError when that can't be seen."""


class Alarms:
    """`servers` are those that are served.

    What is wrong is told when it still is at the next look: most trouble is over by then. Looks that lie
    further apart are no such two: where the machine was asleep meanwhile, much is late that isn't for long.
    """

    def __init__(
        self, database: UnitOfWork, look: Look, servers: Callable[[], Collection[int]], clock: Clock
    ) -> None:
        self._database = database
        self._look = look
        self._servers = servers
        self._clock = clock
        self._looked_at = clock()
        self._since: dict[str, datetime] = {}
        self._may_wait = True
        """Whether there may be notes of what is over: an earlier process may have left some."""
        self.worker = Worker(self.tell, name="alarms", clock=clock, needs_servers=True)

    async def tell(self) -> datetime:
        """Write the notes that are due; returns when (UTC) to look again."""
        now = self._clock()
        try:
            wrong = await self._look()
        except DatabaseError:  # who works with it says so
            return now + LOOKED_EVERY
        if now - self._looked_at > 2 * LOOKED_EVERY:
            self._since.clear()
        self._looked_at = now
        self._may_wait = self._may_wait or bool(self._since.keys() - wrong.keys())
        self._since = {key: self._since.get(key, now) for key in wrong}
        due = [key for key, since in self._since.items() if now - since >= LOOKED_EVERY]
        if not due and not self._may_wait:
            return now + LOOKED_EVERY
        async with self._database.write() as tx:
            staff = StaffRepository(tx)
            if self._may_wait:  # what is still so is written anew
                await staff.withdraw_notes(_KEY)
            for guild_id in self._servers():
                for key in due:
                    note = StaffNote(guild_id, f"{_KEY}{key}", wrong[key])
                    await staff.write_note(note, now, again_after=TOLD_AGAIN_AFTER)
        self._may_wait = False
        return now + LOOKED_EVERY
