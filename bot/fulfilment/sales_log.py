"""The sales log of a server: one message per sale, in the channel that staff chose."""

from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.models import SaleFacts
from bot.jobs.worker import Clock
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.staff.notes import take_up_notes
from bot.staff.repository import LogMessage, StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork


class SalesLog:
    def __init__(self, database: UnitOfWork, facts: FactsOfSales, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._facts = facts
        self._audit = audit
        self._clock = clock

    async def of(self, sale_id: int) -> SaleFacts:
        """Raises LookupError when there is no such sale."""
        return await self._facts.of(sale_id)

    @staticmethod
    async def keep(sale_id: int, message: LogMessage, tx: Transaction) -> None:
        """From now on this is the sale's message."""
        await StaffRepository(tx).keep_log_message(sale_id, message)

    async def channel(self, guild_id: int) -> int | None:
        """The channel of the server's log, if it has one."""
        async with self._database.read() as tx:
            return await StaffRepository(tx).sales_log(guild_id)

    async def switch(self, guild_id: int, channel_id: int | None, *, by: int) -> None:
        """Keep the log in that channel, or none; notes that waited for a channel are posted there."""
        async with self._database.write() as tx:
            await StaffRepository(tx).set_sales_log(guild_id, channel_id)
            details = {"sales log": channel_id}
            await self._audit.write(tx, AuditEntry(guild_id, AuditAction.SETTINGS, by, details=details))
        if channel_id is not None:
            await take_up_notes(self._database, self._clock, guild_id)
