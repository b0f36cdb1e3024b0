"""Invoices as staff look for them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.invoices.models import Invoice, InvoicePage
from bot.invoices.repository import InvoiceRepository
from bot.invoices.states import InvoiceState
from bot.jobs.models import LiveMessage
from bot.jobs.repository import JobRepository
from bot.payments.quarantine_repository import QuarantineRepository
from bot.staff.audit_repository import AuditRepository
from bot.staff.models import AuditEntry
from bot.storage.transaction import UnitOfWork

MOST_ENTRIES: Final = 8
"""Of an invoice's history: what is older stays in the audit."""


@dataclass(frozen=True, slots=True)
class InvoiceDetails:
    """All that is known of one invoice; the newest entry comes first."""

    invoice: Invoice
    sale: Sale | None
    message: LiveMessage | None
    history: tuple[AuditEntry, ...]
    is_held: bool = False
    """Whether it can be paid, and staff have to decide about a payment of it."""


class InvoiceQueries:
    def __init__(self, database: UnitOfWork) -> None:
        self._database = database

    async def page(
        self, guild_id: int, number: int, *, size: int, payer_id: int | None, state: InvoiceState | None
    ) -> InvoicePage:
        """A page of the server's invoices, newest first; pages count from 0."""
        async with self._database.read() as tx:
            offset = max(0, number) * size
            found, total = await InvoiceRepository(tx).page(
                guild_id, payer_id=payer_id, state=state, offset=offset, limit=size
            )
            pages = max(1, -(-total // size))
            if number >= pages:
                number = pages - 1
                found, total = await InvoiceRepository(tx).page(
                    guild_id, payer_id=payer_id, state=state, offset=number * size, limit=size
                )
        return InvoicePage(tuple(found), max(0, number), pages, total)

    async def details(self, invoice: Invoice) -> InvoiceDetails:
        async with self._database.read() as tx:
            history = await AuditRepository(tx).of_invoice(invoice.id, MOST_ENTRIES)
            if invoice.sale_id is None:
                return InvoiceDetails(invoice, None, None, tuple(history))
            sale = await SaleRepository(tx).by_id(invoice.sale_id)
            message = await JobRepository(tx).message_of(sale.id)
            is_held = invoice.is_payable and bool(await QuarantineRepository(tx).held([sale.id]))
        return InvoiceDetails(invoice, sale, message, tuple(history), is_held)

    async def find(
        self, guild_id: int, typed: str, limit: int, states: Collection[InvoiceState] | None = None
    ) -> list[Invoice]:
        """Invoices whose number is, or whose payer's name holds, what was typed; newest first."""
        async with self._database.read() as tx:
            return await InvoiceRepository(tx).find(guild_id, typed.strip().removeprefix("#"), limit, states)

    async def items(self, guild_id: int) -> list[str]:
        """What staff charged for before, newest first."""
        async with self._database.read() as tx:
            return await InvoiceRepository(tx).items(guild_id)

    async def entry(self, entry_id: int) -> tuple[AuditEntry | None, Invoice | None]:
        """An entry of the audit, and the invoice that it is about."""
        async with self._database.read() as tx:
            entry = await AuditRepository(tx).entry(entry_id)
            if entry is None or entry.invoice_id is None:
                return entry, None
            return entry, await InvoiceRepository(tx).by_id(entry.invoice_id)
