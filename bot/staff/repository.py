"""The SQL of what staff see: notes, the sales log, and the servers' settings. Nothing here commits."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, func, or_, select, update

from bot.staff.models import NoteButton, StaffNote
from bot.storage.fulfilment_tables import guild_settings, sale_logs, staff_notes
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.types import upsert
from bot.texts import Text
from bot.texts.stored import dumps, loads

_AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class WaitingNote:
    """A note that is to be posted, leased until `lease` (UTC)."""

    id: int
    guild_id: int
    text: Text
    buttons: tuple[NoteButton, ...]
    created_at: datetime
    attempts: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class LogMessage:
    """The staff's message about a sale."""

    channel_id: int
    message_id: int


class StaffRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    # --- notes ----------------------------------------------------------------------------------------

    async def write_note(
        self,
        note: StaffNote,
        now: datetime,
        *,
        again_after: timedelta = _AT_ONCE,
        wait: timedelta = _AT_ONCE,
    ) -> bool:
        """Have staff told after a `wait`; says whether they will be: not twice within `again_after`."""
        values = {
            "text": dumps(note.text),
            "buttons": [
                {"label": dumps(button.label), "custom_id": button.custom_id} for button in note.buttons
            ],
            "created_at": now,
            "attempts": 0,
            "next_attempt_at": now + wait,
            "posted_at": None,
        }
        statement = (
            upsert(self._connection, staff_notes)
            .values(guild_id=note.guild_id, key=note.key, **values)
            .on_conflict_do_update(
                index_elements=["guild_id", "key"],
                set_=values,
                where=staff_notes.c.created_at <= now - again_after,
            )
            .returning(staff_notes.c.id)
        )
        is_written = (await self._connection.execute(statement)).first() is not None
        if is_written:
            self._mark(Queue.STAFF_NOTES, now + wait if wait else None)
        return is_written

    async def withdraw_notes(self, prefix: str) -> None:
        """What hasn't been posted yet need not be any more: the notes whose keys begin so."""
        await self._connection.execute(
            delete(staff_notes).where(
                staff_notes.c.key.startswith(prefix, autoescape=True), staff_notes.c.posted_at.is_(None)
            )
        )

    async def take_due_notes(self, now: datetime, *, lease: datetime, limit: int) -> list[WaitingNote]:
        due = (
            select(staff_notes.c.id)
            .where(staff_notes.c.next_attempt_at <= now)
            .order_by(staff_notes.c.next_attempt_at, staff_notes.c.id)
            .limit(limit)
        )
        statement = (
            update(staff_notes)
            .where(staff_notes.c.id.in_(due), staff_notes.c.next_attempt_at <= now)
            .values(next_attempt_at=lease, attempts=staff_notes.c.attempts + 1)
            .returning(staff_notes)
        )
        return sorted(map(_note, await self._connection.execute(statement)), key=lambda note: note.id)

    async def free_leases(self, now: datetime, *, until: datetime) -> None:
        """Have done now what a process that is gone had leased, for `until` (UTC) at the longest.

        A lease is the time of the next attempt: one that was planned for so soon comes a little early.
        """
        due = staff_notes.c.next_attempt_at
        await self._connection.execute(
            update(staff_notes).where(due > now, due <= until).values(next_attempt_at=now)
        )

    async def next_due_note(self) -> datetime | None:
        """When (UTC) the next note is to be posted."""
        statement = select(func.min(staff_notes.c.next_attempt_at)).where(
            staff_notes.c.next_attempt_at.is_not(None)
        )
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    async def note_posted(self, note: WaitingNote, now: datetime) -> None:
        await self._record_note(note, posted_at=now, next_attempt_at=None)

    async def note_waits(self, note: WaitingNote, next_attempt: datetime | None) -> None:
        """It could not be posted; without a next attempt it waits until there is a channel."""
        await self._record_note(note, next_attempt_at=next_attempt)
        if next_attempt is not None:
            self._mark(Queue.STAFF_NOTES, next_attempt)

    async def take_up_notes(
        self, now: datetime, *, lease: datetime, limit: int, guild_id: int | None = None
    ) -> bool:
        """Have up to `limit` of what waits posted now, in one server or in all; says whether there was any.

        What ends by `lease` may be under way.
        """
        due = staff_notes.c.next_attempt_at
        waiting = select(staff_notes.c.id).where(
            staff_notes.c.posted_at.is_(None), or_(due.is_(None), due > lease)
        )
        if guild_id is not None:
            waiting = waiting.where(staff_notes.c.guild_id == guild_id)
        statement = (
            update(staff_notes)
            .where(staff_notes.c.id.in_(waiting.limit(limit)))
            .values(next_attempt_at=now)
            .returning(staff_notes.c.id)
        )
        self._mark(Queue.STAFF_NOTES)
        return bool((await self._connection.execute(statement)).all())

    async def _record_note(self, note: WaitingNote, **values: Any) -> None:
        ours = (staff_notes.c.id == note.id, staff_notes.c.next_attempt_at == note.lease)
        await self._connection.execute(update(staff_notes).where(*ours).values(**values))

    # --- the sales log --------------------------------------------------------------------------------

    async def set_sales_log(self, guild_id: int, channel_id: int | None) -> None:
        """Switch the server's sales log on, in a channel, or off."""
        values = {"sales_log_channel_id": channel_id}
        await self._connection.execute(
            upsert(self._connection, guild_settings)
            .values(guild_id=guild_id, **values)
            .on_conflict_do_update(index_elements=["guild_id"], set_=values)
        )

    async def sales_log(self, guild_id: int) -> int | None:
        """The channel of the server's sales log, if it has one."""
        statement = select(guild_settings.c.sales_log_channel_id).where(guild_settings.c.guild_id == guild_id)
        channel: int | None = (await self._connection.execute(statement)).scalar_one_or_none()
        return channel

    async def log_message(self, sale_id: int) -> LogMessage | None:
        statement = select(sale_logs).where(sale_logs.c.sale_id == sale_id)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else LogMessage(row.channel_id, row.message_id)

    async def keep_log_message(self, sale_id: int, message: LogMessage) -> None:
        values = asdict(message)
        await self._connection.execute(
            upsert(self._connection, sale_logs)
            .values(sale_id=sale_id, **values)
            .on_conflict_do_update(index_elements=["sale_id"], set_=values)
        )


def _note(row: Row[Any]) -> WaitingNote:
    return WaitingNote(
        id=row.id,
        guild_id=row.guild_id,
        text=loads(row.text),
        buttons=tuple(NoteButton(loads(button["label"]), button["custom_id"]) for button in row.buttons),
        created_at=row.created_at,
        attempts=row.attempts,
        lease=row.next_attempt_at,
    )
