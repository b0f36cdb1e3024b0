"""How a member's timeline and the server's sales read, line by line."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState, SaleStatus
from bot.fulfilment.models import Grant
from bot.fulfilment.states import GrantState
from bot.invoices.issuing import STATES
from bot.invoices.states import InvoiceState
from bot.members.models import TimelineEntry
from bot.money import Money
from bot.payments.models import OrderRecord, SubscriptionRecord, SubscriptionStatus
from bot.payments.provider import RefundReason
from bot.texts import Text, capital, code, joined, limited, mention, moment, text

RoleName = Callable[[int, int], str]
"""The name of a role by its server's id and its own."""

_LONGEST_SUMMARY: Final = 200
"""Characters of what was sold, in a list: ten lines stay below a message's limit."""

_CHARGED_BACK: Final = text("Charged back")
"""The payer has the money back for good: nothing is in dispute any more, or ever was."""
_IN_QUARANTINE: Final = text("Payment in quarantine")
SALE_STATES: Final[Mapping[SaleStatus, Text]] = {
    SaleStatus.OPEN: text("Open"),
    SaleStatus.CLEARING: text("Clearing"),
    SaleStatus.PAID: text("Paid"),
    SaleStatus.REFUNDED: text("Refunded"),
    SaleStatus.DISPUTED: text("Disputed"),
    SaleStatus.FAILED: text("No link"),
    SaleStatus.EXPIRED: text("Expired"),
    SaleStatus.WITHDRAWN: text("Cancelled"),
    SaleStatus.SUPERSEDED: text("Replaced"),
}
_OF_INVOICE: Final[Mapping[SaleStatus, Text]] = {
    SaleStatus.OPEN: capital(STATES[InvoiceState.OPEN]),
    SaleStatus.PAID: capital(STATES[InvoiceState.PAID]),
    SaleStatus.REFUNDED: capital(STATES[InvoiceState.REFUNDED]),
    SaleStatus.DISPUTED: capital(STATES[InvoiceState.DISPUTED]),
    SaleStatus.EXPIRED: text("Link expired"),
    SaleStatus.WITHDRAWN: capital(STATES[InvoiceState.CANCELLED]),
}
"""In other languages an invoice is of another gender than a purchase."""
MONEY: Final[Mapping[MoneyState, Text]] = {
    MoneyState.PENDING: text("Payment open"),
    MoneyState.CLEARING: text("Payment clearing"),
    MoneyState.PAID: text("Payment received"),
    MoneyState.FAILED: text("Payment failed"),
    MoneyState.CANCELLED: text("Payment cancelled"),
    MoneyState.REFUNDED: text("Payment refunded"),
    MoneyState.DISPUTED: text("Payment disputed"),
    MoneyState.LOST: text("Payment charged back"),
}
"""Of a payment, in words of its own: in other languages it is of another gender than a purchase."""
REASONS: Final[Mapping[RefundReason, Text]] = {
    RefundReason.REQUESTED: text("The member asked for it"),
    RefundReason.DUPLICATE: text("It was paid twice"),
    RefundReason.FRAUDULENT: text("The payment is fraudulent"),
}


def entry_line(
    entry: TimelineEntry, member_id: int, role_name: RoleName, now: datetime, *, is_held: bool = False
) -> Text:
    """One line of a member's timeline, as it reads at `now` (UTC); `is_held` is as in `state_of`."""
    date = moment(entry.at, "d")
    if entry.grant is not None:
        role = role_name(entry.grant.guild_id, entry.grant.role_id)
        return text("{date} · Role {grant}", date=date, grant=grant_text(entry.grant, role))
    if entry.subscription is not None:
        state = subscription_text(entry.subscription, now)
        return text("{date} · Subscription: {state}", date=date, state=state)
    if entry.invoice is not None:
        return text(
            "{date} · Invoice #{number} · {amount} · {state}",
            date=date,
            number=entry.invoice.shown_number,
            amount=entry.invoice.subtotal,
            state=capital(STATES[entry.invoice.state]),
        )
    return date if entry.sale is None else sale_line(entry.sale, member_id, is_held=is_held)


def state_of(sale: Sale, *, is_lost: bool = False, is_held: bool = False) -> Text:
    """How a purchase or an invoice stands.

    `is_lost` says that its payer has the money back for good, `is_held` that its payment is in quarantine.
    """
    if is_held:
        return _IN_QUARANTINE
    if sale.basket.charge is None:
        return _CHARGED_BACK if is_lost else SALE_STATES[sale.status]
    if is_lost:
        return capital(STATES[InvoiceState.LOST])
    return _OF_INVOICE.get(sale.status) or SALE_STATES[sale.status]


def sale_line(sale: Sale, member_id: int | None = None, *, is_held: bool = False) -> Text:
    """A sale in a list; of a member's own only gifts say whose they are."""
    date, what = moment(sale.session.created_at, "d"), limited(sale.summary, _LONGEST_SUMMARY)
    # The number last: wherever the line breaks, the member isn't alone below.
    return joined(
        " · ", (date, what, state_of(sale, is_held=is_held), _whose(sale, member_id), code(sale.reference))
    )


def _whose(sale: Sale, member_id: int | None) -> Text | None:
    buyer = mention(sale.buyer_id)
    if sale.recipient_id != sale.buyer_id:
        return text("{member} for {other}", member=buyer, other=mention(sale.recipient_id))
    return buyer if member_id is None else None


def grant_text(grant: Grant, role: str) -> Text:
    """A role that was earned, and how it stands."""
    match grant.state:
        case GrantState.SUSPENDED:
            return text("**{role}**: on hold", role=role)
        case GrantState.REVOKED:
            return text("**{role}**: taken back", role=role)
        case GrantState.ENDED if grant.ends_at is not None:
            return text("**{role}**: ended {date}", role=role, date=moment(grant.ends_at, "d"))
        case _ if grant.ends_at is not None:
            return text("**{role}** until {date}", role=role, date=moment(grant.ends_at, "d"))
        case _ if grant.follows_subscription:
            return text("**{role}** while subscribed", role=role)
        case _:
            return text("**{role}** for good", role=role)


def subscription_text(subscription: SubscriptionRecord, now: datetime) -> Text:
    """How a subscription stands at `now` (UTC), for staff."""
    period = subscription.current_period_end
    match subscription.status:
        case SubscriptionStatus.TRIALING if (end := subscription.trial_end or period) is not None:
            return text("free until {date}", date=moment(end, "d"))
        case SubscriptionStatus.CANCELLED if (until := subscription.access_until) is not None:
            date = moment(until, "d")
            return (
                text("cancelled, ended {date}", date=date)
                if until <= now
                else text("cancelled, active until {date}", date=date)
            )
        case SubscriptionStatus.PAST_DUE:
            return text("the last payment failed")
        case SubscriptionStatus.PAUSED:
            return text("paused")
        case SubscriptionStatus.ACTIVE if period is not None:
            return text("next charge {date}", date=moment(period, "d"))
        case status:
            return _STANDS.get(status, text("not known"))


_STANDS: Final[Mapping[SubscriptionStatus, Text]] = {
    SubscriptionStatus.TRIALING: text("free for now"),
    SubscriptionStatus.ACTIVE: text("active"),
    SubscriptionStatus.CANCELLED: text("cancelled"),
}


def payment_line(order: OrderRecord) -> Text:
    """One payment of a sale."""
    return text(
        "{date} · **{amount}** · {state}",
        date=moment(order.paid_at or order.created_at, "d"),
        amount=Money(order.amount, order.currency),
        state=MONEY[order.money],
    )
