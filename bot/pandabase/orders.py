"""The store's orders and subscriptions, and what their words say, as our own records."""

from collections.abc import Mapping
from typing import Final

from bot.catalog.models import BillingInterval
from bot.pandabase.schemas.orders import StoreItem, StoreOrder, StoreSubscription
from bot.pandabase.store_api import OrderStatus
from bot.pandabase.store_api import RefundReason as Reason
from bot.payments.models import OrderItem, PaymentEvent, SubscriptionStatus
from bot.payments.provider import Order, RefundReason, Subscription

_BY_ORDER_STATUS: Final[Mapping[str, PaymentEvent]] = {
    "COMPLETED": PaymentEvent.PAID,
    "FAILED": PaymentEvent.FAILED,
    "CANCELLED": PaymentEvent.CANCELLED,
    "REFUNDED": PaymentEvent.REFUNDED,
    "CHARGEBACK": PaymentEvent.CHARGED_BACK,
}
ORDER_STATUS: Final[Mapping[PaymentEvent, OrderStatus]] = {
    PaymentEvent.REFUNDED: "REFUNDED",
    PaymentEvent.CHARGED_BACK: "CHARGEBACK",
}
"""What lists can be limited to."""
_SUBSCRIPTION_STATUS: Final[Mapping[str, SubscriptionStatus]] = {
    "TRIALING": SubscriptionStatus.TRIALING,
    "ACTIVE": SubscriptionStatus.ACTIVE,
    "PAST_DUE": SubscriptionStatus.PAST_DUE,
    "PAUSED": SubscriptionStatus.PAUSED,
    "CANCELLED": SubscriptionStatus.CANCELLED,
}
_INTERVALS: Final[Mapping[str, BillingInterval]] = {
    "WEEKLY": BillingInterval.WEEKLY,
    "MONTHLY": BillingInterval.MONTHLY,
    "YEARLY": BillingInterval.YEARLY,
}
REFUND_REASONS: Final[Mapping[RefundReason, Reason]] = {
    RefundReason.DUPLICATE: "DUPLICATE",
    RefundReason.FRAUDULENT: "FRAUDULENT",
    RefundReason.REQUESTED: "REQUESTED_BY_CUSTOMER",
}


def order(given: StoreOrder) -> Order:
    payment = given.payment
    return Order(
        id=given.id,
        order_number=given.order_number,
        event=_event_of(given),
        status=given.status,
        payment_status=payment.status if payment else "",
        amount=given.amount,
        currency=given.currency,
        discount=payment.discount_amount if payment else None,
        tax=payment.tax_amount if payment else None,
        total=payment.total_amount if payment else None,
        has_coupon=given.discounted or bool(given.discount_code or (payment and payment.coupon_code)),
        customer_id=given.customer.id if given.customer else None,
        items=None if given.items is None else tuple(map(_item, given.items)),
        metadata=given.metadata,
        custom_fields=given.custom_fields,
        created_at=given.created_at,
        updated_at=given.updated_at,
    )


def subscription(given: StoreSubscription) -> Subscription:
    interval = given.billing_interval
    return Subscription(
        id=given.id,
        status=_SUBSCRIPTION_STATUS.get(given.status, SubscriptionStatus.UNKNOWN),
        billing_interval=_INTERVALS.get(interval, BillingInterval.UNKNOWN) if interval else None,
        amount=given.amount,
        currency=given.currency,
        product_id=given.product_id or (given.product.id if given.product else None),
        customer_id=given.customer.id if given.customer else None,
        current_period_start=given.current_period_start,
        current_period_end=given.current_period_end,
        trial_end=given.trial_end,
        ends_at=given.ends_at,
        cancelled_at=given.cancelled_at,
        created_at=given.created_at,
    )


def _event_of(given: StoreOrder) -> PaymentEvent | None:
    """What an order's own words say of its money; None where they say nothing that is known.

    An order that is PROCESSING is paid and being fulfilled; a payment that is PROCESSING still clears.
    """
    payment = given.payment.status if given.payment else ""
    by_status = _BY_ORDER_STATUS.get(given.status)
    if by_status is not None:
        return by_status
    if payment == "PROCESSING":
        return PaymentEvent.CLEARING
    if given.status == "PROCESSING" or payment == "COMPLETED":
        return PaymentEvent.PAID
    return PaymentEvent.PENDING if given.status == "PENDING" else None


def _item(given: StoreItem) -> OrderItem:
    """A line; whether its price is for one unit or for all is not documented of either field."""
    return OrderItem(
        product_id=given.product_id,
        variant_id=given.variant_id,
        name=given.name or "",
        quantity=given.quantity or 0,
        price=given.amount if given.price is None else given.price,
    )
