"""Tells staff of what ails the shop as a whole: once a day until it is over, and once that it is."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.errors import DatabaseError
from bot.jobs.worker import Clock, Worker
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import UnitOfWork
from bot.texts import Text, joined, ntext

LOOKED_EVERY: Final = timedelta(minutes=30)
TOLD_AGAIN_AFTER: Final = timedelta(days=1)
_KEY: Final = "alarm:"
_OVER_KEY: Final = "alarm_over:"
_HOURS: Final = timedelta(hours=2)
_DAYS: Final = timedelta(days=2)
"""From when on a time is told in hours, and in days."""

Look = Callable[[], Awaitable[Mapping[str, Text | None]]]
"""What is wrong now, each by its key; None for what is known to be well, nothing for what isn't known.

Raises DatabaseError when it can't be seen.
"""


class Alarms:
    """`servers` are those that are served; `over` says of each key that all is well again.

    What is wrong is told when it still is at the next look: most trouble is over by then. Looks that lie
    further apart are no such two: where the machine was asleep meanwhile, much is late that isn't for long.
    """

    def __init__(
        self,
        database: UnitOfWork,
        look: Look,
        servers: Callable[[], Collection[int]],
        over: Mapping[str, Text],
        clock: Clock,
    ) -> None:
        self._database = database
        self._look = look
        self._servers = servers
        self._over = over
        self._clock = clock
        self._looked_at = clock()
        self._since: dict[str, datetime] = {}
        self._may_wait = True
        """Whether there may be notes of what is over: an earlier process may have left some."""
        self._well: set[str] = set()
        """What was well at the last look. Staff may have been told of the rest, by an earlier process too."""
        self.worker = Worker(self.tell, name="alarms", clock=clock, needs_servers=True)

    async def tell(self) -> datetime:
        """Write the notes that are due; returns when (UTC) to look again."""
        now = self._clock()
        try:
            looked = await self._look()
        except DatabaseError:  # who works with it says so
            return now + LOOKED_EVERY
        wrong = {key: told for key, told in looked.items() if told is not None}
        if now - self._looked_at > 2 * LOOKED_EVERY:
            self._since.clear()
        self._looked_at = now
        self._may_wait = self._may_wait or bool(self._since.keys() - wrong.keys())
        self._since = {key: self._since.get(key, now) for key in wrong}
        due = [key for key, since in self._since.items() if now - since >= LOOKED_EVERY]
        well = looked.keys() - wrong.keys()
        ended = well - self._well
        if due or ended or self._may_wait:
            await self._write({key: wrong[key] for key in due}, ended, now)
        self._may_wait = False
        self._well = well
        return now + LOOKED_EVERY

    async def _write(self, due: Mapping[str, Text], ended: Collection[str], now: datetime) -> None:
        async with self._database.write() as tx:
            staff = StaffRepository(tx)
            if self._may_wait:  # what is still so is written anew
                await staff.withdraw_notes(_KEY)
            for guild_id in self._servers():
                told = await staff.told_since(guild_id, [f"{_KEY}{key}" for key in (*due, *ended)])
                for key, alarm in due.items():
                    since = told.get(f"{_KEY}{key}", self._since[key])
                    note = StaffNote(guild_id, f"{_KEY}{key}", alarm, since=since)
                    await staff.write_note(note, now, again_after=TOLD_AGAIN_AFTER)
                for key in ended:
                    if (began := told.get(f"{_KEY}{key}")) is not None:
                        said = is_over(self._over[key], now - began)
                        await staff.write_note(StaffNote(guild_id, f"{_OVER_KEY}{key}", said), now)
                await staff.settle_notes(guild_id, [f"{_KEY}{key}" for key in ended])


def is_over(said: Text, lasted: timedelta) -> Text:
    """That all is well again, and how long it wasn't."""
    return joined(" ", (said, _duration(lasted)))


def _duration(lasted: timedelta) -> Text:
    if lasted < _HOURS:
        minutes = max(1, round(lasted / timedelta(minutes=1)))
        return ntext("It lasted about {count} minute.", "It lasted about {count} minutes.", minutes)
    if lasted < _DAYS:
        hours = round(lasted / timedelta(hours=1))
        return ntext("It lasted about {count} hour.", "It lasted about {count} hours.", hours)
    return ntext("It lasted about {count} day.", "It lasted about {count} days.", lasted.days)
