"""What the store says became of the money: orders, subscriptions, and how they change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.checkout.states import MoneyState

if TYPE_CHECKING:  # it is made of these
    from bot.payments.provider import WebhookEvent


class PaymentEvent(StrEnum):
    """What happened to an order's money: the provider says it, and once it is news it is told on.

    The state machine turns it into the order's `MoneyState`; fulfilment, invoices and staff hear of it. A
    PAID order says itself whether it renews a subscription or comes `again` for what was paid already.
    """

    PENDING = "pending"
    """Nothing yet."""
    CLEARING = "clearing"
    """The payment is on its way and may take days; nothing is earned yet."""
    PAID = "paid"
    FAILED = "failed"
    """Declined; the session may still be paid."""
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"
    """Disputed, or given back for good by the card network: an order's own words don't say which."""
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_PREVENTED = "dispute_prevented"
    """The card network gave the money back before a dispute: it is lost for good."""


LISTED_AS_RETURNED: Final = (PaymentEvent.REFUNDED, PaymentEvent.CHARGED_BACK)
"""What an order says of itself once its payer has the money back, or asks the card network for it."""
LISTED_AS_PAID_ONCE: Final = frozenset({PaymentEvent.PAID, *LISTED_AS_RETURNED})
"""What an order says of itself that was paid, whatever became of the money."""
NOT_IN_LISTS: Final = frozenset({PaymentEvent.DISPUTE_LOST})
"""What webhooks alone tell: a lost dispute looks in the lists like one that goes on."""
CLOSES_A_DISPUTE: Final = frozenset({PaymentEvent.DISPUTE_WON})
"""What was said of the dispute before it no longer counts."""
ENDS_QUARANTINE: Final = frozenset({PaymentEvent.REFUNDED, PaymentEvent.DISPUTE_PREVENTED})
"""After it there is no money left of which staff could decide."""


class SubscriptionStatus(StrEnum):
    """Where a subscription stands: what its roles and its schedule follow. Stored with its row."""

    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, _value: object) -> "SubscriptionStatus":
        return cls.UNKNOWN


class SubscriptionChange(StrEnum):
    """What happened to a subscription: the provider says it, and fulfilment hears what is news of it.

    A cancelled one won't renew; `ends_at` is when it ends.
    """

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
    """One line of an order. `price` is cents; None where the provider didn't say.

    In our own rows it is for one unit; as somebody tells of it, it may be for all.
    """

    product_id: str | None = None
    variant_id: str | None = None
    name: str = ""
    quantity: int = 0
    price: int | None = None


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


# --- results of observations, and of quarantine ------------------------------------------------------


class ObservationResult(StrEnum):
    """The result of an observation: the inbox keeps it, and plans by it what is asked again."""

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
    IGNORED = "ignored"
    """This version doesn't know what it tells of."""


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A webhook whose signature was right. `event_id` and `type` together are kept once."""

    event_id: str
    type: str
    payload: bytes
    order_number: str | None
    received_at: datetime
    subscription_id: str | None = None
    read: "WebhookEvent | None" = field(default=None, repr=False, compare=False)
    """What the payload says, where that has been read already."""


class OrderLookupNeeded(Exception):
    """A webhook leaves open whether an order is paid in full; the order itself may say it."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class Decision(StrEnum):
    """What became of a payment in quarantine; nobody decided it where the provider told more of it."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    FITS = "fits"
    REFUNDED = "refunded"
