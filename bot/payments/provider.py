"""What a payment provider tells and is asked: its package gives these records, and takes these calls.

Nothing in them is the provider's own word but `type`, `status` and `payment_status`, which are kept and shown
as they are; nothing is decided by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from bot.catalog.models import BillingInterval
from bot.payments.models import KeptEvent, OrderItem, PaymentEvent, SubscriptionChange, SubscriptionStatus

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as somebody tells of it: any part may be missing. Amounts are cents, instants aware UTC.

    `order_number` is the checkout session's id, or another number for a renewal. `event` is what the order
    says of its money, None where it says nothing that is known. `amount` is before tax, in `currency` also
    where it was paid in another; `discount` and `tax` are what the order names of these, `total` what was
    paid. `has_coupon` says that a discount was given, whether or not it says how much. What a price among
    `items` is for is read by `bot.payments.order_lines`. In lists an order comes without items and metadata.
    """

    id: str | None = None
    order_number: str | None = None
    event: PaymentEvent | None = None
    status: str = ""
    payment_status: str = ""
    amount: int | None = None
    currency: str = ""
    discount: int | None = None
    tax: int | None = None
    total: int | None = None
    has_coupon: bool = False
    customer_id: str | None = field(default=None, repr=False)
    items: tuple[OrderItem, ...] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)
    custom_fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_named(self) -> bool:
        """Whether it says which order it is."""
        return self.id is not None or self.order_number is not None

    def made_by(self, now: datetime) -> datetime:
        """When (UTC) it was made, `now` if it doesn't say so or is ahead of our clock."""
        return now if self.created_at is None else min(self.created_at, now)

    def has_product(self, product_id: str | None) -> bool:
        """Whether one of its lines is of that product."""
        return product_id is not None and any(item.product_id == product_id for item in self.items or ())


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as somebody tells of it. `amount` is cents for each period; instants are aware UTC."""

    id: str | None = None
    status: SubscriptionStatus = SubscriptionStatus.UNKNOWN
    billing_interval: BillingInterval | None = None
    amount: int | None = None
    currency: str = ""
    product_id: str | None = None
    customer_id: str | None = field(default=None, repr=False)
    current_period_start: datetime | None = None
    current_period_end: datetime | None = None
    trial_end: datetime | None = None
    ends_at: datetime | None = None
    cancelled_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a webhook tells. The event and the change are what its `type` says; `said` is UTC."""

    type: str
    said: datetime | None = None
    payment_event: PaymentEvent | None = None
    subscription_change: SubscriptionChange | None = None
    order: Order | None = None
    subscription: Subscription | None = None

    @property
    def is_known(self) -> bool:
        """Whether this version knows what its type means."""
        return self.payment_event is not None or self.subscription_change is not None


# --- webhooks -----------------------------------------------------------------------------------------


class BadSignature(Exception):
    """The delivery isn't the provider's, or isn't from just now; `str` says why, for the log."""


class UnreadableWebhook(Exception):
    """The body isn't what a webhook is made of."""


@dataclass(frozen=True, slots=True)
class EventWords:
    """The provider's own words in the rows of kept events, by which these are found again.

    `paid` and `renewed` are types; the types of all that tell of subscriptions begin with `subscriptions`,
    and numbers of orders that a checkout led to with `checkouts`: no renewal has such a one.
    """

    paid: str
    renewed: str
    subscriptions: str
    checkouts: str


class WebhookReader(Protocol):
    """Reads the webhooks that are kept."""

    @property
    def words(self) -> EventWords: ...

    def read(self, payload: bytes) -> WebhookEvent:
        """What a kept payload tells, also one that an earlier version kept."""
        ...


class WebhookVerifier(Protocol):
    """Takes webhooks as they come in."""

    def receive(self, body: bytes, headers: Mapping[str, str], now: datetime) -> KeptEvent:
        """What is to be kept of a delivery that came `now` (UTC); header names are in small letters.

        Raises BadSignature and UnreadableWebhook.
        """
        ...


# --- lists, and refunds -------------------------------------------------------------------------------


class RefundReason(StrEnum):
    """Why money is given back, as the provider is told."""

    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    REQUESTED = "requested"


@dataclass(frozen=True, slots=True)
class Scopes:
    """What the owner's token has to allow, in the provider's own words: logs and staff name them."""

    orders: str
    subscriptions: str
    refunds: str
    licenses: str
    subscription_changes: str


class Allowance(Protocol):
    """How many requests the provider still takes until `reset` (UTC), as its last answer said."""

    @property
    def limit(self) -> int: ...

    @property
    def remaining(self) -> int: ...

    @property
    def reset(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    """One page of a list. `is_full` says that others may follow; `pages` is how many there are."""

    entries: Sequence[Entry]
    is_full: bool
    pages: int


class PaymentProvider(Protocol):
    """What the owner's token opens. Each call raises the PandabaseErrors."""

    @property
    def scopes(self) -> Scopes: ...

    @property
    def allowance(self) -> Allowance | None: ...

    async def orders(self, page: int, *, event: PaymentEvent | None = None) -> Page[Order]:
        """One page of the orders, newest first, without items; of those that came to `event`, if given."""
        ...

    async def orders_numbered(self, number: str) -> Sequence[Order]:
        """What the provider's search finds for an order's number; it may be other orders too."""
        ...

    async def order(self, order_id: str) -> Order:
        """Everything about one order. Raises NotFound."""
        ...

    async def order_of_key(self, key: str) -> Order | None:
        """The order by which a valid license key was bought; None if there is none."""
        ...

    async def order_bought_with(self, number: str, email: str | None) -> Order | None:
        """The order of just that number or id, if it was bought with that address, or whatever it was.

        None otherwise, and nothing says which of the two was wrong. The address is compared where it is
        read, and goes no further.
        """
        ...

    async def license_keys(self, order_id: str) -> tuple[str, ...]:
        """The keys that were issued for an order. Raises NotFound."""
        ...

    async def subscriptions(self, page: int) -> Page[Subscription]:
        """One page of the subscriptions, newest first."""
        ...

    async def subscriptions_of(self, customer_id: str, product_id: str) -> Sequence[Subscription]:
        """A customer's subscriptions of a product, newest first."""
        ...

    async def subscription(self, subscription_id: str) -> Subscription:
        """One subscription as it is now. Raises NotFound."""
        ...

    async def cancel_subscription(self, subscription_id: str, *, idempotency_key: str) -> Subscription:
        """Have it end with the period that is paid; it as it is then.

        The key makes a repeated call do nothing more. Raises Rejected with the provider's own sentence, and
        NotFound.
        """
        ...

    async def resume_subscription(self, subscription_id: str, *, idempotency_key: str) -> Subscription:
        """Have a cancelled one that hasn't ended go on after all. Raises as `cancel_subscription` does."""
        ...

    async def refund(self, order_id: str, reason: RefundReason, *, idempotency_key: str) -> None:
        """Give all of an order's money back.

        The key makes a repeated call do nothing more. Raises Rejected with the provider's own sentence, and
        NotFound.
        """
        ...
