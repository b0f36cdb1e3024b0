"""The SQL of the audit and of what it still owes the staff's log channel. Nothing here commits."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from bot.staff.models import OFFERS, AuditAction, AuditEntry, StaffLine
from bot.storage.invoice_tables import audit, staff_lines
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction


class AuditRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def add(self, entry: AuditEntry, now: datetime, *, posted: bool) -> None:
        """Write what happened and, if `posted`, that it has to appear in the staff's log channel."""
        statement = insert(audit).values(
            guild_id=entry.guild_id,
            at=now,
            actor_id=entry.actor_id,
            action=entry.action,
            invoice_id=entry.invoice_id,
            details=entry.details,
        )
        audit_id = (await self._connection.execute(statement.returning(audit.c.id))).scalar_one()
        if posted:
            self._mark(Queue.STAFF_LINES)
            await self._connection.execute(insert(staff_lines).values(audit_id=audit_id, next_attempt_at=now))

    async def change_offers(self, invoice_id: int, now: datetime) -> None:
        """Have the invoice's lines with buttons show what can still be done with it."""
        offers = select(audit.c.id).where(audit.c.invoice_id == invoice_id, audit.c.action.in_(OFFERS))
        await self._connection.execute(
            update(staff_lines)
            .where(staff_lines.c.audit_id.in_(offers), staff_lines.c.message_id.is_not(None))
            .values(next_attempt_at=now, attempts=0)
        )
        self._mark(Queue.STAFF_LINES)

    async def of_invoice(self, invoice_id: int, limit: int) -> list[AuditEntry]:
        """What happened to an invoice, newest first."""
        statement = (
            select(audit).where(audit.c.invoice_id == invoice_id).order_by(audit.c.id.desc()).limit(limit)
        )
        return [_entry(row) for row in await self._connection.execute(statement)]

    async def take_due(self, now: datetime, *, lease: datetime, limit: int) -> list[StaffLine]:
        """Lease up to `limit` lines, longest due first; one UPDATE decides who posts them."""
        due = (
            select(staff_lines.c.audit_id)
            .where(staff_lines.c.next_attempt_at <= now)
            .order_by(staff_lines.c.next_attempt_at, staff_lines.c.audit_id)
            .limit(limit)
        )
        statement = (
            update(staff_lines)
            .where(staff_lines.c.audit_id.in_(due), staff_lines.c.next_attempt_at <= now)
            .values(next_attempt_at=lease, attempts=staff_lines.c.attempts + 1)
            .returning(staff_lines)
        )
        lines = {row.audit_id: row for row in await self._connection.execute(statement)}
        entries = select(audit).where(audit.c.id.in_(lines)).order_by(audit.c.id)
        return [
            StaffLine(_entry(row), lines[row.id].attempts, lease, lines[row.id].message_id)
            for row in await self._connection.execute(entries)
        ]

    async def free_leases(self, now: datetime, *, until: datetime) -> None:
        """Have done now what a process that is gone had leased, for `until` (UTC) at the longest.

        A lease is the time of the next attempt: one that was planned for so soon comes a little early.
        """
        due = staff_lines.c.next_attempt_at
        await self._connection.execute(
            update(staff_lines).where(due > now, due <= until).values(next_attempt_at=now)
        )

    async def next_due(self) -> datetime | None:
        """When (UTC) the next line is to be posted."""
        statement = select(func.min(staff_lines.c.next_attempt_at)).where(
            staff_lines.c.next_attempt_at.is_not(None)
        )
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    async def finish(self, line: StaffLine, *, message_id: int | None, again_at: datetime | None) -> None:
        """Record how posting ended; without `again_at` that was the last attempt."""
        await self._connection.execute(
            update(staff_lines)
            .where(staff_lines.c.audit_id == line.entry.id, staff_lines.c.next_attempt_at == line.lease)
            .values(message_id=message_id, next_attempt_at=again_at)
        )
        if again_at is not None:
            self._mark(Queue.STAFF_LINES, again_at)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        guild_id=row.guild_id,
        at=row.at,
        actor_id=row.actor_id,
        action=AuditAction(row.action),
        invoice_id=row.invoice_id,
        details=row.details,
    )
