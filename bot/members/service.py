"""What staff look at: a member's timeline, the server's sales, and one of them as a whole."""

from collections.abc import Iterable, Sequence

from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.states import SETTLED
from bot.fulfilment.facts_repository import FactsRepository
from bot.fulfilment.repository import FulfilmentRepository
from bot.invoices.models import Invoice
from bot.invoices.repository import InvoiceRepository
from bot.members.models import MemberPage, SaleDetails, SalesFilter, SalesPage, TimelineEntry
from bot.members.refusals import sale_unknown
from bot.members.repository import MemberRepository, TimelineRow
from bot.payments.quarantine_repository import QuarantineRepository
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import Transaction, UnitOfWork


class MemberPages:
    def __init__(self, database: UnitOfWork) -> None:
        self._database = database

    async def page(self, guild_id: int, member_id: int, number: int, *, size: int) -> MemberPage:
        """A page of what a member bought, got and is charged for; pages count from 0."""
        async with self._database.read() as tx:
            members = MemberRepository(tx)
            pages = max(1, -(-await members.count(guild_id, member_id) // size))
            number = min(max(number, 0), pages - 1)
            told = await members.timeline(guild_id, member_id, offset=number * size, limit=size)
            entries = await _entries(tx, told)
            held = await FulfilmentRepository(tx).live_grants_of(guild_id, member_id)
            in_quarantine = await _in_quarantine(tx, [each.sale for each in entries if each.sale])
        return MemberPage(member_id, entries, tuple(held), number, pages, in_quarantine)

    async def sales(self, guild_id: int, wanted: SalesFilter, after: str | None, *, size: int) -> SalesPage:
        """Sales of the server, from behind the one named `after`; from the newest on without it."""
        async with self._database.read() as tx:
            ids = await MemberRepository(tx).listed(guild_id, wanted, after, limit=size + 1)
            sales = tuple((await MemberRepository(tx).sales(ids[:size])).values())
            in_quarantine = await _in_quarantine(tx, sales)
        older = sales[-1].reference if len(ids) > size else None
        return SalesPage(sales, wanted, older, is_first=after is None, in_quarantine=in_quarantine)

    async def sale(self, guild_id: int, reference: str) -> SaleDetails:
        """Raises button_from_before for a sale that isn't this server's."""
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_reference(reference, guild_id)
            if sale is None:
                raise sale_unknown()
            facts = (await FactsRepository(tx).of([sale.id]))[sale.id]
            subscription = await PaymentRepository(tx).subscription_of(sale.id)
            invoice = None if sale.basket.charge is None else await InvoiceRepository(tx).of_sale(sale.id)
        return SaleDetails(facts, subscription, invoice)


async def _in_quarantine(tx: Transaction, sales: Iterable[Sale]) -> set[int]:
    """Which of these have no payment that counts, but one that staff have to decide about."""
    unpaid = {sale.id for sale in sales if sale.status not in SETTLED}
    return await QuarantineRepository(tx).held(list(unpaid)) if unpaid else set()


async def _entries(tx: Transaction, told: Sequence[TimelineRow]) -> tuple[TimelineEntry, ...]:
    members = MemberRepository(tx)
    ids = {
        what: [each.id for each in told if each.what == what] for what in ("sale", "grant", "subscription")
    }
    grants = await members.grants(ids["grant"])
    subscriptions = await members.subscriptions(ids["subscription"])
    invoices: dict[int, Invoice] = {}
    for each in told:
        if each.what == "invoice":
            invoices[each.id] = await InvoiceRepository(tx).by_id(each.id)
    sales = await members.sales(
        list(
            dict.fromkeys(
                [
                    *ids["sale"],
                    *(grant.sale_id for grant in grants.values()),
                    *(subscription.sale_id for subscription in subscriptions.values()),
                    *(invoice.sale_id for invoice in invoices.values() if invoice.sale_id is not None),
                ]
            )
        )
    )

    def entry(each: TimelineRow) -> TimelineEntry:
        grant = grants.get(each.id) if each.what == "grant" else None
        subscription = subscriptions.get(each.id) if each.what == "subscription" else None
        invoice = invoices.get(each.id) if each.what == "invoice" else None
        part = grant or subscription or invoice
        sale_id = each.id if part is None else part.sale_id
        return TimelineEntry(each.at, sales.get(sale_id or 0), grant, subscription, invoice)

    return tuple(map(entry, told))
