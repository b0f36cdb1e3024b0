"""The SQL of what staff see: notes, the sales log, and the servers' settings. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.jobs.job_rows import new_row
from bot.jobs.models import JobKind, NewJob
from bot.staff.models import StaffNote
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import instant, read_document, stored
from bot.texts.stored import dumps

_AT_ONCE: Final = timedelta(0)
_SET_SALES_LOG: Final = """
    INSERT INTO guild_settings (guild_id, sales_log_channel_id) VALUES (:guild_id, :channel_id)
    ON CONFLICT (guild_id) DO UPDATE SET sales_log_channel_id = excluded.sales_log_channel_id
"""
_SALES_LOG: Final = "SELECT sales_log_channel_id FROM guild_settings WHERE guild_id = :guild_id"
_LOG_MESSAGE: Final = "SELECT channel_id, message_id FROM sale_logs WHERE sale_id = :sale_id"
_KEEP_LOG_MESSAGE: Final = """
    INSERT INTO sale_logs (sale_id, channel_id, message_id) VALUES (:sale_id, :channel_id, :message_id)
    ON CONFLICT (sale_id) DO UPDATE SET channel_id = excluded.channel_id, message_id = excluded.message_id
"""
_WRITE_NOTE: Final = """
    INSERT INTO jobs (lane, kind, key, sale_id, priority, payload, created_at, attempts, next_attempt_at)
    VALUES (:lane, :kind, :key, :sale_id, :priority, :payload, :now, 0, :due)
    ON CONFLICT (kind, key) DO UPDATE SET
        payload = excluded.payload, created_at = excluded.created_at, attempts = 0,
        next_attempt_at = excluded.next_attempt_at, done_at = NULL, outcome = NULL
    WHERE jobs.created_at <= :told_before
    RETURNING id
"""
_WITHDRAW_NOTES: Final = """
    DELETE FROM jobs WHERE lane = 'notes' AND done_at IS NULL AND substr(key, 1, :length) = :prefix
"""
_TOLD_NOTES: Final = """
    SELECT key, created_at, payload FROM jobs
    WHERE kind = 'staff_note' AND key IN (:keys) AND outcome = 'posted'
"""
_SETTLE_NOTES: Final = """
    UPDATE jobs SET outcome = 'gone' WHERE kind = 'staff_note' AND key IN (:keys) AND outcome = 'posted'
"""
_TAKE_UP_NOTES: Final = """
    UPDATE jobs SET next_attempt_at = :now WHERE id IN (
        SELECT id FROM jobs WHERE lane = 'notes' AND done_at IS NULL AND key LIKE :server
        AND (next_attempt_at IS NULL OR next_attempt_at > :lease) LIMIT :limit
    )
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class LogMessage:
    """The staff's message about a sale."""

    channel_id: int
    message_id: int


class StaffRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

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
        buttons = [{"label": dumps(each.label), "custom_id": each.custom_id} for each in note.buttons]
        payload: dict[str, Any] = {"guild_id": note.guild_id, "text": dumps(note.text), "buttons": buttons}
        if note.since is not None:
            payload["since"] = stored(note.since)
        job = NewJob(JobKind.STAFF_NOTE, f"{note.key}:{note.guild_id}", payload=payload)
        row = await self._tx.row(
            _WRITE_NOTE, **new_row(job, now) | {"due": now + wait}, told_before=now - again_after
        )
        if row is not None:
            self._tx.mark(Queue.STAFF_NOTES, now + wait if wait else None)
        return row is not None

    async def withdraw_notes(self, prefix: str) -> None:
        """What hasn't been posted yet need not be any more: the notes whose keys begin so."""
        await self._tx.execute(_WITHDRAW_NOTES, prefix=prefix, length=len(prefix))

    async def told_since(self, guild_id: int, keys: Sequence[str]) -> dict[str, datetime]:
        """Which of the notes with these keys staff have read, and from when on (UTC) it was so."""
        rows = await self._tx.rows(_TOLD_NOTES, keys=[f"{key}:{guild_id}" for key in keys])
        return {
            row["key"].removesuffix(f":{guild_id}"): instant(
                read_document(row["payload"]).get("since", row["created_at"])
            )
            for row in rows
        }

    async def settle_notes(self, guild_id: int, keys: Sequence[str]) -> None:
        """What these notes told is over, and said to be: they count as told no more."""
        await self._tx.execute(_SETTLE_NOTES, keys=[f"{key}:{guild_id}" for key in keys])

    async def take_up_notes(
        self, now: datetime, *, lease: datetime, limit: int, guild_id: int | None = None
    ) -> bool:
        """Have up to `limit` of what waits posted now, in one server or in all; says whether there was any.

        What ends by `lease` may be under way.
        """
        server = "%" if guild_id is None else f"%:{guild_id}"
        self._tx.mark(Queue.STAFF_NOTES)
        return bool(await self._tx.rows(_TAKE_UP_NOTES, server=server, now=now, lease=lease, limit=limit))

    # --- the sales log --------------------------------------------------------------------------------

    async def set_sales_log(self, guild_id: int, channel_id: int | None) -> None:
        """Switch the server's sales log on, in a channel, or off."""
        await self._tx.execute(_SET_SALES_LOG, guild_id=guild_id, channel_id=channel_id)

    async def sales_log(self, guild_id: int) -> int | None:
        """The channel of the server's sales log, if it has one."""
        channel: int | None = await self._tx.value(_SALES_LOG, guild_id=guild_id)
        return channel

    async def log_message(self, sale_id: int) -> LogMessage | None:
        row = await self._tx.row(_LOG_MESSAGE, sale_id=sale_id)
        return None if row is None else LogMessage(row["channel_id"], row["message_id"])

    async def keep_log_message(self, sale_id: int, message: LogMessage) -> None:
        await self._tx.execute(_KEEP_LOG_MESSAGE, sale_id=sale_id, **asdict(message))
