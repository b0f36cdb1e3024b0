"""How a member's timeline and the server's sales read, line by line."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState, SaleStatus
from bot.fulfilment.models import Grant
from bot.fulfilment.states import GrantState
from bot.invoices.issuing import STATES
from bot.members.models import TimelineEntry
from bot.money import Money
from bot.payments.models import OrderRecord, SubscriptionRecord, SubscriptionStatus
from bot.payments.provider import RefundReason
from bot.texts import Text, capital, code, joined, limited, mention, moment, text

RoleName = Callable[[int, int], str]
"""The name of a role by its server's id and its own."""

_LONGEST_SUMMARY: Final = 200
"""Characters of what was sold, in a list: ten lines stay below a message's limit."""

CHARGED_BACK: Final = text("Charged back")
"""The payer has the money back for good: nothing is in dispute any more, or ever was."""
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


def entry_line(entry: TimelineEntry, member_id: int, role_name: RoleName) -> Text:
    """One line of a member's timeline."""
    date = moment(entry.at, "d")
    if entry.grant is not None:
        role = role_name(entry.grant.guild_id, entry.grant.role_id)
        return text("{date} · Role {grant}", date=date, grant=grant_text(entry.grant, role))
    if entry.subscription is not None:
        return text("{date} · Subscription: {state}", date=date, state=subscription_text(entry.subscription))
    if entry.invoice is not None:
        return text(
            "{date} · Invoice #{number} · {amount} · {state}",
            date=date,
            number=entry.invoice.shown_number,
            amount=entry.invoice.subtotal,
            state=capital(STATES[entry.invoice.state]),
        )
    return date if entry.sale is None else sale_line(entry.sale, member_id)


def sale_line(sale: Sale, member_id: int | None = None) -> Text:
    """A sale in a list; of a member's own only gifts say whose they are."""
    date, what = moment(sale.session.created_at, "d"), limited(sale.summary, _LONGEST_SUMMARY)
    # The number last: wherever the line breaks, the member isn't alone below.
    return joined(
        " · ", (date, what, SALE_STATES[sale.status], _whose(sale, member_id), code(sale.reference))
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


def subscription_text(subscription: SubscriptionRecord) -> Text:
    """How a subscription stands, for staff."""
    period = subscription.current_period_end
    match subscription.status:
        case SubscriptionStatus.TRIALING if (end := subscription.trial_end or period) is not None:
            return text("free until {date}", date=moment(end, "d"))
        case SubscriptionStatus.CANCELLED if subscription.access_until is not None:
            return text("cancelled, active until {date}", date=moment(subscription.access_until, "d"))
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
