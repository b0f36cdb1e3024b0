"""Where a purchase, a gift or an invoice stands, in the words of the one who looks at it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import discord

from bot.checkout.models import Sale
from bot.checkout.states import SETTLED, SaleStatus, SessionState
from bot.fulfilment.steps.registry import kept_kinds
from bot.invoices.models import Invoice
from bot.invoices.states import CLOSED_UNPAID, InvoiceState
from bot.jobs.models import JobKind, JobRecord
from bot.purchases.history import Purchase
from cogs.checkout.view import SaleView

PURCHASE: Final[Mapping[SaleStatus, str]] = {
    SaleStatus.OPEN: "Expired",  # by the clock; the row follows in a moment
    SaleStatus.CLEARING: "Your payment is on its way; with some banks that takes days",
    SaleStatus.PAID: "Paid",
    SaleStatus.REFUNDED: "Refunded",
    SaleStatus.DISPUTED: "Disputed at your bank",
    SaleStatus.FAILED: "The last payment link could not be made",
    SaleStatus.EXPIRED: "Expired",
    SaleStatus.WITHDRAWN: "Given up",
    SaleStatus.SUPERSEDED: "Replaced by a newer link",
}
# Whose money it is, and what happened to it, is between the payer and the store.
GIFT: Final[Mapping[SaleStatus, str]] = {
    SaleStatus.PAID: "Given to you",
    SaleStatus.REFUNDED: "Taken back",
    SaleStatus.DISPUTED: "On hold",
}
INVOICE: Final[Mapping[InvoiceState, str]] = {
    InvoiceState.DRAFT: "Being sent",
    InvoiceState.AWAITING_APPROVAL: "Being sent",
    InvoiceState.REFUSED: "Not asked for any more",
    InvoiceState.OPEN: "Not paid yet",
    InvoiceState.OVERDUE: "Overdue, and not paid yet",
    InvoiceState.DECLINED: "Declined: you turned it down",
    InvoiceState.CANCELLED: "Cancelled by the staff: there is nothing to pay",
    InvoiceState.PAID: PURCHASE[SaleStatus.PAID],
    InvoiceState.REFUNDED: PURCHASE[SaleStatus.REFUNDED],
    InvoiceState.DISPUTED: PURCHASE[SaleStatus.DISPUTED],
}
_UNSEEN: Final[Mapping[InvoiceState, str]] = {
    InvoiceState.OPEN: "Open",
    InvoiceState.OVERDUE: "Overdue",
}
"""Where nothing tells of payments: that something isn't paid can't be said."""
_LOST: Final = "The money goes back to you"
_NOT_KNOWN: Final = "whether it was paid is not known: ask the staff if you have paid"
_MADE: Final = "The payment link is being made"
_WITH_DATE_OF_PAYMENT: Final = frozenset({SaleStatus.REFUNDED, SaleStatus.DISPUTED})


def state_of(entry: Purchase, now: datetime, view: SaleView) -> str:
    """Where it stands at `now` (UTC)."""
    if entry.is_given:
        return _gift(entry)
    if entry.sale.status is SaleStatus.CLEARING:
        return PURCHASE[SaleStatus.CLEARING]
    if entry.invoice is not None:
        return _invoice(entry, now, view)
    return _purchase(entry, now, view)


def is_payable(sale: Sale, now: datetime) -> bool:
    """Whether its link may be shown."""
    is_open = sale.link is not None and sale.status is not SaleStatus.CLEARING
    return is_open and _is_ahead(sale.session.expires_at, now)


def can_be_settled(entry: Purchase) -> bool:
    """Whether the reader may pay an invoice, or decline it; what has a receipt was paid."""
    return _is_asked_for(entry) and not entry.has_receipts


def _is_asked_for(entry: Purchase) -> bool:
    invoice = entry.invoice
    return invoice is not None and invoice.is_payable and entry.sale.status is not SaleStatus.CLEARING


def may_get_link(entry: Purchase, now: datetime) -> bool:
    """Whether the reader may have a new link for a purchase: no link is open, and no payment known."""
    sale = entry.sale
    if sale.status in SETTLED or sale.status is SaleStatus.CLEARING:
        return False
    return sale.session.state is not SessionState.CREATING and not is_payable(sale, now)


def is_waiting(entry: Purchase, now: datetime) -> bool:
    """Whether something that can still be read or paid never reached the reader."""
    return any(each.is_undelivered and _matters(each, entry, now) for each in entry.messages)


def _matters(message: JobRecord, entry: Purchase, now: datetime) -> bool:
    """The same messages are counted as waiting by the outbox."""
    if message.kind in kept_kinds():
        return True
    sale, is_asked_for = entry.sale, _is_asked_for(entry)
    if message.kind == JobKind.REMINDER:
        return is_asked_for
    return message.key == str(sale.session.id) and (is_asked_for or is_payable(sale, now))


def _purchase(entry: Purchase, now: datetime, view: SaleView) -> str:
    sale = entry.sale
    if sale.session.state is SessionState.CREATING:
        return _MADE
    if is_payable(sale, now):
        until = view.until(sale.session.expires_at)
        return f"Not paid yet · open {until}" if view.sees_payments else f"Open {until}"
    state = PURCHASE[sale.status]
    if sale.status is SaleStatus.WITHDRAWN and _is_ahead(sale.session.expires_at, now):
        return f"{state}{_still_payable(sale, view)}"
    if sale.status in (SaleStatus.OPEN, SaleStatus.EXPIRED) and not view.sees_payments:
        state = f"{state}; {_NOT_KNOWN}"
    return _dated(entry, state)


def _gift(entry: Purchase) -> str:
    status = SaleStatus.REFUNDED if entry.is_lost else entry.sale.status
    return _dated_by(GIFT.get(status, "Being given"), entry.paid_at or entry.sale.session.created_at)


def _invoice(entry: Purchase, now: datetime, view: SaleView) -> str:
    sale, invoice = entry.sale, entry.invoice
    if invoice is None:
        return ""
    if invoice.is_payable:
        return " · ".join(_awaited(sale, invoice, now, view))
    state = INVOICE[invoice.state]
    if invoice.state in CLOSED_UNPAID and _is_ahead(sale.session.expires_at, now):
        return f"{state}{_still_payable(sale, view)}"
    return _dated(entry, state)


def _awaited(sale: Sale, invoice: Invoice, now: datetime, view: SaleView) -> Iterator[str]:
    late = invoice.due_at is not None and invoice.due_at <= now  # the row follows in a moment
    state = InvoiceState.OVERDUE if late else invoice.state
    yield INVOICE[state] if view.sees_payments else _UNSEEN[state]
    if sale.session.state is SessionState.CREATING:
        yield "the payment link is being made"
    elif is_payable(sale, now):
        yield f"link open {view.until(sale.session.expires_at)}"
    elif not view.sees_payments:
        yield _NOT_KNOWN


def _dated(entry: Purchase, state: str) -> str:
    """With the day of the payment; without one, with the day on which the link was made."""
    if entry.is_lost and entry.sale.status is SaleStatus.DISPUTED:
        state = _LOST
    if entry.sale.status in _WITH_DATE_OF_PAYMENT and entry.paid_at is not None:
        return f"{state} · paid {discord.utils.format_dt(entry.paid_at, 'd')}"
    return _dated_by(state, entry.paid_at or entry.sale.session.created_at)


def _dated_by(state: str, instant: datetime) -> str:
    return f"{state} · {discord.utils.format_dt(instant, 'd')}"


def _still_payable(sale: Sale, view: SaleView) -> str:
    until = view.until(sale.session.expires_at)
    return f" · the store's page can still be paid {until}; simply don't pay there"


def _is_ahead(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant > now
