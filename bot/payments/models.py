"""What the store says became of the money: orders, subscriptions, and how they change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.checkout.states import MoneyState


class Change(StrEnum):
    """What happened to an order's money, told once each time it happens."""

    CLEARING = "clearing"
    """The payment is on its way and may take days; nothing is earned yet."""
    PAID = "paid"
    PAID_AGAIN = "paid_again"
    """A second session of a sale that was paid already: nothing more is earned, a refund is due."""
    RENEWED = "renewed"
    """A subscription's next period is paid: the order is a new one of the same sale."""
    FAILED = "failed"
    """Declined; the session may still be paid."""
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"
    """Disputed, or given back by the card network: the store's list doesn't say which."""
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_PREVENTED = "dispute_prevented"
    """The card network gave the money back before a dispute: it is lost for good."""


class SubscriptionStatus(StrEnum):
    """The store's own words; one that is new to this version reads as UNKNOWN."""

    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class SubscriptionChange(StrEnum):
    """What happened to a subscription. CANCELLED says that it won't renew; `ends_at` is when it ends."""

    CREATED = "created"
    RENEWED = "renewed"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    RESUMED = "resumed"
    UPDATED = "updated"
    TRIAL_ENDING = "trial_ending"
    RENEWING = "renewing"


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order. `price` is cents for one unit; None where the store didn't say."""

    product_id: str | None
    variant_id: str | None
    name: str
    quantity: int
    price: int | None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as we know it. Amounts are cents, before tax; times are aware UTC.

    `session_id` is our session's row (`cs_…` is `order_number`), None for a renewal, whose
    `subscription_id` says what renewed. `late` marks a payment that came when its link no longer lived.
    `reference` is its name in custom_ids.
    """

    id: int
    reference: str
    order_id: str
    order_number: str
    sale_id: int
    session_id: int | None
    subscription_id: str | None
    money: MoneyState
    status: str
    payment_status: str
    amount: int
    discount: int
    currency: str
    items: tuple[OrderItem, ...]
    custom_fields: Mapping[str, Any]
    late: bool
    again: bool
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionRecord:
    """A subscription as we know it; times are aware UTC.

    Access lasts until `access_until` once it is cancelled: at once if the store said so, else to the end
    of the period that is paid. `amount` is cents for each period. `stopped_at` is when staff ended the
    access of a paused one.
    """

    id: int
    subscription_id: str
    sale_id: int
    order_number: str | None
    status: SubscriptionStatus
    product_id: str | None
    current_period_end: datetime | None
    trial_end: datetime | None
    ends_at: datetime | None
    cancelled_at: datetime | None
    amount: int | None = None
    stopped_at: datetime | None = None

    @property
    def access_until(self) -> datetime | None:
        """When it ends, if it has been cancelled and an end is known."""
        if self.status is not SubscriptionStatus.CANCELLED:
            return None
        return self.ends_at or self.current_period_end or self.cancelled_at


# --- what came of what the store told, and of what was held back --------------------------------------


class ObservationResult(StrEnum):
    """What came of an observation."""

    ASKED = "asked"
    """It leaves something open that the store is asked for first; it is applied a little later."""
    APPLIED = "applied"
    KNOWN = "known"
    """It changed nothing: it was told before, or is older than what is known."""
    UNMATCHED = "unmatched"
    """It isn't of a session of ours, as far as we know by now."""
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"
    """Staff decided that it doesn't count."""
    EMPTY = "empty"
    """It doesn't say which order or subscription it is about."""


class OpenQuestion(Exception):
    """A webhook leaves open whether an order is paid in full; the order itself may say it."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class Decision(StrEnum):
    """What became of a payment in quarantine. Without anybody, where the store told more of it."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    FITS = "fits"
    REFUNDED = "refunded"
