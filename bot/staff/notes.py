"""Posts what staff have to know: notes are jobs, written with what causes them."""

import logging
from datetime import datetime
from typing import Final, Protocol

from bot.jobs.models import LEASE, Job, JobKind, NewJob, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.staff.repository import StaffRepository
from bot.storage.transaction import UnitOfWork
from bot.texts.stored import loads

log = logging.getLogger(__name__)

_TAKEN_UP_AT_ONCE: Final = 500


class NotesChannel(Protocol):
    """Where notes are posted."""

    async def post(self, note: Job, sales_log: int | None) -> bool:
        """Post it in the staff's channel, else in the sales log; False if there is no such channel.

        Raises whatever keeps it from being posted there.
        """
        ...


class StaffNotes:
    def __init__(self, database: UnitOfWork, channel: NotesChannel) -> None:
        self._database = database
        self._channel = channel

    async def post(self, note: Job) -> Result:
        """Carry out a note. It waits where there is no channel for it."""
        async with self._database.read() as tx:
            sales_log = await StaffRepository(tx).sales_log(note.payload["guild_id"])
        if await self._channel.post(note, sales_log):
            return Result(Outcome.POSTED)
        log.warning(
            "A note to staff waits for a channel (staff.log_channel_id, or /store saleslog): %s",
            loads(note.payload["text"]),
        )
        return Result(Outcome.WAITING)


async def take_up_notes(database: UnitOfWork, clock: Clock, guild_id: int | None = None) -> None:
    """Have what waits posted, in one server or all, as a channel may have been named: some at a time."""
    more = True
    while more:
        now = clock()
        async with database.write() as tx:
            more = await StaffRepository(tx).take_up_notes(
                now, lease=now + LEASE, limit=_TAKEN_UP_AT_ONCE, guild_id=guild_id
            )


# --- a welcome for each time that the bot is added to a server: a job, so that there is one -----------


class Welcomes:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def plan(self, guild_id: int, joined_at: datetime | None) -> None:
        """Have the server welcomed, unless it was when the bot joined it at that moment (UTC)."""
        key = key_of(guild_id, joined_at)
        async with self._database.look() as tx:
            if await JobRepository(tx).is_planned(JobKind.WELCOME, key):
                return
        async with self._database.write() as tx:
            await JobRepository(tx).plan_all([NewJob(JobKind.WELCOME, key)], self._clock(), bulk=False)


def key_of(guild_id: int, joined_at: datetime | None) -> str:
    """Who is added again is welcomed again."""
    return f"{guild_id}:{int(joined_at.timestamp()) if joined_at else 0}"
