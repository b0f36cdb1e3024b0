"""The store's catalog as our own records."""

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar

from bot.catalog import models as ours
from bot.pandabase import schemas

Listed = TypeVar("Listed", bound=ours.ProductSummary)

_TYPES: Final[Mapping[schemas.StoreProductType, ours.ProductType]] = {
    schemas.StoreProductType.SERIAL: ours.ProductType.SERIAL,
    schemas.StoreProductType.SERVICE: ours.ProductType.SERVICE,
    schemas.StoreProductType.ONE_TIME: ours.ProductType.ONE_TIME,
    schemas.StoreProductType.PHYSICAL: ours.ProductType.PHYSICAL,
    schemas.StoreProductType.SUBSCRIPTION: ours.ProductType.SUBSCRIPTION,
    schemas.StoreProductType.DIGITAL_DOWNLOAD: ours.ProductType.DIGITAL_DOWNLOAD,
    schemas.StoreProductType.LICENSE_KEY: ours.ProductType.LICENSE_KEY,
    schemas.StoreProductType.UNKNOWN: ours.ProductType.UNKNOWN,
}
_PRICING_MODELS: Final[Mapping[schemas.StorePricingModel, ours.PricingModel]] = {
    schemas.StorePricingModel.STANDARD: ours.PricingModel.STANDARD,
    schemas.StorePricingModel.PAY_WHAT_YOU_WANT: ours.PricingModel.PAY_WHAT_YOU_WANT,
    schemas.StorePricingModel.FREE: ours.PricingModel.FREE,
    schemas.StorePricingModel.UNKNOWN: ours.PricingModel.UNKNOWN,
}
_INTERVALS: Final[Mapping[schemas.StoreBillingInterval, ours.BillingInterval]] = {
    schemas.StoreBillingInterval.WEEKLY: ours.BillingInterval.WEEKLY,
    schemas.StoreBillingInterval.MONTHLY: ours.BillingInterval.MONTHLY,
    schemas.StoreBillingInterval.YEARLY: ours.BillingInterval.YEARLY,
    schemas.StoreBillingInterval.UNKNOWN: ours.BillingInterval.UNKNOWN,
}
_HANDS_OUT_KEYS: Final = frozenset(
    {
        schemas.FulfilmentMode.MANAGED_LICENSE,
        schemas.FulfilmentMode.LICENSE_POOL,
        schemas.FulfilmentMode.LICENSE_WEBHOOK,
    }
)

_CATEGORIES_KEPT: Final = 1024


def storefront(given: schemas.StoreDetails) -> ours.Storefront:
    return ours.Storefront(given.name, given.description, given.accent_color, given.logo)


def category(given: schemas.CategorySummary) -> ours.Category:
    return ours.Category(
        id=given.id,
        name=given.name,
        description=given.description,
        parent_id=given.parent_id,
        display_order=given.display_order,
        featured=given.featured,
        icon=given.icon,
    )


def product_summary(given: schemas.StoreProductSummary) -> ours.ProductSummary:
    return _read(ours.ProductSummary, given)


def product(given: schemas.StoreProductDetails) -> ours.Product:
    return _read(
        ours.Product,
        given,
        description=given.description,
        message=given.message,
        max_per_customer=given.max_per_customer,
        hands_out_keys=given.fulfilment_mode in _HANDS_OUT_KEYS,
        available_from=given.available_from,
        available_until=given.available_until,
        billing_interval=billing_interval(given.billing_interval),
        trial_days=given.trial_days,
        variants=tuple(map(_variant, given.variants)),
        options=tuple(each.name for each in sorted(given.options, key=lambda each: each.position)),
    )


def _read(kind: type[Listed], given: schemas.StoreProductSummary, **more: Any) -> Listed:
    """What lists and pages show alike, and `more` for what has more."""
    return kind(
        id=given.id,
        title=given.title,
        price=given.price,
        in_stock=given.in_stock,
        currency=sys.intern(given.currency),
        product_type=_TYPES[given.product_type],
        pricing_model=_PRICING_MODELS[given.pricing_model],
        subtitle=given.subtitle,
        compare_at_price=given.compare_at_price,
        minimum_price=given.minimum_price,
        images=given.images,
        categories=_categories(given),
        **more,
    )


def billing_interval(given: schemas.StoreBillingInterval | None) -> ours.BillingInterval | None:
    return None if given is None else _INTERVALS[given]


def _variant(given: schemas.StoreVariant) -> ours.Variant:
    return ours.Variant(
        id=given.id,
        title=given.title,
        price=given.price,
        in_stock=given.in_stock,
        compare_at_price=given.compare_at_price,
        images=given.images,
        quantity=given.quantity,
        track_stock=given.track_stock,
    )


def _categories(given: schemas.StoreProductSummary) -> tuple[ours.CategoryRef, ...]:
    return tuple(_category_ref(each.id, each.name) for each in given.categories)


@lru_cache(_CATEGORIES_KEPT)
def _category_ref(category_id: str, name: str) -> ours.CategoryRef:
    """One record for all the products that stand there."""
    return ours.CategoryRef(category_id, name)
