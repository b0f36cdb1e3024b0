"""The store's webhooks: taken in, kept without what says who paid, and read as our own records."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from bot.pandabase import orders
from bot.pandabase.schemas import orders as schemas
from bot.pandabase.signature import Signatures
from bot.payments.models import KeptEvent, PaymentEvent, SubscriptionChange
from bot.payments.provider import EventWords, UnreadableWebhook, WebhookEvent

_PAYMENT_EVENTS: Final[Mapping[str, PaymentEvent]] = {
    "PAYMENT_PENDING": PaymentEvent.PENDING,
    "PAYMENT_PROCESSING": PaymentEvent.CLEARING,
    "PAYMENT_COMPLETED": PaymentEvent.PAID,
    "PAYMENT_REFUNDED": PaymentEvent.REFUNDED,
    "PAYMENT_DISPUTED": PaymentEvent.DISPUTED,
    "PAYMENT_DISPUTE_WON": PaymentEvent.DISPUTE_WON,
    "PAYMENT_DISPUTE_LOST": PaymentEvent.DISPUTE_LOST,
    "PAYMENT_DISPUTE_PREVENTED": PaymentEvent.DISPUTE_PREVENTED,
    "PAYMENT_FAILED": PaymentEvent.FAILED,
}
_SUBSCRIPTION_CHANGES: Final[Mapping[str, SubscriptionChange]] = {
    "SUBSCRIPTION_CREATED": SubscriptionChange.CREATED,
    "SUBSCRIPTION_RENEWED": SubscriptionChange.RENEWED,
    "SUBSCRIPTION_PAST_DUE": SubscriptionChange.PAST_DUE,
    "SUBSCRIPTION_CANCELLED": SubscriptionChange.CANCELLED,
    "SUBSCRIPTION_PAUSED": SubscriptionChange.PAUSED,
    "SUBSCRIPTION_RESUMED": SubscriptionChange.RESUMED,
    "SUBSCRIPTION_UPDATED": SubscriptionChange.UPDATED,
    "SUBSCRIPTION_TRIAL_ENDING": SubscriptionChange.TRIAL_ENDING,
    "SUBSCRIPTION_RENEWING": SubscriptionChange.RENEWING,
}
EVENT_TYPES: Final = (*_PAYMENT_EVENTS, *_SUBSCRIPTION_CHANGES)
"""Every event that the store sends; source: the Store API's OpenAPI file."""
_UNNAMED: Final = "UNNAMED"


class PandabaseWebhooks:
    """Reads what is kept: implements `WebhookReader`."""

    words: Final = EventWords(
        paid="PAYMENT_COMPLETED",
        renewed="SUBSCRIPTION_RENEWED",
        subscriptions="SUBSCRIPTION_",
        checkouts="cs_",
    )

    def read(self, payload: bytes) -> WebhookEvent:
        return event(schemas.StoreWebhookEvent.model_validate(json.loads(payload)))


class PandabaseWebhookVerifier:
    """Takes deliveries with a right signature: implements `WebhookVerifier`.

    Of an order's metadata only the `metadata` keys are kept: anybody can write more into it.
    """

    def __init__(self, signatures: Signatures, metadata: Collection[str]) -> None:
        self._signatures = signatures
        self._metadata = frozenset(metadata)

    def receive(self, body: bytes, headers: Mapping[str, str], now: datetime) -> KeptEvent:
        signed_id = self._signatures.check(body, headers, now)
        try:
            given: Any = json.loads(body)
            if not isinstance(given, dict):
                raise UnreadableWebhook
            told = schemas.StoreWebhookEvent.model_validate(given)
        except (ValueError, RecursionError, ValidationError):
            raise UnreadableWebhook from None
        told = without_payer(told, self._metadata)
        order, subscription = told.data.order, told.data.subscription
        return KeptEvent(
            event_id=told.id or signed_id or hashlib.sha256(body).hexdigest(),
            type=told.event[: schemas.LONGEST_WORD] or _UNNAMED,
            payload=payload_of(told),
            order_number=order.order_number if order else None,
            received_at=now,
            subscription_id=subscription.id if subscription else None,
            read=event(told),
        )


def without_payer(told: schemas.StoreWebhookEvent, metadata: Collection[str]) -> schemas.StoreWebhookEvent:
    """The event as it is kept: of what others can write into it, only the `metadata` keys."""
    order = told.data.order
    if order is not None:
        kept = {key: value for key, value in order.metadata.items() if key in metadata}
        order = order.model_copy(update={"metadata": kept, "licenses": ()})
        told = told.model_copy(update={"data": told.data.model_copy(update={"order": order})})
    return told


def payload_of(told: schemas.StoreWebhookEvent) -> bytes:
    """The event as JSON, which reads as it did, without whatever isn't read."""
    return told.model_dump_json(by_alias=True, exclude_defaults=True).encode()


def event(told: schemas.StoreWebhookEvent) -> WebhookEvent:
    order, subscription = told.data.order, told.data.subscription
    return WebhookEvent(
        type=told.event,
        said=told.timestamp,
        payment_event=_PAYMENT_EVENTS.get(told.event),
        subscription_change=_SUBSCRIPTION_CHANGES.get(told.event),
        order=orders.order(order) if order is not None else None,
        subscription=orders.subscription(subscription) if subscription is not None else None,
    )
