"""What a store sells, in our own terms, whichever provider it is at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

MAXIMUM_QUANTITY: Final = 999
"""Units of one line of a checkout; source: Pandabase's checkout OpenAPI file."""


class _OpenEnum(StrEnum):
    """Its values stand in the rows of sales; one that is of a newer version reads as UNKNOWN."""

    @classmethod
    def _missing_(cls, _value: object) -> Self:
        return cls("UNKNOWN")


class ProductType(_OpenEnum):
    """What kind of thing a product is: how it is delivered, shown and sold."""

    SERIAL = "SERIAL"
    SERVICE = "SERVICE"
    ONE_TIME = "ONE_TIME"
    PHYSICAL = "PHYSICAL"
    SUBSCRIPTION = "SUBSCRIPTION"
    DIGITAL_DOWNLOAD = "DIGITAL_DOWNLOAD"
    LICENSE_KEY = "LICENSE_KEY"
    UNKNOWN = "UNKNOWN"


class PricingModel(_OpenEnum):
    """Who says what a product costs."""

    STANDARD = "STANDARD"
    PAY_WHAT_YOU_WANT = "PAY_WHAT_YOU_WANT"
    FREE = "FREE"
    UNKNOWN = "UNKNOWN"


class BillingInterval(_OpenEnum):
    """How long one period of a subscription lasts."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Storefront:
    """The store itself. `accent_color` and `logo`, an address, are as its owner wrote them."""

    name: str
    description: str = ""
    accent_color: str | None = None
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class CategoryRef:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Category:
    """`parent_id` is the category that it is part of, `icon` an emoji if it is anything."""

    id: str
    name: str
    description: str | None = None
    parent_id: str | None = None
    display_order: int = 0
    featured: bool = False
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product as lists show it: without variants and without its window of availability.

    Prices are cents; `currency` is ISO 4217, in capitals. `minimum_price` is the least for one unit where
    the payer picks the price.
    """

    id: str
    title: str
    price: int
    in_stock: bool
    currency: str
    product_type: ProductType
    pricing_model: PricingModel
    subtitle: str | None = None
    compare_at_price: int | None = None
    minimum_price: int | None = None
    images: tuple[str, ...] = ()
    categories: tuple[CategoryRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """`price` is cents. `quantity` is the stock that is left, or None where the store doesn't count it."""

    id: str
    title: str
    price: int
    in_stock: bool
    compare_at_price: int | None = None
    images: tuple[str, ...] = ()
    quantity: int | None = None
    track_stock: bool = False


@dataclass(frozen=True, slots=True)
class Product(ProductSummary):
    """Everything about one product. `max_per_customer` counts units, `trial_days` days; instants are UTC.

    `hands_out_keys` says that who buys it gets license keys; `message` is what they are told besides.
    `options` are the names of what its variants differ in, such as "Size".
    """

    description: str | None = None
    message: str | None = None
    max_per_customer: int | None = None
    hands_out_keys: bool = False
    available_from: datetime | None = None
    available_until: datetime | None = None
    billing_interval: BillingInterval | None = None
    trial_days: int | None = None
    variants: tuple[Variant, ...] = ()
    options: tuple[str, ...] = ()
