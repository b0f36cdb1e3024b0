"""The store that the sandbox starts with, read from catalog.toml, and catalogs of any size for load tests.

Dates in the file count from the day the sandbox starts, so that "not available yet" stays true.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from itertools import product as combinations
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from sandbox.models import (
    Category,
    Coupon,
    CouponType,
    Option,
    PricingModel,
    Product,
    ProductType,
    StoreInfo,
    Variant,
    stable_id,
)

STORE_ID: Final = stable_id("shp", "bamboo-grove")


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CategoryEntry(Entry):
    slug: str
    name: str
    description: str | None = None
    icon: str | None = None
    parent: str | None = None
    featured: bool = False


class OptionEntry(Entry):
    name: str
    values: list[str]
    adds: dict[str, int] = {}
    """What a value adds to the product's price, in minor units."""


class ProductEntry(Entry):
    handle: str
    title: str
    type: ProductType
    price: int
    categories: list[str] = []
    subtitle: str | None = None
    description: str | None = None
    message: str | None = None
    pricing: PricingModel = PricingModel.STANDARD
    currency: str = "USD"
    compare_at_price: int | None = None
    minimum_price: int | None = None
    stock: int | None = None
    max_per_customer: int | None = None
    fulfillment_mode: str | None = None
    available_from_days: int | None = None
    available_until_days: int | None = None
    billing_interval: str | None = None
    trial_days: int | None = None
    options: list[OptionEntry] = []
    variant_stock: dict[str, int] = {}
    """Units left by variant title; variants that aren't named aren't counted."""
    emblem: str | None = None


class CouponEntry(Entry):
    code: str
    type: CouponType
    value: int
    expires_days: int | None = None
    products: list[str] = []


class Content(Entry):
    store: dict[str, Any]
    categories: list[CategoryEntry]
    products: list[ProductEntry]
    coupons: list[CouponEntry]


@dataclass(frozen=True, slots=True)
class Catalog:
    info: StoreInfo
    categories: list[Category]
    products: list[Product]
    coupons: list[Coupon]


def load_catalog(now: datetime) -> Catalog:
    """The catalog of catalog.toml on the day `now` (UTC). The first product in the file is the newest."""
    content = _content()
    return Catalog(
        info=StoreInfo(id=STORE_ID, **content.store),
        categories=list(_categories(content.categories)),
        products=[_product(entry, now, age=index) for index, entry in enumerate(content.products, start=1)],
        coupons=[_coupon(entry, now) for entry in content.coupons],
    )


@cache
def _content() -> Content:
    """The file. Nobody changes what is in it."""
    text = resources.files("sandbox").joinpath("catalog.toml").read_text(encoding="utf-8")
    return Content.model_validate(tomllib.loads(text))


def generate_products(count: int, now: datetime) -> list[Product]:
    """So many plain products with titles that differ and prices from 1.00 on, for tests of size."""
    adjectives = ["Golden", "Silver", "Hidden", "Ancient", "Frozen", "Burning", "Silent", "Royal", "Wild"]
    things = ["Lantern", "Bridge", "Tower", "Garden", "Sword", "Shield", "Castle", "Forest", "River"]
    return [
        Product(
            id=stable_id("prd", f"generated-{number}"),
            handle=f"generated-{number}",
            title=f"{adjectives[number % 9]} {things[number // 9 % 9]} {number}",
            product_type=ProductType.DIGITAL_DOWNLOAD,
            fulfillment_mode="INSTANT_DOWNLOAD",
            price=100 + number * 37 % 9_900,
            created_at=now - timedelta(minutes=number),
        )
        for number in range(1, count + 1)
    ]


def _categories(entries: Iterable[CategoryEntry]) -> Iterable[Category]:
    for position, entry in enumerate(entries):
        yield Category(
            id=stable_id("ctg", entry.slug),
            name=entry.name,
            slug=entry.slug,
            description=entry.description,
            icon=entry.icon,
            parent_id=stable_id("ctg", entry.parent) if entry.parent else None,
            display_order=position,
            featured=entry.featured,
        )


def _coupon(entry: CouponEntry, now: datetime) -> Coupon:
    return Coupon(
        code=entry.code,
        type=entry.type,
        value=entry.value,
        created_at=now,
        updated_at=now,
        expires_at=_in_days(now, entry.expires_days),
        product_ids=[stable_id("prd", handle) for handle in entry.products],
    )


def _product(entry: ProductEntry, now: datetime, *, age: int) -> Product:
    variants = _variants(entry)
    return Product(
        id=stable_id("prd", entry.handle),
        handle=entry.handle,
        title=entry.title,
        product_type=entry.type,
        price=min((variant.price for variant in variants), default=entry.price),
        created_at=now - timedelta(days=age),
        subtitle=entry.subtitle,
        description=entry.description,
        message=entry.message,
        pricing_model=entry.pricing,
        currency=entry.currency,
        compare_at_price=entry.compare_at_price,
        minimum_price=entry.minimum_price,
        stock=entry.stock,
        max_per_customer=entry.max_per_customer,
        fulfillment_mode=entry.fulfillment_mode,
        available_from=_in_days(now, entry.available_from_days),
        available_until=_in_days(now, entry.available_until_days),
        billing_interval=entry.billing_interval,
        trial_days=entry.trial_days,
        options=[
            Option(
                id=stable_id("opt", f"{entry.handle}/{each.name}"),
                name=each.name,
                values=list(each.values),
                position=position,
            )
            for position, each in enumerate(entry.options)
        ],
        variants=variants,
        category_ids=[stable_id("ctg", slug) for slug in entry.categories],
        emblem=entry.emblem,
    )


def _variants(entry: ProductEntry) -> list[Variant]:
    """One variant for each combination of the options' values."""
    if not entry.options:
        return []
    variants = []
    for position, values in enumerate(combinations(*(option.values for option in entry.options))):
        title = " / ".join(values)
        chosen = list(zip(entry.options, values, strict=True))
        added = sum(option.adds.get(value, 0) for option, value in chosen)
        variants.append(
            Variant(
                id=stable_id("var", f"{entry.handle}/{title}"),
                title=title,
                options={option.name: value for option, value in chosen},
                price=entry.price + added,
                compare_at_price=entry.compare_at_price + added if entry.compare_at_price else None,
                sku=f"{entry.handle}-{position + 1:02}".upper(),
                stock=entry.variant_stock.get(title),
                position=position,
            )
        )
    return variants


def _in_days(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now + timedelta(days=days)
