"""Sending an invoice: once, with its first payment link, approved where it has to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.checkout.models import Buyer
from bot.checkout.service import InTheClaim, Link, Sales
from bot.errors import (
    AlreadyPaid,
    BambooError,
    CantBeDelivered,
    LinkBeingMade,
    LinkNotMade,
    NotHere,
    PaymentClearing,
    PriceChanged,
    Refusal,
    TooManyPurchases,
)
from bot.invoices.drafts import FORGOTTEN_AFTER, own_draft
from bot.invoices.due_dates import reminder_before, start_of_day
from bot.invoices.limits import InvoiceLimits, check_total
from bot.invoices.models import Invoice
from bot.invoices.refusals import (
    draft_changed,
    draft_gone,
    invoice_due_passed,
    invoice_not_sent,
    invoice_price_changed,
    invoice_settled,
    invoice_unknown,
    own_approval,
)
from bot.invoices.repository import InvoiceRepository
from bot.invoices.states import InvoiceState
from bot.jobs.models import Reply
from bot.jobs.worker import Clock
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import NOTHING, Text, text
from bot.texts.stored import to_json

STATES: Final[Mapping[InvoiceState, Text]] = {
    InvoiceState.DRAFT: text("a draft"),
    InvoiceState.AWAITING_APPROVAL: text("waiting for approval"),
    InvoiceState.REFUSED: text("refused"),
    InvoiceState.OPEN: text("open"),
    InvoiceState.OVERDUE: text("overdue"),
    InvoiceState.DECLINED: text("declined"),
    InvoiceState.CANCELLED: text("cancelled"),
    InvoiceState.PAID: text("paid"),
    InvoiceState.REFUNDED: text("refunded"),
    InvoiceState.DISPUTED: text("disputed"),
    InvoiceState.LOST: text("charged back"),
}


@dataclass(frozen=True, slots=True)
class Submitted:
    """`link` is None while a second staff member has to approve it."""

    invoice: Invoice
    link: Link | None


class Issuing:
    def __init__(
        self,
        database: UnitOfWork,
        sales: Sales,
        rules: InvoiceLimits,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sales = sales
        self._rules = rules
        self._audit = audit
        self._clock = clock

    # --- sending --------------------------------------------------------------------------------------

    async def submit(self, guild_id: int, reference: str, issuer_id: int, username: str) -> Submitted:
        """Send a draft, or put it before a second staff member.

        `username` is the payer's. Raises draft_gone, what says why it can't be charged, invoice_above_cap,
        daily_cap_reached, invoice_due_passed, invoice_not_sent, and what else `Sales.open` raises; then it is
        a draft as before.
        """
        async with self._database.write() as tx:
            draft = await InvoiceRepository(tx).by_reference(reference)
            draft = own_draft(draft, guild_id, issuer_id)
            check_total(draft.lines)
            self._rules.check_cap(draft.subtotal)
            self._check_due(draft)
            await self._check_day(tx, draft)
            number = draft.number or await InvoiceRepository(tx).next_number(guild_id)
            await InvoiceRepository(tx).set(draft.id, number=number)
            draft = await InvoiceRepository(tx).by_id(draft.id)
            waiting = self._rules.need_approval(draft.subtotal)
            if waiting:
                draft = await self._await_approval(tx, draft)
        if waiting:
            return Submitted(draft, None)
        link = await self._send(draft, issuer_id, username, InvoiceState.DRAFT)
        return Submitted(await self.by_id(draft.id), link)

    async def approve(self, guild_id: int, reference: str, staff_id: int, username: str) -> Submitted:
        """Send what waited for approval.

        Raises own_approval, invoice_unknown, invoice_settled, invoice_due_passed, invoice_not_sent, and
        what else `Sales.open` raises; then it waits as before.
        """
        invoice = await self.here(guild_id, reference)
        if invoice.issuer.id == staff_id:
            raise own_approval()
        link = await self._send(invoice, staff_id, username, InvoiceState.AWAITING_APPROVAL)
        return Submitted(await self.by_id(invoice.id), link)

    async def refuse(self, guild_id: int, reference: str, staff_id: int, reason: str | None) -> Invoice:
        """Not to be sent. Raises invoice_unknown and invoice_settled."""
        async with self._database.write() as tx:
            invoice = of_server(await InvoiceRepository(tx).by_reference(reference), guild_id)
            moved = await InvoiceRepository(tx).move(
                invoice.id, InvoiceState.REFUSED, reason=reason, submitted_at=None, next_at=None
            )
            if moved is None:
                raise settled(invoice)
            await self.write(tx, moved, AuditAction.REFUSED, staff_id, reason=reason)
        return moved

    async def _await_approval(self, tx: Transaction, draft: Invoice) -> Invoice:
        moved = await InvoiceRepository(tx).move(
            draft.id, InvoiceState.AWAITING_APPROVAL, submitted_at=self._clock(), next_at=None
        )
        if moved is None:
            raise draft_gone()
        await self.write(tx, moved, AuditAction.SUBMITTED, moved.issuer.id)
        return moved

    def _check_due(self, invoice: Invoice) -> None:
        if invoice.due_at is not None and invoice.due_at <= self._clock():
            raise invoice_due_passed(waited=invoice.state is InvoiceState.AWAITING_APPROVAL)

    async def _check_day(self, tx: Transaction, draft: Invoice) -> None:
        await InvoiceRepository(tx).hold_counter(draft.guild_id)
        since = start_of_day(self._clock(), self._rules.timezone)
        asked = await InvoiceRepository(tx).asked_for_since(draft.guild_id, draft.issuer.id, since)
        self._rules.check_day(draft.subtotal, asked)

    async def _send(self, invoice: Invoice, staff_id: int, username: str, before: InvoiceState) -> Link:
        """Open it with its first payment link, or leave it as it was `before`."""
        claimed = False

        async def also(tx: Transaction, sale_id: int) -> None:
            nonlocal claimed
            fresh = await InvoiceRepository(tx).by_id(invoice.id)
            self._check_due(fresh)
            if before is InvoiceState.DRAFT:
                await self._check_day(tx, fresh)
            values: dict[str, Any] = {"sale_id": sale_id, "next_at": None, "submitted_at": self._clock()}
            if before is InvoiceState.AWAITING_APPROVAL:
                values |= {"approver_id": staff_id, "submitted_at": fresh.submitted_at}
            # What was looked at is what is sent: a draft that was changed on another device isn't.
            moved = fresh == invoice and await InvoiceRepository(tx).move(
                invoice.id, InvoiceState.OPEN, only_from=(before,), **values
            )
            if not moved:
                raise settled(fresh) if fresh.state is not before else draft_changed()
            if before is InvoiceState.AWAITING_APPROVAL:
                await self.write(tx, fresh, AuditAction.APPROVED, staff_id)
            claimed = True

        try:
            link = await self.open_link(invoice, invoice.buyer(username), also)
        except BambooError as error:
            if claimed:
                await self._take_back(invoice, before, staff_id, error)
            raise for_staff(invoice, error) from error
        await self.mark_sent(invoice.id)
        return link

    async def _take_back(
        self, invoice: Invoice, before: InvoiceState, staff_id: int, error: BambooError
    ) -> None:
        values: dict[str, Any] = {"approver_id": None}
        if before is InvoiceState.DRAFT:
            values |= {"submitted_at": None, "next_at": self._clock() + FORGOTTEN_AFTER}
        async with self._database.write() as tx:
            if await InvoiceRepository(tx).take_back(invoice.id, before, **values):
                await self.write(tx, invoice, AuditAction.NOT_SENT, staff_id, reason=error.sentence)

    async def mark_sent(self, invoice_id: int) -> None:
        """Its first link is there: from now on it can be reminded of and become overdue."""
        now = self._clock()
        async with self._database.write() as tx:
            invoice = await InvoiceRepository(tx).by_id(invoice_id)
            remind_at = reminder_before(invoice.due_at, now) if invoice.due_at else None
            next_at = remind_at or invoice.due_at
            if await InvoiceRepository(tx).mark_sent(
                invoice_id, sent_at=now, remind_at=remind_at, next_at=next_at
            ):
                staff_id = invoice.approver_id or invoice.issuer.id
                await self.write(tx, invoice, AuditAction.SENT, staff_id, total=invoice.subtotal.amount)

    # --- parts, for what becomes of it later too ----------------------------------------------------

    async def by_id(self, invoice_id: int) -> Invoice:
        async with self._database.read() as tx:
            return await InvoiceRepository(tx).by_id(invoice_id)

    async def here(self, guild_id: int, reference: str) -> Invoice:
        """An invoice of the server. Raises invoice_unknown."""
        async with self._database.read() as tx:
            return of_server(await InvoiceRepository(tx).by_reference(reference), guild_id)

    async def open_link(
        self, invoice: Invoice, buyer: Buyer, also: InTheClaim, reply: Reply | None = None
    ) -> Link:
        renewing = await self._sales.by_id(invoice.sale_id) if invoice.sale_id is not None else None
        return await self._sales.open(
            buyer, invoice.origin, invoice.basket, reply=reply, renewing=renewing, also=also
        )

    async def write(
        self, tx: Transaction, invoice: Invoice, action: AuditAction, actor_id: int | None, **details: Any
    ) -> None:
        given = {
            name: to_json(value) if isinstance(value, Text) else value
            for name, value in details.items()
            if value is not None
        }
        await self._audit.write(tx, AuditEntry(invoice.guild_id, action, actor_id, invoice.id, given))


def of_server(invoice: Invoice | None, guild_id: int) -> Invoice:
    if invoice is None or invoice.guild_id != guild_id or invoice.number is None:
        raise invoice_unknown()
    return invoice


def settled(invoice: Invoice) -> Refusal:
    return invoice_settled(invoice.number or 0, STATES[invoice.state])


def price_changed(invoice: Invoice, change: PriceChanged) -> Refusal:
    return invoice_price_changed(invoice.number or 0, change.old, change.new)


_FOR_STAFF: Final[Mapping[type[BambooError], Text]] = {
    AlreadyPaid: text("it's already paid."),
    PaymentClearing: text("a payment for it is on its way; some banks take a few days."),
    TooManyPurchases: text("too many links were requested in the last minute. Try again in a minute."),
    LinkBeingMade: text("one is being created right now. Check /invoice show in a moment."),
    LinkNotMade: text("the store isn't answering. Try again in a few minutes."),
    NotHere: text("it includes a role, and the member isn't in the server."),
}


def for_staff(invoice: Invoice, error: BambooError) -> BambooError:
    """Why there is no payment link, as staff have to hear it: what `Sales.open` raises speaks to a buyer."""
    if isinstance(error, PriceChanged):
        return price_changed(invoice, error)
    why = _FOR_STAFF.get(type(error))
    if why is None and isinstance(error, CantBeDelivered):
        why = text("it can't be delivered. {reason}", reason=error.reason or NOTHING)
    if why is None:
        return error
    return invoice_not_sent(invoice.number or 0, why)
