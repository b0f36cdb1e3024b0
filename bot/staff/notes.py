"""Posts what staff have to know: notes are rows, written with what causes them."""

import asyncio
import logging
from datetime import datetime
from typing import Final, Protocol

from bot.jobs.models import LEASE, RETRY_AFTER, patience
from bot.jobs.worker import Clock, Worker
from bot.staff.repository import StaffRepository, WaitingNote
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork

log = logging.getLogger(__name__)

_AT_ONCE: Final = 5
_TAKEN_UP_AT_ONCE: Final = 500


class Board(Protocol):
    """Where notes are posted."""

    async def post(self, note: WaitingNote, sales_log: int | None) -> bool:
        """Post it in the staff's channel, else in the sales log; False if there is no such channel.

        Raises whatever keeps it from being posted there.
        """
        ...


class StaffNotes:
    def __init__(self, database: UnitOfWork, board: Board, clock: Clock) -> None:
        self._database = database
        self._board = board
        self._clock = clock
        self._looked_at_start = False
        self.worker = Worker(
            self.work, name="notes to staff", clock=clock, queue=Queue.STAFF_NOTES, needs_servers=True
        )

    async def work(self) -> datetime | None:
        """Post some of what is due; returns when (UTC) there is more."""
        if not self._looked_at_start:  # the settings may name a channel now
            await self._take_up()
            self._looked_at_start = True
        now = self._clock()
        async with self._database.write() as tx:
            due = await StaffRepository(tx).take_due_notes(now, lease=now + LEASE, limit=_AT_ONCE)
            next_due = await StaffRepository(tx).next_due_note()
        for note in due:
            await self._post(note)
        return now if due else next_due

    async def channel_was_set(self, guild_id: int) -> None:
        """Post what the server's staff have missed for want of a channel."""
        await self._take_up(guild_id)

    async def _take_up(self, guild_id: int | None = None) -> None:
        """Have what waits posted: some at a time, as others write too."""
        more = True
        while more:
            now = self._clock()
            async with self._database.write() as tx:
                more = await StaffRepository(tx).take_up_notes(
                    now, lease=now + LEASE, limit=_TAKEN_UP_AT_ONCE, guild_id=guild_id
                )

    async def _post(self, note: WaitingNote) -> None:
        async with self._database.read() as tx:
            sales_log = await StaffRepository(tx).sales_log(note.guild_id)
        try:
            async with asyncio.timeout(patience(_AT_ONCE)):
                posted = await self._board.post(note, sales_log)
        except Exception:
            log.exception("A note to staff could not be posted, attempt %s", note.attempts)
            # What needs a human is never given up.
            wait = RETRY_AFTER[min(note.attempts, len(RETRY_AFTER) - 1)]
            async with self._database.write() as tx:
                await StaffRepository(tx).note_waits(note, self._clock() + wait)
            return
        async with self._database.write() as tx:
            if posted:
                await StaffRepository(tx).note_posted(note, self._clock())
            else:
                await StaffRepository(tx).note_waits(note, None)
        if not posted:
            log.warning(
                "A note to staff waits for a channel (staff.log_channel_id, or /store saleslog): %s",
                note.text,
            )
