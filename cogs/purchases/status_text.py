"""Where a purchase, a gift or an invoice stands, in the words of the one who looks at it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import SETTLED, SaleStatus, SessionState
from bot.fulfilment.steps.registry import kept_kinds
from bot.invoices.issuing import STATES
from bot.invoices.models import Invoice
from bot.invoices.states import CLOSED_UNPAID, InvoiceState
from bot.jobs.models import JobKind, JobRecord
from bot.payments.models import SubscriptionRecord, SubscriptionStatus
from bot.purchases.history import Purchase
from bot.texts import NOTHING, Text, capital, joined, moment, text
from cogs.checkout.totals import has_trial
from cogs.checkout.view import SaleView

PURCHASE: Final[Mapping[SaleStatus, Text]] = {
    SaleStatus.OPEN: text("Expired"),  # by the clock; the row follows in a moment
    SaleStatus.CLEARING: text("Payment on its way (some banks take a few days)"),
    SaleStatus.PAID: text("Paid"),
    SaleStatus.REFUNDED: text("Refunded"),
    SaleStatus.DISPUTED: text("Disputed"),
    SaleStatus.FAILED: text("We couldn't create the last payment link"),
    SaleStatus.EXPIRED: text("Expired"),
    SaleStatus.WITHDRAWN: text("Cancelled"),
    SaleStatus.SUPERSEDED: text("Replaced by a newer link"),
}
# Whose money it is, and what happened to it, is between the payer and the store.
GIFT: Final[Mapping[SaleStatus, Text]] = {
    SaleStatus.PAID: text("Given to you"),
    SaleStatus.REFUNDED: text("Taken back"),
    SaleStatus.DISPUTED: text("On hold"),
}
_LOST: Final = text("Your bank gave the money back")
INVOICE: Final[Mapping[InvoiceState, Text]] = {
    InvoiceState.DRAFT: text("On its way"),
    InvoiceState.AWAITING_APPROVAL: text("On its way"),
    InvoiceState.REFUSED: text("No longer needed"),
    InvoiceState.OPEN: text("Not paid yet"),
    InvoiceState.OVERDUE: text("Overdue, not paid yet"),
    InvoiceState.DECLINED: text("You declined it"),
    InvoiceState.CANCELLED: text("Cancelled by staff, nothing to pay"),
    # In other languages an invoice is of another gender than a purchase.
    **{
        each: capital(STATES[each])
        for each in (InvoiceState.PAID, InvoiceState.REFUNDED, InvoiceState.DISPUTED)
    },
    InvoiceState.LOST: _LOST,
}
_UNSEEN: Final[Mapping[InvoiceState, Text]] = {
    each: capital(STATES[each]) for each in (InvoiceState.OPEN, InvoiceState.OVERDUE)
}
"""Where nothing tells of payments: that something isn't paid can't be said."""
_HELD: Final = text("Staff are checking your payment. Don't pay again.")
_FREE: Final = text("Yours for free")
_TRIAL: Final = text("Free trial")
_NOT_KNOWN: Final = text("payments don't show up here: contact staff if you paid")
_MADE: Final = text("Your payment link is on its way")
_WITH_DATE_OF_PAYMENT: Final = frozenset({SaleStatus.REFUNDED, SaleStatus.DISPUTED})


def state_of(entry: Purchase, now: datetime, view: SaleView) -> Text:
    """Where it stands at `now` (UTC)."""
    if entry.is_given:
        return _gift(entry)
    if entry.is_held:
        return _HELD
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
    """The same messages are counted as waiting by `bot.purchases.repository`."""
    if message.kind in kept_kinds():
        return True
    sale, is_asked_for = entry.sale, _is_asked_for(entry)
    if message.kind == JobKind.REMINDER:
        return is_asked_for
    return message.key == str(sale.session.id) and (is_asked_for or is_payable(sale, now))


def _purchase(entry: Purchase, now: datetime, view: SaleView) -> Text:
    sale = entry.sale
    if sale.given is not None:
        state = _FREE if sale.given.by is None else GIFT[SaleStatus.PAID]
        return _dated_by(state, entry.paid_at or sale.session.created_at)
    if sale.session.state is SessionState.CREATING:
        return _MADE
    if is_payable(sale, now):
        until = view.until(sale.session.expires_at)
        if view.sees_payments:
            return text("Not paid yet · open {until}", until=until)
        return text("Open {until}", until=until)
    state, but = PURCHASE[sale.status], NOTHING
    if sale.status is SaleStatus.PAID and has_trial(sale) and _is_trial(entry.subscription):
        state = _TRIAL
    if sale.status is SaleStatus.WITHDRAWN and _is_ahead(sale.session.expires_at, now):
        return _still_payable(state, sale, view)
    if sale.status in (SaleStatus.OPEN, SaleStatus.EXPIRED) and not view.sees_payments:
        but = _NOT_KNOWN
    dated = _dated(entry, state)
    return text("{state}; {but}", state=dated, but=but) if but else dated


def _is_trial(subscription: SubscriptionRecord | None) -> bool:
    """Whether nothing was paid yet, or it was cancelled before; None where only its begin is known."""
    if subscription is None or subscription.status is SubscriptionStatus.TRIALING:
        return True
    until, trial_end = subscription.access_until, subscription.trial_end
    if subscription.status is not SubscriptionStatus.CANCELLED or until is None or trial_end is None:
        return False
    return until <= trial_end


def _gift(entry: Purchase) -> Text:
    status = SaleStatus.REFUNDED if entry.is_lost else entry.sale.status
    return _dated_by(GIFT.get(status, text("On its way")), entry.paid_at or entry.sale.session.created_at)


def _invoice(entry: Purchase, now: datetime, view: SaleView) -> Text:
    sale, invoice = entry.sale, entry.invoice
    if invoice is None:
        return NOTHING
    if invoice.is_payable:
        return joined(" · ", _awaited(sale, invoice, now, view))
    state = INVOICE[invoice.state]
    if invoice.state in CLOSED_UNPAID and _is_ahead(sale.session.expires_at, now):
        return _still_payable(state, sale, view)
    return _dated(entry, state)


def _awaited(sale: Sale, invoice: Invoice, now: datetime, view: SaleView) -> Iterator[Text]:
    late = invoice.due_at is not None and invoice.due_at <= now  # the row follows in a moment
    state = InvoiceState.OVERDUE if late else invoice.state
    yield INVOICE[state] if view.sees_payments else _UNSEEN[state]
    if sale.session.state is SessionState.CREATING:
        yield text("your payment link is on its way")
    elif is_payable(sale, now):
        yield text("link open {until}", until=view.until(sale.session.expires_at))
    elif not view.sees_payments:
        yield _NOT_KNOWN


def _dated(entry: Purchase, state: Text) -> Text:
    """With the day of the payment; without one, with the day on which the link was made."""
    if entry.is_lost and entry.sale.status is SaleStatus.DISPUTED:
        state = _LOST
    if entry.sale.status in _WITH_DATE_OF_PAYMENT and entry.paid_at is not None:
        return text("{state} · paid {date}", state=state, date=moment(entry.paid_at, "d"))
    return _dated_by(state, entry.paid_at or entry.sale.session.created_at)


def _dated_by(state: Text, instant: datetime) -> Text:
    return text("{state} · {date}", state=state, date=moment(instant, "d"))


def _still_payable(state: Text, sale: Sale, view: SaleView) -> Text:
    return text(
        "{state} · its payment page works {until}, so close it",
        state=state,
        until=view.until(sale.session.expires_at),
    )


def _is_ahead(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant > now
