"""What was seen of an order or a subscription, whoever told it: a webhook or the store's lists."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from bot.pandabase.schemas.orders import StoreOrder, StoreSubscription, WebhookEvent
from bot.payments.models import SubscriptionChange, SubscriptionStatus
from bot.payments.state_machine import PaymentEvent


class Source(StrEnum):
    WEBHOOK = "webhook"
    LIST = "list"
    STAFF = "staff"


_FACTS: Final[Mapping[str, PaymentEvent]] = {
    "PAYMENT_PENDING": PaymentEvent.PENDING,
    "PAYMENT_PROCESSING": PaymentEvent.CLEARING,
    "PAYMENT_COMPLETED": PaymentEvent.PAID,
    "PAYMENT_FAILED": PaymentEvent.FAILED,
    "PAYMENT_REFUNDED": PaymentEvent.REFUNDED,
    "PAYMENT_DISPUTED": PaymentEvent.DISPUTED,
    "PAYMENT_DISPUTE_WON": PaymentEvent.DISPUTE_WON,
    "PAYMENT_DISPUTE_LOST": PaymentEvent.DISPUTE_LOST,
    "PAYMENT_DISPUTE_PREVENTED": PaymentEvent.DISPUTE_PREVENTED,
}
_SUBSCRIPTION_CHANGES: Final[Mapping[str, SubscriptionChange]] = {
    f"SUBSCRIPTION_{change.name}": change for change in SubscriptionChange
}
KNOWN_EVENTS: Final = frozenset({*_FACTS, *_SUBSCRIPTION_CHANGES})

_BY_ORDER_STATUS: Final[Mapping[str, PaymentEvent]] = {
    "COMPLETED": PaymentEvent.PAID,
    "FAILED": PaymentEvent.FAILED,
    "CANCELLED": PaymentEvent.CANCELLED,
    "REFUNDED": PaymentEvent.REFUNDED,
    "CHARGEBACK": PaymentEvent.CHARGED_BACK,
}
_GOES_ON: Final = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})
_MONEY_IS_GONE: Final = frozenset({PaymentEvent.REFUNDED, PaymentEvent.CHARGED_BACK})


class Observation(BaseModel):
    """What somebody told. `said` is when (UTC) the store said it, as well as that is known.

    `may_wait` says that it comes again soon, so that the store can be asked for what it leaves open.
    """

    model_config = ConfigDict(frozen=True)

    source: Source
    said: datetime
    fact: PaymentEvent | None = None
    order: StoreOrder | None = None
    subscription: StoreSubscription | None = None
    subscription_change: SubscriptionChange | None = None
    may_wait: bool = False

    @classmethod
    def of_event(
        cls,
        event: WebhookEvent,
        received: datetime,
        asked: StoreOrder | None = None,
        *,
        may_wait: bool = False,
    ) -> Self:
        """What a webhook tells; nothing of what it says about itself is later than its arrival.

        `asked` is the order that it tells of as the Store API shows it whole.
        """
        order = event.data.order
        if order is not None and asked is not None and asked.order_number == order.order_number:
            order = asked.model_copy(update={"metadata": asked.metadata or order.metadata})
        named = order if order is not None and order.is_named else None
        change = _SUBSCRIPTION_CHANGES.get(event.event)
        fact = _FACTS.get(event.event)
        if named is not None and event.event in KNOWN_EVENTS:
            fact = _event_of_webhook(fact, named)
        return cls(
            source=Source.WEBHOOK,
            said=min(event.timestamp or received, received),
            fact=fact if named is not None else None,
            order=named,
            subscription=event.data.subscription if event.event in KNOWN_EVENTS else None,
            subscription_change=change,
            may_wait=may_wait,
        )

    @classmethod
    def of_order(
        cls, order: StoreOrder, asked: datetime, subscription: StoreSubscription | None = None
    ) -> Self:
        """What an order in the store's list says of itself at the time it was asked for.

        `subscription` is the one that it began or renewed, as it stood then.
        """
        told = None if subscription is None else _with_its_end(subscription)
        return cls(source=Source.LIST, said=asked, fact=event_of(order), order=order, subscription=told)

    @classmethod
    def of_subscription(cls, subscription: StoreSubscription, asked: datetime) -> Self:
        """What a subscription in the store's list says of itself; what changed is for its row to tell."""
        return cls(source=Source.LIST, said=asked, subscription=_with_its_end(subscription))


def event_of(order: StoreOrder) -> PaymentEvent | None:
    """What an order's own words say of its money; None where they say nothing that is known.

    An order that is PROCESSING is paid and being fulfilled; a payment that is PROCESSING still clears.
    """
    payment = order.payment.status if order.payment else ""
    by_status = _BY_ORDER_STATUS.get(order.status)
    if by_status is not None:
        return by_status
    if payment == "PROCESSING":
        return PaymentEvent.CLEARING
    if order.status == "PROCESSING" or payment == "COMPLETED":
        return PaymentEvent.PAID
    return PaymentEvent.PENDING if order.status == "PENDING" else None


def _with_its_end(subscription: StoreSubscription) -> StoreSubscription:
    """One that goes on only to the end that it names reads as cancelled."""
    if subscription.ends_at is None or subscription.status not in _GOES_ON:
        return subscription
    return subscription.model_copy(update={"status": SubscriptionStatus.CANCELLED})


def _event_of_webhook(fact: PaymentEvent | None, order: StoreOrder) -> PaymentEvent | None:
    now = event_of(order)
    if fact is None:  # a subscription's event: the order in it speaks for itself
        return now
    # Delivered late, an event may carry the order as it is by now.
    return now if fact is PaymentEvent.PAID and now in _MONEY_IS_GONE else fact
