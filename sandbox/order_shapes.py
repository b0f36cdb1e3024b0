"""Orders and subscriptions as JSON: in webhooks, in the Store API's lists, and one by one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from sandbox.models import Line, Order, OrderStatus, Subscription, stable_id
from sandbox.shapes import iso

Json = dict[str, Any]
AmountsPer = Literal["unit", "line"]
"""What an item's `amount` in a webhook is for: the documentation's examples all have one unit."""

CARD: Final[Json] = {"brand": "visa", "lastFour": "4242", "expMonth": 12, "expYear": 2030}
"""What everybody pays with here."""


def amount_of(order: Order) -> int:
    """Minor units before tax, after the discount; nothing while a trial runs."""
    quote = order.quote
    return quote.subtotal - quote.discount - (quote.tax if quote.includes_tax else 0) if order.due else 0


_PAYMENT_WORDS: Final[Mapping[str, str]] = {OrderStatus.CHARGEBACK: "DISPUTED"}
"""Where a payment has another word than its order."""
_TOLD_OF_SUBSCRIPTIONS: Final = (
    "id",
    "status",
    "billingInterval",
    "amount",
    "currency",
    "currentPeriodStart",
    "currentPeriodEnd",
    "nextChargeAt",
    "trialEnd",
    "cancelledAt",
)


def order_in_webhook(order: Order, amounts_per: AmountsPer = "unit") -> Json:
    return {
        "id": order.id,
        "orderNumber": order.order_number,
        "status": order.status,
        "amount": amount_of(order),
        "currency": order.quote.currency,
        "customFields": order.custom_fields,
        "metadata": order.metadata,
        "items": [
            {
                **_item(order, index, line),
                "amount": line.unit_amount * (1 if amounts_per == "unit" else line.quantity),
            }
            for index, line in enumerate(order.quote.lines)
        ],
    }


def _item(order: Order, index: int, line: Line) -> Json:
    """What webhooks and the Store API say alike; what it costs is `amount` there and `price` here."""
    return {
        "id": stable_id("itm", f"{order.id}:{index}"),
        "productId": line.product.id if line.product else None,
        "variantId": line.variant.id if line.variant else None,
        "name": line.name,
        "quantity": line.quantity,
    }


def order_in_list(order: Order) -> Json:
    coupon = order.quote.coupon
    return {
        "id": order.id,
        "orderNumber": order.order_number,
        "status": order.status,
        "amount": amount_of(order),
        "currency": order.quote.currency,
        "discounted": coupon is not None,
        "discountCode": coupon.code if coupon else None,
        "customer": customer(order.email),
        "payment": {"status": _payment_word(order), "totalAmount": order.due},
        "createdAt": iso(order.created_at),
    }


def order_alone(order: Order) -> Json:
    quote = order.quote
    return {
        **order_in_list(order),
        "payment": _payment(order),
        "presentmentCurrency": None,
        "presentmentAmount": None,
        "exchangeRate": None,
        "customFields": order.custom_fields or None,
        "metadata": order.metadata,
        "returnUrl": None,
        "items": [
            {**_item(order, index, line), "price": line.unit_amount} for index, line in enumerate(quote.lines)
        ],
        "billingAddress": _billing_address(order),
        "licenses": [each for line in quote.lines for each in _licenses(order, line)],
        "updatedAt": iso(order.updated_at),
    }


def _payment_word(order: Order) -> str:
    return _PAYMENT_WORDS.get(order.payment_status, order.payment_status)


def _payment(order: Order) -> Json:
    quote = order.quote
    return {
        "id": stable_id("pmt", order.id),
        "referenceId": stable_id("pi", order.id),
        "amount": amount_of(order),
        "discountAmount": quote.discount,
        "platformFeeAmount": 0,
        "pspFeeAmount": 0,
        "taxAmount": quote.tax if order.due else 0,
        "totalAmount": order.due,
        "settledAmount": order.due,
        "presentmentCurrency": None,
        "presentmentAmount": None,
        "exchangeRate": None,
        "status": _payment_word(order),
        "pspProvider": "MULTI_PSP",
        "paymentMethod": {"type": "card", "cardBrand": CARD["brand"], "cardLastFour": CARD["lastFour"]},
        "couponCode": quote.coupon.code if quote.coupon else None,
        "taxId": None,
        "createdAt": iso(order.created_at),
    }


def _billing_address(order: Order) -> Json | None:
    if order.country is None:
        return None
    return {
        "id": stable_id("badr", order.id),
        "addressLine1": None,
        "addressLine2": None,
        "city": None,
        "state": None,
        "postalCode": None,
        "country": order.country,
    }


def _licenses(order: Order, line: Line) -> list[Json]:
    if line.product is None or line.product.product_type not in {"LICENSE_KEY", "SERIAL"}:
        return []
    names = [f"{order.id}:{line.product.id}:{number}" for number in range(line.quantity)]
    return [
        {
            "id": stable_id("lic", name),
            "key": stable_id("KEY", name).removeprefix("KEY_").upper(),
            "productId": line.product.id,
            "status": "CLAIMED" if order.is_paid else "REVOKED",
        }
        for name in names
    ]


def licenses(orders: Sequence[Order]) -> list[Json]:
    """All keys that were sold, oldest first, as the list of them has each."""
    return [
        {
            **each,
            "variantId": line.variant.id if line.variant else None,
            "orderId": order.id,
            "customerId": owner["id"] if (owner := customer(order.email)) else None,
            "claimedAt": iso(order.created_at),
            "createdAt": iso(order.created_at),
        }
        for order in orders
        for line in order.quote.lines
        for each in _licenses(order, line)
    ]


def subscription_shape(subscription: Subscription) -> Json:
    product = subscription.line.product
    return {
        "id": subscription.id,
        "status": subscription.status,
        "billingInterval": product.billing_interval if product else None,
        "amount": subscription.amount,
        "currency": subscription.currency,
        "currentPeriodStart": iso(subscription.period_start),
        "currentPeriodEnd": iso(subscription.period_end),
        "nextChargeAt": iso(subscription.period_end),  # also of one that won't be charged any more
        "trialEnd": iso(subscription.trial_end),
        "cancelledAt": iso(subscription.cancelled_at),
        "pausedAt": iso(subscription.paused_at),
        "endsAt": iso(subscription.ends_at),
        "retryCount": subscription.retries,
        "product": {"id": product.id, "title": product.title, "price": product.price} if product else None,
        "customer": customer(subscription.email),
        "paymentMethod": {"id": stable_id("pmm", subscription.id), **CARD},
        "createdAt": iso(subscription.created_at),
    }


def subscription_in_webhook(subscription: Subscription) -> Json:
    """What an event tells of it: neither whose it is, nor of what, nor when it ends."""
    shape = subscription_shape(subscription)
    return {name: shape[name] for name in _TOLD_OF_SUBSCRIPTIONS}


def customer(email: str | None) -> Json | None:
    return {"id": stable_id("cus", email), "email": email} if email else None
