"""Orders and subscriptions as JSON: in webhooks, in the Store API's lists, and one by one."""

from typing import Any

from sandbox.models import Line, Order, Subscription, stable_id
from sandbox.shapes import iso

Json = dict[str, Any]


def amount_of(order: Order) -> int:
    """Minor units before tax, after the discount; nothing while a trial runs."""
    return order.quote.subtotal - order.quote.discount if order.due else 0


def order_in_webhook(order: Order) -> Json:
    return {
        "id": order.id,
        "orderNumber": order.order_number,
        "status": order.status,
        "amount": amount_of(order),
        "currency": order.quote.currency,
        "customFields": order.custom_fields,
        "metadata": order.metadata,
        "items": [item(order, index, line) for index, line in enumerate(order.quote.lines)],
    }


def item(order: Order, index: int, line: Line) -> Json:
    return {
        "id": stable_id("itm", f"{order.id}:{index}"),
        "productId": line.product.id if line.product else None,
        "variantId": line.variant.id if line.variant else None,
        "name": line.name,
        "quantity": line.quantity,
        "price": line.unit_amount,
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
        "payment": {"status": order.payment_status, "totalAmount": order.due},
        "createdAt": iso(order.created_at),
    }


def order_alone(order: Order) -> Json:
    quote = order.quote
    return {
        **order_in_list(order),
        "payment": {
            "id": stable_id("pmt", order.id),
            "amount": amount_of(order),
            "discountAmount": quote.discount,
            "taxAmount": quote.tax if order.due else 0,
            "totalAmount": order.due,
            "status": order.payment_status,
            "couponCode": quote.coupon.code if quote.coupon else None,
            "taxId": None,
            "createdAt": iso(order.created_at),
        },
        "customFields": order.custom_fields or None,
        "metadata": order.metadata,
        "returnUrl": None,
        "items": [item(order, index, line) for index, line in enumerate(quote.lines)],
        "licenses": [each for line in quote.lines for each in _licenses(order, line)],
        "updatedAt": iso(order.updated_at),
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
        "nextChargeAt": None if subscription.ends_at else iso(subscription.period_end),
        "trialEnd": iso(subscription.trial_end),
        "cancelledAt": iso(subscription.cancelled_at),
        "pausedAt": None,
        "endsAt": iso(subscription.ends_at),
        "retryCount": 0,
        "product": {"id": product.id, "title": product.title, "price": product.price} if product else None,
        "customer": customer(subscription.email),
        "createdAt": iso(subscription.created_at),
    }


def customer(email: str | None) -> Json | None:
    return {"id": stable_id("cus", email), "email": email} if email else None
