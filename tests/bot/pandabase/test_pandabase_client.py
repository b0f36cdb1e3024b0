"""Reads and creates, as they go over a real socket."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import NotFound, PandabaseError, Rejected, Unauthorized, Unavailable, UnreadableAnswer
from bot.pandabase.client import PandabaseClient
from bot.pandabase.schemas import (
    CatalogItem,
    CheckoutRequest,
    EstimateRequest,
    FulfilmentMode,
    StoreBillingInterval,
    StorePricingModel,
    StoreProductType,
)
from tests.harness.scripted_store import (
    STORE_ID,
    ScriptedStore,
    answers,
    category,
    product,
    refuses,
    says,
    session,
    summary,
    variant,
)
from tests.openapi import validate_answer

pytestmark = pytest.mark.specification

CHECKOUTS = f"/stores/{STORE_ID}/checkouts"
STOREFRONT = f"/storefront/stores/{STORE_ID}"
PLAN = CheckoutRequest(items=(CatalogItem(product_id="prd_1"),), amount=1999, metadata={"sale": "abc"})


async def test_a_created_session_has_its_page_its_amounts_and_its_end_in_utc(
    client: PandabaseClient, store: ScriptedStore
):
    ends = datetime(2026, 6, 1, 12, 30, 15, 250_000, tzinfo=UTC)
    data = session("cs_9", expires_at=int(ends.timestamp() * 1000), discount_amount=100, total_amount=1899)
    validate_answer("POST", CHECKOUTS, 201, {"ok": True, "data": data})
    store.then(answers(data, status=201))
    created = await client.create_checkout(PLAN)
    assert store.requests[0].body == PLAN.body()
    assert (created.id, created.checkout_url) == ("cs_9", "https://pandabase.io/checkout/cs_9")
    assert (created.amount, created.discount_amount, created.total_amount) == (1999, 100, 1899)
    assert created.expires_at == ends
    assert created.expires_at.utcoffset() == timedelta(0)


async def test_an_estimate_shows_discount_tax_and_ways_to_pay(client: PandabaseClient, store: ScriptedStore):
    data = {
        "merchant": {"id": STORE_ID, "name": "Panda", "handle": "panda"},
        "subtotal": 2000,
        "discount": {"code": "SAVE", "amount": 200, "type": "PERCENTAGE", "value": 10},
        "tax": {"rate": 0.2, "amount": 360},
        "total": 2160,
        "items": [{"name": "Pro Plan", "amount": 2000, "quantity": 1}],
        "available_payment_methods": ["CARD", "IDEAL"],
    }
    validate_answer("POST", f"{CHECKOUTS}/estimate", 200, {"ok": True, "data": data})
    store.then(answers(data))
    items = (CatalogItem(product_id="prd_1"),)
    estimate = await client.estimate(EstimateRequest(items=items, country="NL", coupon_code="SAVE"))
    assert store.requests[0].body == {
        "items": [{"product_id": "prd_1", "quantity": 1}],
        "country": "NL",
        "coupon_code": "SAVE",
    }
    assert estimate.discount is not None
    assert (estimate.discount.amount, estimate.tax.amount, estimate.total) == (200, 360, 2160)
    assert estimate.available_payment_methods == ("CARD", "IDEAL")


async def test_a_product_has_its_variants_options_and_dates(client: PandabaseClient, store: ScriptedStore):
    data = product(
        "prd_7",
        productType="SUBSCRIPTION",
        fulfillmentMode="LICENSE_POOL",
        billingInterval="MONTHLY",
        trialDays=14,
        maxPerCustomer=3,
        availableFrom="2026-06-01T02:00:00+02:00",
        availableUntil="2026-07-01T00:00:00Z",
        options=[{"id": "opt_1", "name": "License", "values": ["Personal"], "position": 0}],
        variants=[variant("var_1", options={"License": "Personal"}, quantity=4, trackStock=True)],
        categories=[{"id": "ctg_1", "name": "Plans", "slug": "plans"}],
    )
    validate_answer("GET", f"{STOREFRONT}/products/prd_7", 200, {"ok": True, "data": data})
    store.details["prd_7"] = data
    read = await client.product("prd_7")
    assert (read.product_type, read.pricing_model) == (
        StoreProductType.SUBSCRIPTION,
        StorePricingModel.STANDARD,
    )
    assert (read.fulfilment_mode, read.billing_interval) == (
        FulfilmentMode.LICENSE_POOL,
        StoreBillingInterval.MONTHLY,
    )
    assert (read.trial_days, read.max_per_customer, read.currency, read.price) == (14, 3, "USD", 1999)
    assert read.available_from == datetime(2026, 6, 1, tzinfo=UTC)
    assert read.available_until == datetime(2026, 7, 1, tzinfo=UTC)
    assert (read.variants[0].id, read.variants[0].quantity) == ("var_1", 4)
    assert read.options[0].values == ("Personal",)
    assert read.categories[0].name == "Plans"


async def test_the_store_tells_its_name_and_colour(client: PandabaseClient, store: ScriptedStore):
    store.storefront = {"accentColor": "#00ff00", "supportEmail": "help@example.com"}
    read = await client.store()
    assert (read.id, read.name, read.accent_color, read.support_email) == (
        STORE_ID,
        "Panda",
        "#00ff00",
        "help@example.com",
    )


async def test_a_page_of_products_can_be_filtered_and_sorted(client: PandabaseClient, store: ScriptedStore):
    store.products = [summary("prd_1"), summary("prd_2")]
    page = await client.products(
        2,
        1,
        search="a&b=c +é/",
        category_id="ctg_1",
        product_type=StoreProductType.SERIAL,
        pricing_model=StorePricingModel.FREE,
        sort_by="price",
        sort_order="asc",
    )
    assert store.requests[0].query == {
        "page": "2",
        "limit": "1",
        "search": "a&b=c +é/",
        "categoryId": "ctg_1",
        "productType": "SERIAL",
        "pricingModel": "FREE",
        "sortBy": "price",
        "sortOrder": "asc",
    }
    assert [entry.id for entry in page.items] == ["prd_2"]
    assert (page.pagination.total, page.pagination.total_pages) == (2, 2)


async def test_categories_come_in_pages_and_alone(client: PandabaseClient, store: ScriptedStore):
    store.categories = [category("ctg_1"), category("ctg_2", parentId="ctg_1", featured=True)]
    page = await client.categories(featured=True, parent_id="ctg_1")
    assert store.requests[0].query == {"page": "1", "limit": "25", "featured": "true", "parentId": "ctg_1"}
    assert [entry.parent_id for entry in page.items] == [None, "ctg_1"]
    data = category("ctg_1") | {
        "showInNavigation": True,
        "children": [{"id": "ctg_2", "name": "More", "slug": "more"}],
        "products": [
            {"id": "prd_1", "title": "Pro", "handle": "pro", "price": 5, "images": [], "inStock": True}
        ],
    }
    validate_answer("GET", f"{STOREFRONT}/categories/ctg_1", 200, {"ok": True, "data": data})
    store.then(answers(data))
    alone = await client.category("ctg_1")
    assert (alone.children[0].id, alone.products[0].title) == ("ctg_2", "Pro")


@pytest.mark.parametrize("odd", ["a/b", "../checkouts", "ä b", "a?b#c", "%2e%2e", "x\ty", "\ud800"])
async def test_an_odd_id_stays_one_part_of_the_path(odd: str, client: PandabaseClient, store: ScriptedStore):
    with pytest.raises(NotFound):
        await client.product(odd)
    parent, _, last = store.paths[0].rpartition("/")
    assert parent == f"{STOREFRONT}/products"
    assert last


@pytest.mark.parametrize("nothing", ["", ".", "..", "..."])
async def test_an_id_that_would_change_the_path_is_not_asked_for(
    nothing: str, client: PandabaseClient, store: ScriptedStore
):
    with pytest.raises(NotFound):
        await client.product(nothing)
    assert store.requests == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (404, NotFound), (409, Rejected), (422, Rejected), (200, Rejected)],
)
async def test_the_stores_own_sentence_reaches_the_person(
    status: int, kind: type[PandabaseError], client: PandabaseClient, store: ScriptedStore
):
    store.then(refuses(status, "StoreProductDetails is out of stock", headers={"X-Request-ID": "req_5"}))
    with pytest.raises(kind) as refused:
        await client.create_checkout(PLAN)
    assert str(refused.value.sentence) == "StoreProductDetails is out of stock"
    assert refused.value.request_id == "req_5"
    assert len(store.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_lacking_permission_is_for_the_owner_and_the_log(
    status: int, client: PandabaseClient, store: ScriptedStore
):
    store.then(refuses(status, "Missing scope ORDERS_READ", headers={"X-Request-ID": "req_6"}))
    with pytest.raises(Unauthorized) as refused:
        await client.store()
    assert "ORDERS_READ" not in str(refused.value.sentence)
    assert "ORDERS_READ" in str(refused.value)
    assert "req_6" in str(refused.value)


@pytest.mark.parametrize(
    "script",
    [
        says("<html>hello</html>"),
        says("<html>not here</html>", status=404),
        says("{broken", content_type="application/json"),
        says("\x00", content_type="application/json"),
        says("[]", content_type="application/json"),
        says('{"data": {}}', content_type="application/json"),
        says('{"ok": true}', content_type="application/json"),
        says('{"ok": false}', content_type="application/json", status=400),
        says('{"ok": false, "error": {"code": 5}}', content_type="application/json", status=400),
        says("", status=204),
        says("", status=301),
        answers({}),
        answers(None),
        answers(session(checkout_url=None)),
        answers(session(amount=-1)),
        answers(session(expires_at="tomorrow")),
        answers(session(expires_at=10**20)),
    ],
)
async def test_an_answer_that_is_not_as_documented_is_unreadable_and_not_asked_for_again(
    script: Any, client: PandabaseClient, store: ScriptedStore
):
    store.then(script)
    with pytest.raises(UnreadableAnswer):
        await client.create_checkout(PLAN)
    assert len(store.requests) == 1


async def test_the_log_has_what_support_needs_and_no_link(
    client: PandabaseClient, store: ScriptedStore, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    store.then(answers(session("cs_secret"), status=201, headers={"X-Request-ID": "req_1"}))
    created = await client.create_checkout(PLAN)
    line = next(record for record in caplog.records if record.name == "bot.pandabase").getMessage()
    assert line.startswith(f"POST {CHECKOUTS}: 201 in ")
    assert "req_1" in line
    store.then(answers(session("cs_secret", amount="much"), status=201))
    with pytest.raises(UnreadableAnswer) as unreadable:
        await client.create_checkout(PLAN)
    # What the bot itself writes somewhere; the HTTP libraries' own debug output is switched off in the bot.
    written = caplog.text + repr(created) + str(unreadable.value) + str(unreadable.value.__cause__)
    assert "cs_secret" in repr(created)
    assert "https://pandabase.io" not in written
    assert "https://pay.pandabase.io" not in written


async def test_a_wrong_base_address_says_so_instead_of_guessing(store: ScriptedStore):
    async with PandabaseClient.open(
        STORE_ID, "http://127.0.0.1:1/v2", clock=lambda: datetime.now(UTC)
    ) as client:
        with pytest.raises(Unavailable) as away:
            await client.store()
    assert not away.value.sent
    assert "127.0.0.1:1" in str(away.value)
