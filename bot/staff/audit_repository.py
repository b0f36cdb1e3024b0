"""The SQL of the audit. Nothing here commits: the caller's unit of work does."""

from datetime import datetime
from typing import Final

from bot.jobs.models import JobKind, NewJob
from bot.jobs.repository import JobRepository
from bot.staff.models import OFFERS, AuditAction, AuditEntry
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import Row, document, instant, read_document

_ADD: Final = """
    INSERT INTO audit (guild_id, at, actor_id, action, invoice_id, details)
    VALUES (:guild_id, :now, :actor_id, :action, :invoice_id, :details) RETURNING id
"""
# A line that was never posted, as the channel is another server's, stays so.
_CHANGE_OFFERS: Final = """
    UPDATE jobs SET next_attempt_at = :now, attempts = 0, done_at = NULL
    WHERE kind = 'audit_line' AND outcome = 'posted' AND key IN (
        SELECT CAST(id AS TEXT) FROM audit WHERE invoice_id = :invoice_id AND action IN (:actions)
    )
"""
_OF_INVOICE: Final = "SELECT * FROM audit WHERE invoice_id = :invoice_id ORDER BY id DESC LIMIT :limit"


class AuditRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, entry: AuditEntry, now: datetime, *, posted: bool) -> None:
        """Write what happened and, if `posted`, that it has to appear in the staff's log channel."""
        row = await self._tx.value(
            _ADD,
            guild_id=entry.guild_id,
            now=now,
            actor_id=entry.actor_id,
            action=entry.action,
            invoice_id=entry.invoice_id,
            details=document(entry.details),
        )
        if posted:
            await JobRepository(self._tx).plan_all([NewJob(JobKind.AUDIT_LINE, str(row))], now, bulk=False)

    async def change_offers(self, invoice_id: int, now: datetime) -> None:
        """Have the invoice's lines with buttons show what can still be done with it."""
        self._tx.mark(Queue.AUDIT_LINES)
        await self._tx.execute(_CHANGE_OFFERS, invoice_id=invoice_id, actions=sorted(OFFERS), now=now)

    async def entry(self, row: int) -> AuditEntry | None:
        found = await self._tx.row("SELECT * FROM audit WHERE id = :id", id=row)
        return None if found is None else _entry(found)

    async def of_invoice(self, invoice_id: int, limit: int) -> list[AuditEntry]:
        """What happened to an invoice, newest first."""
        return list(map(_entry, await self._tx.rows(_OF_INVOICE, invoice_id=invoice_id, limit=limit)))


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        guild_id=row["guild_id"],
        at=instant(row["at"]),
        actor_id=row["actor_id"],
        action=AuditAction(row["action"]),
        invoice_id=row["invoice_id"],
        details=read_document(row["details"]),
    )
