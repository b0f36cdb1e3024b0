"""What a grant comes to: one pure function of its payment, its terms and the time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.checkout.states import MoneyState
from bot.payments.models import OrderRecord, SubscriptionRecord, SubscriptionStatus


class GrantState(StrEnum):
    LIVE = "live"
    SUSPENDED = "suspended"
    """The payment is disputed: it comes back if the dispute is won."""
    ENDED = "ended"
    REVOKED = "revoked"


_BY_MONEY: Final[Mapping[MoneyState, GrantState]] = {
    MoneyState.PENDING: GrantState.SUSPENDED,
    MoneyState.CLEARING: GrantState.SUSPENDED,
    MoneyState.PAID: GrantState.LIVE,
    MoneyState.FAILED: GrantState.REVOKED,
    MoneyState.CANCELLED: GrantState.REVOKED,
    MoneyState.REFUNDED: GrantState.REVOKED,
    MoneyState.DISPUTED: GrantState.SUSPENDED,
    MoneyState.LOST: GrantState.REVOKED,
}


def grant_state(money: MoneyState, ends_at: datetime | None, now: datetime, *, kept: bool) -> GrantState:
    """`kept` says that it outlives a refund or dispute; its end (UTC) comes all the same."""
    state = GrantState.LIVE if kept else _BY_MONEY[money]
    if state is GrantState.REVOKED:
        return state
    if ends_at is not None and ends_at <= now:
        return GrantState.ENDED
    return state


def subscription_ends_at(subscription: SubscriptionRecord, now: datetime) -> datetime | None:
    """When (UTC) access ends by what the subscription is now; None while it goes on.

    A past-due one goes on: the store tries the payment again for days. So does a paused one, as the store
    documents it, until staff end it.
    """
    if subscription.status is SubscriptionStatus.CANCELLED:
        return subscription.access_until or now
    if subscription.status is SubscriptionStatus.PAUSED:
        return subscription.stopped_at
    return None


def payers(orders: Sequence[OrderRecord], order_id: int) -> list[OrderRecord]:
    """The orders of a sale that pay for what one of them earned: it, and those paid twice while it was.

    Once it is given back, the next payment earns anew. `order_id` is the order's row.
    """
    groups: list[list[OrderRecord]] = []
    for order in sorted(orders, key=lambda order: (order.paid_at is None, order.paid_at, order.id)):
        if order.again and groups:
            groups[-1].append(order)
        else:
            groups.append([order])
    return next((group for group in groups if any(order.id == order_id for order in group)), [])


def money_of(payers: Sequence[OrderRecord]) -> MoneyState:
    """What the money of several payments for the same comes to: one that stands is enough."""
    money = [order.money for order in payers]
    return next((each for each in (MoneyState.PAID, MoneyState.DISPUTED) if each in money), money[-1])
