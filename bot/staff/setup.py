"""Writes down what staff mended from the checklist."""

from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import UnitOfWork


class SetupAudit:
    def __init__(self, database: UnitOfWork, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def mended(self, guild_id: int, what: str, *, by: int) -> None:
        """`what` was mended in the server by that staff member. Raises DatabaseAway."""
        async with self._database.write() as tx:
            entry = AuditEntry(guild_id, AuditAction.SET_UP, by, details={"mended": what})
            await self._audit.write(tx, entry)
