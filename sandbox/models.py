"""What the simulated store holds: products, coupons, sessions, orders.

These are the sandbox's own models: it is the other side of the wire, and shares nothing with the bot, so
that a misreading of the documentation isn't made twice. Amounts are integer minor units (cents for USD);
times are aware UTC.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

Clock = Callable[[], datetime]

ID_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_LENGTH: Final = 24


def utc_now() -> datetime:
    """The wall clock, for a sandbox that isn't given another one."""
    return datetime.now(UTC)


@cache
def stable_id(prefix: str, name: str) -> str:
    """An id that looks like the store's and is the same on every start, so that ids can be kept in tests."""
    return _spelled(prefix, hashlib.sha256(f"{prefix}:{name}".encode()).digest())


def random_id(prefix: str) -> str:
    """An id that nobody can guess: whoever knows a session's id can open its payment page."""
    # One question to the system, not one for each letter: each request to the API has such an id.
    return _spelled(prefix, secrets.token_bytes(32))


def _spelled(prefix: str, number: bytes) -> str:
    left = int.from_bytes(number)
    digits = []
    for _ in range(ID_LENGTH):
        left, digit = divmod(left, len(ID_ALPHABET))
        digits.append(ID_ALPHABET[digit])
    return f"{prefix}_{''.join(digits)}"


class ProductType(StrEnum):
    SERIAL = "SERIAL"
    SERVICE = "SERVICE"
    ONE_TIME = "ONE_TIME"
    PHYSICAL = "PHYSICAL"
    SUBSCRIPTION = "SUBSCRIPTION"
    DIGITAL_DOWNLOAD = "DIGITAL_DOWNLOAD"
    LICENSE_KEY = "LICENSE_KEY"


class PricingModel(StrEnum):
    STANDARD = "STANDARD"
    PAY_WHAT_YOU_WANT = "PAY_WHAT_YOU_WANT"
    FREE = "FREE"


class CouponType(StrEnum):
    """How a coupon counts; the names are those of an estimate's `discount.type`."""

    PERCENTAGE = "PERCENTAGE"
    FIXED_AMOUNT = "FIXED_AMOUNT"


class OrderStatus(StrEnum):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"
    CHARGEBACK = "CHARGEBACK"


class SubscriptionStatus(StrEnum):
    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"


@dataclass(slots=True, kw_only=True)
class StoreInfo:
    id: str
    name: str
    handle: str
    description: str
    summary: str | None = None
    accent_color: str | None = None
    primary_color: str | None = None
    support_email: str | None = None
    statement_descriptor: str | None = None
    categories: list[str] = field(default_factory=list)
    currency: str = "USD"
    """ISO 4217; what dynamic items are charged in."""


@dataclass(slots=True, kw_only=True)
class Category:
    id: str
    name: str
    slug: str
    description: str | None = None
    icon: str | None = None
    parent_id: str | None = None
    display_order: int = 0
    featured: bool = False


@dataclass(slots=True, kw_only=True)
class Option:
    id: str
    name: str
    values: list[str]
    position: int


@dataclass(slots=True, kw_only=True)
class Variant:
    id: str
    title: str
    options: dict[str, str]
    price: int
    position: int
    compare_at_price: int | None = None
    sku: str | None = None
    stock: int | None = None
    """Units left; None where stock isn't counted."""

    @property
    def in_stock(self) -> bool:
        return self.stock is None or self.stock > 0


@dataclass(slots=True, kw_only=True)
class Product:
    id: str
    handle: str
    title: str
    product_type: ProductType
    price: int
    created_at: datetime
    subtitle: str | None = None
    description: str | None = None
    message: str | None = None
    pricing_model: PricingModel = PricingModel.STANDARD
    currency: str = "USD"
    compare_at_price: int | None = None
    minimum_price: int | None = None
    stock: int | None = None
    """Units left; None where stock isn't counted. A product with variants counts in these instead."""
    max_per_customer: int | None = None
    fulfillment_mode: str | None = None
    available_from: datetime | None = None
    available_until: datetime | None = None
    billing_interval: str | None = None
    trial_days: int | None = None
    options: list[Option] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    category_ids: list[str] = field(default_factory=list)
    emblem: str | None = None
    """What its picture shows, where its type doesn't say it well."""

    @property
    def in_stock(self) -> bool:
        if self.variants:
            return any(variant.in_stock for variant in self.variants)
        return self.stock is None or self.stock > 0


@dataclass(slots=True, kw_only=True)
class Coupon:
    code: str
    type: CouponType
    value: int
    """Per cent, or minor units for a fixed amount."""
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    product_ids: list[str] = field(default_factory=list)
    """Products that it applies to; empty: to all."""
    minimum_purchase: int | None = None
    max_uses: int | None = None
    times_used: int = 0
    enabled: bool = True
    id: str = field(default_factory=lambda: random_id("cpn"))
    created_at: datetime | None = None
    updated_at: datetime | None = None
    remarks: dict[str, Any] = field(default_factory=dict)
    """What is kept and shown, and changes nothing here: names, and limits for each customer."""


@dataclass(slots=True, kw_only=True)
class Line:
    """A priced line item. Where the payer chooses the price, `unit_amount` is the least they may choose."""

    name: str
    unit_amount: int
    quantity: int
    product: Product | None = None
    variant: Variant | None = None
    payer_chooses: bool = False

    @property
    def amount(self) -> int:
        return self.unit_amount * self.quantity


@dataclass(slots=True, kw_only=True)
class Quote:
    """What lines come to. `tax_rate` is a fraction (0.19 for 19 %)."""

    lines: list[Line]
    currency: str
    coupon: Coupon | None
    discount: int
    tax_rate: float
    tax: int
    includes_tax: bool = False
    """Whether the tax is in the prices, and not on top of them."""

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + (0 if self.includes_tax else self.tax)


@dataclass(slots=True, kw_only=True)
class Session:
    """A checkout session; everything but its orders stays as it was made."""

    id: str
    quote: Quote
    title: str
    description: str | None
    country: str | None
    state: str | None
    tax_id: str | None
    customer: dict[str, Any] | None
    fields: list[dict[str, Any]]
    metadata: dict[str, str] | None
    return_url: str | None
    cancel_url: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Order:
    """One attempt to pay a session. A declined card leaves a FAILED order; the next attempt is another."""

    id: str
    order_number: str
    """The session's id: this is how the store's orders are found again."""
    status: OrderStatus
    payment_status: OrderStatus
    quote: Quote
    due: int
    """What is charged now: nothing while a trial runs, the total otherwise."""
    email: str | None
    country: str | None
    custom_fields: dict[str, str]
    metadata: dict[str, str] | None
    created_at: datetime
    updated_at: datetime
    subscription_id: str | None = None

    @property
    def is_paid(self) -> bool:
        return self.status in {OrderStatus.PROCESSING, OrderStatus.COMPLETED}

    @property
    def was_paid(self) -> bool:
        """Paid once, whatever became of the money since."""
        return self.is_paid or self.status in {OrderStatus.REFUNDED, OrderStatus.CHARGEBACK}


@dataclass(slots=True, kw_only=True)
class Subscription:
    """What renews. `amount` is minor units for each period."""

    id: str
    status: SubscriptionStatus
    order_number: str
    """Of the order that began it."""
    line: Line
    amount: int
    currency: str
    email: str | None
    created_at: datetime
    period_start: datetime
    period_end: datetime
    trial_end: datetime | None = None
    ends_at: datetime | None = None
    cancelled_at: datetime | None = None
    paused_at: datetime | None = None
    next_line: Line | None = None
    """What it is of from the next period on, if that is another plan."""
    retries: int = 0
    """Charges that were declined in this period."""
