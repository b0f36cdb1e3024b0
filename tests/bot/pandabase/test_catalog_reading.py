"""What the store says of its products, as our own records."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.catalog.models import (
    BillingInterval,
    Category,
    CategoryRef,
    PricingModel,
    Product,
    ProductSummary,
    ProductType,
    Storefront,
    Variant,
)
from bot.pandabase import catalog, schemas
from tests.harness.scripted_store import category, product, shop, summary, variant

pytestmark = pytest.mark.specification


def read(**changes: Any) -> Product:
    return catalog.product(schemas.StoreProductDetails.model_validate(product(**changes)))


def test_a_product_keeps_what_can_be_bought_and_shown():
    found = read(
        subtitle="For teams",
        compareAtPrice=2999,
        minimumPrice=500,
        images=["https://pictures.example/a.png"],
        categories=[{"id": "ctg_1", "name": "Plans", "slug": "plans"}],
        description="All of it",
        message="Thank you",
        maxPerCustomer=3,
        fulfillmentMode="LICENSE_POOL",
        availableFrom="2026-06-01T10:00:00Z",
        availableUntil="2026-07-01T12:00:00+02:00",
        billingInterval="MONTHLY",
        trialDays=7,
        variants=[variant(compareAtPrice=2500, quantity=4, trackStock=True)],
    )
    assert found == Product(
        id="prd_1",
        title="Pro Plan",
        price=1999,
        in_stock=True,
        currency="USD",
        product_type=ProductType.LICENSE_KEY,
        pricing_model=PricingModel.STANDARD,
        subtitle="For teams",
        compare_at_price=2999,
        minimum_price=500,
        images=("https://pictures.example/a.png",),
        categories=(CategoryRef("ctg_1", "Plans"),),
        description="All of it",
        message="Thank you",
        max_per_customer=3,
        hands_out_keys=True,
        available_from=datetime(2026, 6, 1, 10, tzinfo=UTC),
        available_until=datetime(2026, 7, 1, 10, tzinfo=UTC),
        billing_interval=BillingInterval.MONTHLY,
        trial_days=7,
        variants=(
            Variant(
                "var_1", "Personal", 1999, in_stock=True, compare_at_price=2500, quantity=4, track_stock=True
            ),
        ),
    )


def test_a_list_shows_the_same_without_variants_and_dates():
    found = catalog.product_summary(schemas.StoreProductSummary.model_validate(summary(inStock=False)))
    assert found == ProductSummary(
        id="prd_1",
        title="Pro Plan",
        price=1999,
        in_stock=False,
        currency="USD",
        product_type=ProductType.LICENSE_KEY,
        pricing_model=PricingModel.STANDARD,
    )


@pytest.mark.parametrize("word", schemas.StoreProductType)
def test_every_type_of_product_has_its_counterpart(word: str):
    assert read(productType=word).product_type == ProductType[word]


@pytest.mark.parametrize("word", schemas.StorePricingModel)
def test_every_pricing_model_has_its_counterpart(word: str):
    assert read(pricingModel=word).pricing_model == PricingModel[word]


@pytest.mark.parametrize("word", schemas.StoreBillingInterval)
def test_every_interval_has_its_counterpart(word: str):
    assert read(billingInterval=word).billing_interval == BillingInterval[word]


def test_words_that_are_new_are_unknown():
    found = read(productType="HOLOGRAM", pricingModel="AUCTION", billingInterval="DAILY")
    assert found.product_type is ProductType.UNKNOWN
    assert found.pricing_model is PricingModel.UNKNOWN
    assert found.billing_interval is BillingInterval.UNKNOWN


@pytest.mark.parametrize("mode", [*schemas.FulfilmentMode, None, "HOLOGRAM"])
def test_keys_are_handed_out_by_three_modes(mode: str | None):
    with_keys = mode in {"MANAGED_LICENSE", "LICENSE_POOL", "LICENSE_WEBHOOK"}
    assert read(fulfillmentMode=mode).hands_out_keys is with_keys


def test_a_category_and_the_store_itself():
    shelf = category(parentId="ctg_0", displayOrder=2, featured=True, description="All")
    assert catalog.category(schemas.CategorySummary.model_validate(shelf)) == Category(
        "ctg_1", "Plans", "All", parent_id="ctg_0", display_order=2, featured=True
    )
    store = shop(description="Pandas", accentColor="#22aa55")
    assert catalog.storefront(schemas.StoreDetails.model_validate(store)) == Storefront(
        "Panda", "Pandas", "#22aa55"
    )
