"""Which subscription an order began or renewed.

The lists name neither in the other: what they share is the customer, the product and the time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.catalog.models import BillingInterval
from bot.payments.provider import Order, Subscription

_APART: Final = timedelta(minutes=10)
"""How far apart the store may write an order and the subscription that it begins."""
_AFTER_LAST_CHANGE: Final = timedelta(hours=1)
_INTERVALS: Final[Mapping[BillingInterval | None, timedelta]] = {
    BillingInterval.WEEKLY: timedelta(days=7),
    BillingInterval.MONTHLY: timedelta(days=365.25 / 12),
    BillingInterval.YEARLY: timedelta(days=365.25),
}


def begun_by(
    order: Order, product_id: str, subscriptions: Sequence[Subscription], *, now: datetime
) -> Subscription | None:
    """The subscription that a paid order of that product began; None while the store shows none."""
    if order.created_at is None:
        return None
    # A slow bank's payment begins it days after the order was made.
    latest = (order.updated_at or now) + _AFTER_LAST_CHANGE
    fitting = [
        (abs(subscription.created_at - order.created_at), subscription.id, subscription)
        for subscription in subscriptions
        if subscription.id is not None
        and subscription.created_at is not None
        and _share(order, subscription, product_id)
        and order.created_at - _APART <= subscription.created_at <= latest
    ]
    return min(fitting)[2] if fitting else None


def may_renew(order: Order, subscription: Subscription) -> bool:
    """Whether the order, as lists show it, may have paid a later period of the subscription.

    One of nothing can't: the first period of another subscription may be a trial.
    """
    return (
        order.created_at is not None
        and subscription.created_at is not None
        and order.created_at > subscription.created_at + _APART
        and bool(order.amount)
        and order.customer_id is not None
        and order.customer_id == subscription.customer_id
    )


def renewed_by(order: Order, subscriptions: Sequence[Subscription]) -> Subscription | None:
    """Which of a customer's subscriptions of one product the order paid another period of.

    It is the one whose periods begin nearest to the order; none if it began one of them, or is of
    another product.
    """
    created_at = order.created_at
    if created_at is None or any(_began(order, each) for each in subscriptions):
        return None
    fitting = [
        (distance, each.id, each)
        for each in subscriptions
        if each.id is not None
        and may_renew(order, each)
        and order.has_product(each.product_id)
        and (distance := _from_a_period(created_at, each)) is not None
    ]
    return min(fitting)[2] if fitting else None


def _share(order: Order, subscription: Subscription, product_id: str) -> bool:
    return (
        order.customer_id is not None
        and order.customer_id == subscription.customer_id
        and subscription.product_id == product_id
        and order.has_product(product_id)
    )


def _began(order: Order, subscription: Subscription) -> bool:
    if order.created_at is None or subscription.created_at is None:
        return False
    return abs(order.created_at - subscription.created_at) <= _APART


def _from_a_period(moment: datetime, subscription: Subscription) -> timedelta | None:
    start = subscription.current_period_start
    if start is None:
        return None
    interval = _INTERVALS.get(subscription.billing_interval, _INTERVALS[BillingInterval.MONTHLY])
    since = (moment - start) % interval
    return min(since, interval - since)
