"""What time brings: reminders, due dates, and the end of forgotten drafts. One timer on the next of them."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.invoices.models import Invoice
from bot.invoices.repository import InvoiceRepository
from bot.invoices.states import InvoiceState
from bot.jobs.models import JobKind
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork

BEFORE: Final = "before"
OVERDUE: Final = "overdue"
_AT_ONCE: Final = 100


class InvoiceReminders:
    def __init__(self, database: UnitOfWork, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def settle(self) -> datetime | None:
        """Do some of what is due; returns when (UTC) something is due next."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await InvoiceRepository(tx).take_due(now, _AT_ONCE)
            for invoice in due:
                await self._settle(tx, invoice, now)
            return await InvoiceRepository(tx).next_due()

    async def _settle(self, tx: Transaction, invoice: Invoice, now: datetime) -> None:
        if invoice.state is InvoiceState.DRAFT:
            await self._forget(tx, invoice)
        elif invoice.state is not InvoiceState.OPEN or invoice.due_at is None or invoice.sale_id is None:
            return
        elif invoice.due_at > now:
            await InvoiceRepository(tx).set(invoice.id, remind_at=None, next_at=invoice.due_at)
            await _remind(tx, invoice.guild_id, invoice.sale_id, BEFORE, now)
        elif await InvoiceRepository(tx).move(invoice.id, InvoiceState.OVERDUE):
            await JobRepository(tx).refresh_reminders(invoice.sale_id, now)
            await _remind(tx, invoice.guild_id, invoice.sale_id, OVERDUE, now)
            await JobRepository(tx).plan_again(invoice.sale_id, JobKind.MESSAGE, str(invoice.sale_id), now)
            await self._write(tx, invoice, AuditAction.OVERDUE)

    async def _forget(self, tx: Transaction, draft: Invoice) -> None:
        if not await InvoiceRepository(tx).discard(draft.id):
            await InvoiceRepository(tx).move(draft.id, InvoiceState.CANCELLED)
            await self._write(tx, draft, AuditAction.CANCELLED)

    async def _write(self, tx: Transaction, invoice: Invoice, action: AuditAction) -> None:
        await self._audit.write(tx, AuditEntry(invoice.guild_id, action, invoice_id=invoice.id))


async def _remind(tx: Transaction, guild_id: int, sale_id: int, of: str, now: datetime) -> None:
    """Have the payer reminded, unless staff switched that off."""
    if await InvoiceRepository(tx).reminders(guild_id):
        await JobRepository(tx).plan(sale_id, JobKind.REMINDER, f"{sale_id}:{of}", now)


# --- whether members are reminded ---------------------------------------------------------------------


class ReminderSetting:
    """A server's choice, kept in the audit."""

    def __init__(self, database: UnitOfWork, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def is_on(self, guild_id: int) -> bool:
        """Whether members are reminded."""
        async with self._database.look() as tx:
            return await InvoiceRepository(tx).reminders(guild_id)

    async def switch(self, guild_id: int, *, on: bool, by: int) -> None:
        async with self._database.write() as tx:
            await InvoiceRepository(tx).switch_reminders(guild_id, on=on)
            details = {"reminders": "on" if on else "off"}
            await self._audit.write(tx, AuditEntry(guild_id, AuditAction.SETTINGS, by, details=details))


# --- what who made an invoice hears of it -------------------------------------------------------------


class Ending(StrEnum):
    """How an invoice ended, as the key of its issuer's job says it."""

    DECLINED = "declined"
    PAID = "paid"


_ENDINGS: Final = {InvoiceState.DECLINED: Ending.DECLINED, InvoiceState.PAID: Ending.PAID}


async def plan_to_tell_issuer(tx: Transaction, invoice: Invoice, now: datetime) -> None:
    """Have who made it told, once each, in the transaction of what happened."""
    ending = _ENDINGS.get(invoice.state)
    if ending is not None and invoice.sale_id is not None:
        await JobRepository(tx).plan(invoice.sale_id, JobKind.ISSUER, f"{invoice.sale_id}:{ending}", now)
