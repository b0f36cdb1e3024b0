"""What becomes of an invoice: sent, approved, asked for, declined, cancelled, paid, overdue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.catalog.refusals import CantBeBought
from bot.checkout.models import Buyer, Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.service import Link, Sales
from bot.checkout.states import SaleStatus, SessionState, is_lost
from bot.errors import (
    BambooError,
    CantBeDelivered,
    CouponRefused,
    NotFound,
    PandabaseError,
    PaymentClearing,
    PriceChanged,
    Rejected,
)
from bot.invoices.issuing import STATES, Issuing, for_staff, of_server, price_changed, settled
from bot.invoices.models import Invoice
from bot.invoices.refusals import (
    invoice_being_sent,
    invoice_closed,
    invoice_not_yours,
    invoice_unknown,
    invoice_unpayable,
)
from bot.invoices.reminders import plan_to_tell_issuer
from bot.invoices.repository import InvoiceRepository
from bot.invoices.states import CANCELLABLE, PAYABLE, InvoiceState
from bot.jobs.link_repository import LinkRepository
from bot.jobs.models import LEASE, JobKind, Reply
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.events import OrderChanged, SaleRecovered
from bot.payments.models import PaymentEvent
from bot.payments.repository import PaymentRepository
from bot.staff.audit import Audit
from bot.staff.audit_repository import AuditRepository
from bot.staff.models import AuditAction, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import limited

_LONGEST_WORDS: Final = 300
"""Characters of the store's own, where they stand in a sentence of ours."""
_NOT_THERE: Final = frozenset({AuditAction.DELAYED, AuditAction.UNDELIVERED})
_ABOUT_DELIVERY: Final = _NOT_THERE | {AuditAction.DELIVERED, AuditAction.RESENT}
_LOOKED_BACK: Final = 20
"""Entries of an invoice's history."""
_BY_MONEY: Final = {
    SaleStatus.PAID: (InvoiceState.PAID, AuditAction.PAID),
    SaleStatus.REFUNDED: (InvoiceState.REFUNDED, AuditAction.REFUNDED),
    SaleStatus.DISPUTED: (InvoiceState.DISPUTED, AuditAction.DISPUTED),
}


@dataclass(frozen=True, slots=True)
class Closed:
    """`payable_until` (UTC) is when a page that was issued before can no longer be paid; None without one.

    `clearing` is whether a payment of it is on its way.
    """

    invoice: Invoice
    payable_until: datetime | None
    clearing: bool = False


class Invoices:
    """All that can be done with one; `issuing` sends drafts, and has what is needed for both."""

    def __init__(
        self,
        database: UnitOfWork,
        sales: Sales,
        audit: Audit,
        issuing: Issuing,
        clock: Clock,
    ) -> None:
        self.issuing = issuing
        self._database = database
        self._sales = sales
        self._audit = audit
        self._clock = clock

    # --- the payer ------------------------------------------------------------------------------------

    async def for_payer(self, reference: str, payer_id: int) -> Invoice:
        """The invoice, for the one who is to pay it. Raises invoice_unknown and invoice_not_yours."""
        async with self._database.read() as tx:
            return _theirs(await InvoiceRepository(tx).by_reference(reference), payer_id)

    async def link(self, reference: str, buyer: Buyer, reply: Reply | None) -> Link:
        """The payer's open link, or a fresh one at the invoice's own price.

        Raises invoice_unknown, invoice_not_yours, invoice_closed, invoice_price_changed, invoice_unpayable,
        and what of `Sales.open` passes by itself.
        """
        invoice = await self.for_payer(reference, buyer.id)
        _require_payable(invoice)

        async def also(tx: Transaction, _sale_id: int) -> None:
            _require_payable(await InvoiceRepository(tx).by_id(invoice.id))

        try:
            link = await self.issuing.open_link(invoice, buyer, also, reply)
        except (PriceChanged, CouponRefused, CantBeBought, CantBeDelivered, PandabaseError) as error:
            await self._note_no_link(invoice, buyer.id, error)
            raise self._for_payer(invoice, error) from error
        if link.job is not None:
            async with self._database.write() as tx:
                await self.issuing.write(tx, invoice, AuditAction.LINK, buyer.id)
        return link

    async def decline(self, reference: str, payer_id: int, reason: str | None) -> Closed:
        """The payer won't pay it.

        Raises invoice_unknown, invoice_not_yours and invoice_closed, and PaymentClearing for one that is as
        good as paid.
        """
        async with self._database.write() as tx:
            invoice = _theirs(await InvoiceRepository(tx).by_reference(reference), payer_id)
            if invoice.sale_id is not None and is_clearing(await SaleRepository(tx).by_id(invoice.sale_id)):
                raise PaymentClearing
            closed = await self._close(
                tx, invoice, InvoiceState.DECLINED, PAYABLE, actor_id=payer_id, reason=reason
            )
        if closed is None:
            raise invoice_closed(invoice.number or 0, STATES[invoice.state])
        return closed

    # --- staff ----------------------------------------------------------------------------------------

    async def cancel(self, guild_id: int, reference: str, staff_id: int, reason: str | None) -> Closed:
        """It is no longer asked for. Raises invoice_unknown and invoice_settled."""
        async with self._database.write() as tx:
            invoice = of_server(await InvoiceRepository(tx).by_reference(reference), guild_id)
            closed = await self._close(
                tx, invoice, InvoiceState.CANCELLED, CANCELLABLE, actor_id=staff_id, reason=reason
            )
        if closed is None:
            raise settled(invoice)
        return closed

    async def resend(self, guild_id: int, reference: str, staff_id: int, username: str) -> Link:
        """Have its message sent anew, with the open link or a fresh one; its `job` is the caller's.

        The message that it has stays until the new one is there. Raises invoice_unknown, invoice_settled,
        invoice_being_sent, invoice_not_sent, and what else `Sales.open` raises.
        """
        invoice = await self.issuing.here(guild_id, reference)
        if not invoice.is_payable:
            raise settled(invoice)

        async def also(tx: Transaction, _sale_id: int) -> None:
            fresh = await InvoiceRepository(tx).by_id(invoice.id)
            if not fresh.is_payable:
                raise settled(fresh)

        try:
            link = await self.issuing.open_link(invoice, invoice.buyer(username), also)
        except BambooError as error:
            if error.code != "invoice_settled":
                await self._note_no_link(invoice, staff_id, error)
            raise for_staff(invoice, error) from error
        async with self._database.write() as tx:
            job = link.job
            if job is None:
                lease = self._clock() + LEASE
                job = await LinkRepository(tx).bring_again(link.sale.session.id, lease=lease)
            if job is None:
                raise invoice_being_sent(invoice.number or 0)
            await JobRepository(tx).replace_message(link.sale.id)
            await self.issuing.write(tx, invoice, AuditAction.RESENT, staff_id)
        return Link(link.sale, job)

    async def note(self, invoice: Invoice, action: AuditAction, actor_id: int | None, **details: Any) -> None:
        """Write down what happened to it outside of here."""
        async with self._database.write() as tx:
            await self.issuing.write(tx, invoice, action, actor_id, **details)

    async def note_undelivered(self, invoice: Invoice, *, for_good: bool, hindered: bool | None) -> None:
        """Write down, once, that its message did not reach the payer.

        `hindered` says that Discord didn't let the bot send it, whatever the payer takes.
        """
        action = AuditAction.UNDELIVERED if for_good else AuditAction.DELAYED
        async with self._database.write() as tx:
            if await self._last_of_delivery(tx, invoice) is not action:
                await self.issuing.write(tx, invoice, action, None, hindered=hindered)

    async def note_delivered(self, invoice: Invoice) -> None:
        """Write down that its message reached the payer, where the contrary was written."""
        async with self._database.write() as tx:
            if await self._last_of_delivery(tx, invoice) in _NOT_THERE:
                await self.issuing.write(tx, invoice, AuditAction.DELIVERED, None)

    @staticmethod
    async def _last_of_delivery(tx: Transaction, invoice: Invoice) -> AuditAction | None:
        history = await AuditRepository(tx).of_invoice(invoice.id, _LOOKED_BACK)
        return next((entry.action for entry in history if entry.action in _ABOUT_DELIVERY), None)

    # --- what payments say ----------------------------------------------------------------------------

    async def follow_order(self, tx: Transaction, event: OrderChanged) -> None:
        """Have the sale's invoice, if it has one, follow the sale's money: a payment always wins."""
        sale = event.sale
        if sale.basket.charge is None:
            return
        invoice = await InvoiceRepository(tx).of_sale(sale.id)
        if invoice is None:
            return
        if event.change is PaymentEvent.PAID and event.order.again:
            await self.issuing.write(tx, invoice, AuditAction.OVERPAID, None)
        state, action = _BY_MONEY.get(sale.status, (None, None))
        if state is InvoiceState.DISPUTED and await _is_lost(tx, sale):
            state, action = InvoiceState.LOST, AuditAction.LOST
        moved = await InvoiceRepository(tx).move(invoice.id, state, next_at=None) if state else None
        if moved is not None and action is not None:
            await self.issuing.write(tx, moved, action, None, before=invoice.state.value)
            await plan_to_tell_issuer(tx, moved, self._clock())
            await JobRepository(tx).plan_again(sale.id, JobKind.MESSAGE, str(sale.id), self._clock())
            await JobRepository(tx).refresh_reminders(sale.id, self._clock())

    # --- looking --------------------------------------------------------------------------------------

    async def numbered(self, guild_id: int, number: int) -> Invoice:
        """Raises invoice_unknown."""
        async with self._database.read() as tx:
            return of_server(await InvoiceRepository(tx).by_number(guild_id, number), guild_id)

    async def of_sale(self, sale_id: int) -> Invoice | None:
        async with self._database.read() as tx:
            return await InvoiceRepository(tx).of_sale(sale_id)

    async def with_sale(self, sale_id: int) -> tuple[Sale, Invoice | None]:
        """A sale, and the invoice that asks for its money, if one does. Raises LookupError."""
        async with self._database.read() as tx:
            return await SaleRepository(tx).by_id(sale_id), await InvoiceRepository(tx).of_sale(sale_id)

    async def withdraw_link(self, sale: Sale) -> None:
        """Nothing is asked for any more by the link that is out."""
        async with self._database.write() as tx:
            await SaleRepository(tx).move(sale.session.id, SessionState.WITHDRAWN)

    async def write_note(self, note: StaffNote) -> None:
        """Have staff read it."""
        async with self._database.write() as tx:
            await StaffRepository(tx).write_note(note, self._clock())

    async def sale_of(self, invoice: Invoice) -> Sale | None:
        return await self._sales.by_id(invoice.sale_id) if invoice.sale_id is not None else None

    # --- parts ----------------------------------------------------------------------------------------

    async def _note_no_link(self, invoice: Invoice, actor_id: int, error: BambooError) -> None:
        async with self._database.write() as tx:
            reason = for_staff(invoice, error).sentence
            await self.issuing.write(tx, invoice, AuditAction.NO_LINK, actor_id, reason=reason)

    def _for_payer(self, invoice: Invoice, error: BambooError) -> BambooError:
        """What the payer hears: of what only staff can change, that it is theirs to change."""
        if isinstance(error, PriceChanged):
            return price_changed(invoice, error)
        if isinstance(error, CouponRefused | Rejected | NotFound):
            words = limited(error.sentence, _LONGEST_WORDS)  # the store's own
        elif isinstance(error, CantBeBought):
            words = error.sentence
        else:
            return error
        return invoice_unpayable(invoice.number or 0, words, told=self._audit.is_read)

    async def _close(
        self,
        tx: Transaction,
        invoice: Invoice,
        state: InvoiceState,
        only_from: frozenset[InvoiceState],
        *,
        actor_id: int,
        reason: str | None,
    ) -> Closed | None:
        # What nobody was asked for doesn't count for the day.
        waited = invoice.state is InvoiceState.AWAITING_APPROVAL
        terms: dict[str, Any] = {"submitted_at": None} if waited else {}
        moved = await InvoiceRepository(tx).move(
            invoice.id, state, only_from=only_from, reason=reason, next_at=None, remind_at=None, **terms
        )
        if moved is None:
            return None
        payable_until, clearing = None, False
        if moved.sale_id is not None:
            sale = await SaleRepository(tx).by_id(moved.sale_id)
            payable_until, clearing = page_open_until(sale, self._clock()), is_clearing(sale)
            await SaleRepository(tx).move(sale.session.id, SessionState.WITHDRAWN)
            await JobRepository(tx).plan_again(
                moved.sale_id, JobKind.MESSAGE, str(moved.sale_id), self._clock()
            )
            await JobRepository(tx).refresh_reminders(moved.sale_id, self._clock())
        action = AuditAction.DECLINED if state is InvoiceState.DECLINED else AuditAction.CANCELLED
        until = payable_until.isoformat() if payable_until else None
        await self.issuing.write(tx, moved, action, actor_id, reason=reason, payable_until=until)
        await plan_to_tell_issuer(tx, moved, self._clock())
        return Closed(moved, payable_until, clearing)


def page_open_until(sale: Sale, now: datetime) -> datetime | None:
    """When (UTC) the newest issued page can no longer be paid; None if none can be paid now."""
    expires_at = sale.session.expires_at
    if sale.session.state is SessionState.PAID or is_clearing(sale):
        return None
    return expires_at if expires_at is not None and expires_at > now else None


def is_clearing(sale: Sale) -> bool:
    """Whether a payment is on its way, which takes days with some banks."""
    return sale.status is SaleStatus.CLEARING


async def _is_lost(tx: Transaction, sale: Sale) -> bool:
    return is_lost(order.money for order in await PaymentRepository(tx).orders_of(sale.id))


def _theirs(invoice: Invoice | None, payer_id: int) -> Invoice:
    if invoice is None or invoice.number is None:
        raise invoice_unknown()
    if invoice.payer.id != payer_id:
        raise invoice_not_yours()
    return invoice


def _require_payable(invoice: Invoice) -> None:
    if not invoice.is_payable:
        raise invoice_closed(invoice.number or 0, STATES[invoice.state])


async def keep_number(tx: Transaction, event: SaleRecovered) -> None:
    """Its invoice may have been lost with it: the number isn't given out again."""
    if event.invoice_number is not None:
        await InvoiceRepository(tx).keep_number(event.sale.guild_id, event.invoice_number)
