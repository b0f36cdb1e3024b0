"""What the store answers. Fields that aren't used are ignored, and new ones do no harm.

What a sale rests on (ids, prices, currencies, dates) must be there and right; everything else may be
missing or null. Amounts are cents.
"""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from bot.pandabase.schemas.enums import (
    FulfilmentMode,
    StoreBillingInterval,
    StorePricingModel,
    StoreProductType,
)
from bot.pandabase.schemas.reading import (
    Cents,
    CentsOrZero,
    Currency,
    Id,
    KeptCents,
    KeptCentsOrZero,
    MillisecondTimestamp,
    Readable,
    ReadableIfAny,
    SessionId,
    Text,
    Timestamp,
)

T = TypeVar("T")


class _Answer(BaseModel):
    # Inputs stay out of error texts: a session's addresses must never reach a log.
    model_config = ConfigDict(
        defer_build=True, frozen=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True
    )


class _Storefront(_Answer):
    """The storefront's fields are camelCase, the checkout's snake_case."""

    model_config = ConfigDict(alias_generator=to_camel)


class Merchant(_Storefront):
    id: Text = ""
    name: Text = ""
    handle: Text = ""
    logo: str | None = None
    accent_color: str | None = None
    statement_descriptor: str | None = None
    support_email: str | None = None


class LineItem(_Answer):
    """`amount` is cents for one unit."""

    name: str
    amount: int
    quantity: int
    image: str | None = None


class SessionCoupon(_Answer):
    code: Text = ""
    discount_amount: CentsOrZero = 0


class CheckoutSession(_Answer):
    """A payment page. Whoever has one of its addresses can open it, so they stay out of `repr`.

    `amount` is the subtotal; tax may come on top once the payer's country is known.
    """

    id: SessionId
    checkout_url: str = Field(min_length=1, repr=False)
    pay_redirect_url: Text = Field(default="", repr=False)
    title: str | None = None
    description: str | None = None
    amount: KeptCents
    discount_amount: KeptCentsOrZero = 0
    tax_amount: CentsOrZero = 0
    total_amount: Cents
    items: Readable[LineItem] = ()
    coupon: SessionCoupon | None = None
    metadata: dict[str, Any] | None = Field(default=None, repr=False)
    merchant: Merchant | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    expires_at: MillisecondTimestamp


class Tax(_Answer):
    """`rate` is a fraction: 0.08 for 8 %."""

    rate: float
    amount: Cents


class Discount(_Answer):
    """`value` is a percentage or cents, by `type` (PERCENTAGE, FIXED_AMOUNT)."""

    code: Text = ""
    amount: CentsOrZero = 0
    type: str | None = None
    value: float | None = None


class Estimate(_Answer):
    subtotal: Cents
    discount: Discount | None = None
    tax: Tax
    total: Cents
    items: Readable[LineItem] = ()
    available_payment_methods: Readable[str] = ()
    merchant: Merchant | None = None


class Pagination(_Storefront):
    page: int
    limit: int
    total: int
    total_pages: int


class StorePage(_Answer, Generic[T]):
    """`sent` is how many entries came, those that can't be read included."""

    items: Readable[T]
    pagination: Pagination
    sent: int = 0

    @model_validator(mode="before")
    @classmethod
    def _count(cls, data: Any) -> Any:
        match data:
            case {"items": list(entries)}:
                return {**data, "sent": len(entries)}
        return data


class StoreCategoryRef(_Storefront):
    id: Id
    name: str
    slug: Text = ""


class CategorySummary(StoreCategoryRef):
    description: str | None = None
    icon: str | None = None
    parent_id: str | None = None
    display_order: int = 0
    featured: bool = False


class CategoryProduct(_Storefront):
    """A product as its category shows it: without a currency, so not yet an offer."""

    id: Id
    title: str
    handle: Text = ""
    price: Cents
    images: Readable[str] = ()
    in_stock: bool


class StoreCategory(CategorySummary):
    """`products` holds the first 50 that are active."""

    meta_title: str | None = None
    meta_description: str | None = None
    show_in_navigation: bool = True
    children: Readable[StoreCategoryRef] = ()
    products: Readable[CategoryProduct] = ()


class StoreDetails(_Storefront):
    """`category` holds the words under which the store files itself."""

    id: Id
    name: str
    handle: Text = ""
    slug: str | None = None
    description: Text = ""
    summary: str | None = None
    logo: str | None = None
    favicon: str | None = None
    accent_color: str | None = None
    primary_color: str | None = None
    support_email: str | None = None
    category: Readable[str] = ()
    twitter_url: str | None = None
    instagram_url: str | None = None
    linkedin_url: str | None = None
    youtube_url: str | None = None
    tiktok_url: str | None = None


class StoreProductSummary(_Storefront):
    """A product as lists show it: without variants and without its window of availability."""

    id: Id
    title: str
    subtitle: str | None = None
    handle: Text = ""
    price: Cents
    compare_at_price: int | None = None
    images: Readable[str] = ()
    in_stock: bool
    currency: Currency
    product_type: StoreProductType
    pricing_model: StorePricingModel
    status: Text = ""
    minimum_price: int | None = None
    categories: Readable[StoreCategoryRef] = ()


class ProductOption(_Storefront):
    id: Id
    name: str
    values: Readable[str] = ()
    position: int = 0


class StoreVariant(_Storefront):
    """`quantity` is the stock that is left, or None where the store doesn't count it."""

    id: Id
    title: str
    slug: str | None = None
    description: str | None = None
    sku: str | None = None
    options: dict[str, str] | None = None
    price: Cents
    compare_at_price: int | None = None
    images: Readable[str] = ()
    in_stock: bool
    quantity: int | None = None
    track_stock: bool = False
    position: int = 0


class StoreProductDetails(StoreProductSummary):
    """Everything about one product. `max_per_customer` counts units, `trial_days` days."""

    description: str | None = None
    message: str | None = None
    max_per_customer: int | None = None
    # The store's spelling, unlike ours.
    fulfilment_mode: FulfilmentMode | None = Field(default=None, alias="fulfillmentMode")
    available_from: Timestamp | None = None
    available_until: Timestamp | None = None
    billing_interval: StoreBillingInterval | None = None
    billing_anchor: int | None = None
    trial_days: int | None = None
    options: Readable[ProductOption] = ()
    # A product that has variants can't be sold as one that has none.
    variants: ReadableIfAny[StoreVariant] = ()
