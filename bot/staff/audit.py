"""Writes what was done: always to the audit, and to the staff's log channel where there is one."""

from bot.jobs.worker import Clock
from bot.staff.audit_repository import AuditRepository
from bot.staff.models import NOT_POSTED, AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork


class Audit:
    def __init__(self, clock: Clock, *, is_read: bool) -> None:
        """`is_read` says that there is a log channel: that staff read of it without asking."""
        self.is_read = is_read
        self._clock = clock

    async def write(self, tx: Transaction, entry: AuditEntry) -> None:
        """Write an entry in the transaction of what it is about."""
        posted = self.is_read and entry.action not in NOT_POSTED
        now = self._clock()
        await AuditRepository(tx).add(entry, now, posted=posted)
        if posted and entry.invoice_id is not None:
            await AuditRepository(tx).change_offers(entry.invoice_id, now)


class SetupAudit:
    """Writes down what staff mended from the checklist."""

    def __init__(self, database: UnitOfWork, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def mended(self, guild_id: int, what: str, *, by: int) -> None:
        """`what` was mended in the server by that staff member. Raises DatabaseAway."""
        async with self._database.write() as tx:
            entry = AuditEntry(guild_id, AuditAction.SET_UP, by, details={"mended": what})
            await self._audit.write(tx, entry)
