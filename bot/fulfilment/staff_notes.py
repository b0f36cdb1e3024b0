"""Posts what staff have to know: notes are rows, written with what causes them."""

import logging
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.alarm import Alarm, Clock
from bot.fulfilment.staff_repository import WaitingNote
from bot.outbox.models import LEASE, RETRY_AFTER
from bot.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

_AT_ONCE: Final = 5


class Board(Protocol):
    """Where notes are posted."""

    async def post(self, note: WaitingNote, sales_log: int | None) -> bool:
        """Post it in the staff's channel, else in the sales log; False if there is no such channel."""
        ...


class StaffNotes:
    def __init__(self, database: UnitOfWork, board: Board, clock: Clock) -> None:
        self._database = database
        self._board = board
        self._clock = clock
        self.alarm = Alarm(self.work, name="notes to staff", clock=clock, needs_servers=True)

    async def work(self) -> datetime | None:
        """Post some of what is due; returns when (UTC) there is more."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await tx.staff.take_due_notes(now, lease=now + LEASE, limit=_AT_ONCE)
            next_due = await tx.staff.next_due_note()
        for note in due:
            await self._post(note)
        return now if due else next_due

    async def _post(self, note: WaitingNote) -> None:
        async with self._database.read() as tx:
            sales_log = await tx.staff.sales_log(note.guild_id)
        try:
            posted = await self._board.post(note, sales_log)
        except Exception:
            log.exception("A note to staff could not be posted, attempt %s", note.attempts)
            wait = RETRY_AFTER[note.attempts] if note.attempts < len(RETRY_AFTER) else None
            async with self._database.write() as tx:
                await tx.staff.note_failed(note, self._next(wait))
            return
        if not posted:
            log.warning(
                "No channel for notes to staff: set staff.log_channel_id, or /store saleslog. The note: %s",
                note.text,
            )
        async with self._database.write() as tx:
            await tx.staff.note_posted(note, self._clock())

    def _next(self, wait: timedelta | None) -> datetime | None:
        return None if wait is None else self._clock() + wait
