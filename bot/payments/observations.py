"""What was seen of an order or a subscription, whoever told it: a webhook or the provider's lists."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import TypeAdapter

from bot.payments.models import LISTED_AS_RETURNED, PaymentEvent, SubscriptionChange, SubscriptionStatus
from bot.payments.provider import Order, Subscription, WebhookEvent


class Source(StrEnum):
    """Who told it: a list has no events, and staff's word is the last."""

    WEBHOOK = "webhook"
    LIST = "list"
    STAFF = "staff"


_GOES_ON: Final = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})


@dataclass(frozen=True, slots=True)
class Observation:
    """What somebody told. `said` is when (UTC) the provider said it, as well as that is known.

    `may_wait` says that it comes again soon, so that the provider can be asked for what it leaves open.
    """

    source: Source
    said: datetime
    event: PaymentEvent | None = None
    order: Order | None = None
    subscription: Subscription | None = None
    subscription_change: SubscriptionChange | None = None
    may_wait: bool = False

    @classmethod
    def of_event(
        cls,
        webhook: WebhookEvent,
        received: datetime,
        asked: Order | None = None,
        *,
        may_wait: bool = False,
    ) -> Self:
        """What a webhook tells; nothing of what it says about itself is later than its arrival.

        `asked` is the order that it tells of as the provider shows it whole when it is asked.
        """
        order = webhook.order
        if order is not None and asked is not None and asked.order_number == order.order_number:
            order = replace(asked, metadata=asked.metadata or order.metadata)
        named = order if order is not None and order.is_named else None
        event = None
        if named is not None and webhook.is_known:
            event = _event_of_webhook(webhook.payment_event, named)
        return cls(
            source=Source.WEBHOOK,
            said=min(webhook.said or received, received),
            event=event,
            order=named,
            subscription=webhook.subscription if webhook.is_known else None,
            subscription_change=webhook.subscription_change,
            may_wait=may_wait,
        )

    @classmethod
    def of_order(cls, order: Order, asked: datetime, subscription: Subscription | None = None) -> Self:
        """What an order in the provider's list says of itself at the time it was asked for.

        `subscription` is the one that it began or renewed, as it stood then.
        """
        ending = None if subscription is None else _with_its_end(subscription)
        return cls(source=Source.LIST, said=asked, event=order.event, order=order, subscription=ending)

    @classmethod
    def of_subscription(cls, subscription: Subscription, asked: datetime) -> Self:
        """What a subscription in the list says of itself; what changed is for its row to tell."""
        return cls(source=Source.LIST, said=asked, subscription=_with_its_end(subscription))


def _with_its_end(subscription: Subscription) -> Subscription:
    """One that goes on only to the end that it names reads as cancelled."""
    if subscription.ends_at is None or subscription.status not in _GOES_ON:
        return subscription
    return replace(subscription, status=SubscriptionStatus.CANCELLED)


def _event_of_webhook(event: PaymentEvent | None, order: Order) -> PaymentEvent | None:
    now = order.event
    if event is None:  # a subscription's event: the order in it speaks for itself
        return now
    # Delivered late, an event may carry the order as it is by now.
    return now if event is PaymentEvent.PAID and now in LISTED_AS_RETURNED else event


# --- as JSON, for what is held back -------------------------------------------------------------------

_OBSERVATIONS: Final = TypeAdapter(Observation)


def observation_as_json(seen: Observation) -> dict[str, Any]:
    return _OBSERVATIONS.dump_python(seen, mode="json")  # type: ignore[no-any-return]


def observation_from_json(kept: Mapping[str, Any]) -> Observation:
    """What was seen, also as earlier versions kept it: in the store's own shape."""
    order, subscription = kept.get("order"), kept.get("subscription")
    return _OBSERVATIONS.validate_python(
        {
            **kept,
            "event": kept.get("event", kept.get("fact")),
            "order": _order_of_before(order) if order and "event" not in order else order,
            "subscription": _subscription_of_before(subscription) if subscription else None,
        }
    )


def _order_of_before(kept: Mapping[str, Any]) -> dict[str, Any]:
    payment = kept.get("payment") or {}
    items = kept.get("items")
    return {
        **kept,
        "payment_status": payment.get("status", ""),
        "discount": payment.get("discount_amount"),
        "tax": payment.get("tax_amount"),
        "total": payment.get("total_amount"),
        "has_coupon": bool(kept.get("discounted") or kept.get("discount_code") or payment.get("coupon_code")),
        "items": None if items is None else list(map(_item_of_before, items)),
    }


def _item_of_before(kept: Mapping[str, Any]) -> dict[str, Any]:
    price = kept.get("price")
    return {
        **kept,
        "name": kept.get("name") or "",
        "quantity": kept.get("quantity") or 0,
        "price": kept.get("amount") if price is None else price,
    }


def _subscription_of_before(kept: Mapping[str, Any]) -> dict[str, Any]:
    product = kept.get("product") or {}
    return {
        **kept,
        "product_id": kept.get("product_id") or product.get("id"),
        "billing_interval": kept.get("billing_interval") or None,
    }
