"""Writes what was done: always to the audit, and to the staff's log channel where there is one."""

from bot.jobs.worker import Clock, Worker
from bot.staff.audit_repository import AuditRepository
from bot.staff.models import PRIVATE, AuditEntry
from bot.storage.transaction import Transaction


class Journal:
    def __init__(self, worker: Worker | None, clock: Clock) -> None:
        """`worker` runs what posts to the staff's log channel; None where there is none."""
        self._worker = worker
        self._clock = clock

    @property
    def is_read(self) -> bool:
        """Whether staff read of it without asking."""
        return self._worker is not None

    async def write(self, tx: Transaction, entry: AuditEntry) -> None:
        """Write an entry in the transaction of what it is about."""
        posted = self._worker is not None and entry.action not in PRIVATE
        now = self._clock()
        await AuditRepository(tx).add(entry, now, posted=posted)
        if posted and entry.invoice_id is not None:
            await AuditRepository(tx).change_offers(entry.invoice_id, now)

    def wake(self) -> None:
        """Have what was written posted, once its transaction is over."""
        if self._worker is not None:
            self._worker.wake()
