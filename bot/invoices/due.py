"""What time brings: reminders, due dates, and the end of forgotten drafts. One timer on the next of them."""

from datetime import datetime
from typing import Final

from bot.alarm import Alarm, Clock
from bot.audit.journal import Journal
from bot.audit.models import Action, Entry
from bot.invoices.models import Invoice
from bot.invoices.states import InvoiceState
from bot.outbox.models import Step
from bot.storage.unit_of_work import Transaction, UnitOfWork

BEFORE: Final = "before"
OVERDUE: Final = "overdue"
_AT_ONCE: Final = 100


class DueInvoices:
    def __init__(self, database: UnitOfWork, journal: Journal, *, outbox: Alarm, clock: Clock) -> None:
        self._database = database
        self._journal = journal
        self._outbox = outbox
        self._clock = clock

    async def settle(self) -> datetime | None:
        """Do some of what is due; returns when (UTC) something is due next."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await tx.invoices.take_due(now, _AT_ONCE)
            for invoice in due:
                await self._settle(tx, invoice, now)
            next_due = await tx.invoices.next_due()
        if due:
            self._outbox.wake()
            self._journal.wake()
        return next_due

    async def _settle(self, tx: Transaction, invoice: Invoice, now: datetime) -> None:
        if invoice.state is InvoiceState.DRAFT:
            await self._forget(tx, invoice)
        elif invoice.state is not InvoiceState.OPEN or invoice.due_at is None or invoice.sale_id is None:
            return
        elif invoice.due_at > now:
            await tx.invoices.set(invoice.id, remind_at=None, next_at=invoice.due_at)
            if await tx.invoices.reminders(invoice.guild_id):
                await tx.outbox.plan(invoice.sale_id, Step.REMINDER, BEFORE, now)
        elif await tx.invoices.move(invoice.id, InvoiceState.OVERDUE):
            if await tx.invoices.reminders(invoice.guild_id):
                await tx.outbox.plan(invoice.sale_id, Step.REMINDER, OVERDUE, now)
            await tx.outbox.plan_again(invoice.sale_id, Step.MESSAGE, "", now)
            await self._write(tx, invoice, Action.OVERDUE)

    async def _forget(self, tx: Transaction, draft: Invoice) -> None:
        if not await tx.invoices.discard(draft.id):
            await tx.invoices.move(draft.id, InvoiceState.CANCELLED)
            await self._write(tx, draft, Action.CANCELLED)

    async def _write(self, tx: Transaction, invoice: Invoice, action: Action) -> None:
        await self._journal.write(tx, Entry(invoice.guild_id, action, invoice_id=invoice.id))
