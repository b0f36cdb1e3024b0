from datetime import UTC, datetime

import pytest

from sandbox import Sandbox, generate_products
from tests.harness.clock import Clock
from tests.openapi import needs_the_files, specification
from tests.sandbox.calling import START, Caller

pytestmark = pytest.mark.specification


async def test_the_store_introduces_itself(api: Caller):
    store = (await api.get()).data
    assert (store["name"], store["accentColor"]) == ("Bamboo Grove", "#2f9e5b")
    assert store["supportEmail"]
    assert store["logo"].startswith(api.sandbox.url)


async def test_an_unknown_store_is_not_found(api: Caller):
    answer = await api.call("GET", "/storefront/stores/shp_someoneelse0000")
    assert (answer.status, answer.error) == (404, "The store was not found.")


@needs_the_files
async def test_every_product_is_described_as_documented_and_with_nothing_else(api: Caller):
    storefront = specification("storefront")
    listed = (await api.get("/products", limit=100)).data["items"]
    assert len(listed) == len(api.sandbox.products) >= 30
    for each in listed:
        assert storefront.body_errors("StorefrontProductListItem", each) == []
        product = (await api.get(f"/products/{each['id']}")).data
        assert storefront.body_errors("StorefrontProduct", product) == []


@needs_the_files
async def test_the_store_and_its_categories_are_described_with_nothing_undocumented(api: Caller):
    storefront = specification("storefront")
    assert storefront.body_errors("Storefront", (await api.get()).data) == []
    for each in (await api.get("/categories")).data["items"]:
        assert storefront.body_errors("StorefrontCategoryListItem", each) == []
        category = (await api.get(f"/categories/{each['id']}")).data
        assert storefront.body_errors("StorefrontCategory", category) == []


async def test_the_catalog_holds_what_is_hard_to_show_or_to_sell(sandbox: Sandbox):
    products = list(sandbox.products.values())
    assert {product.product_type for product in products} == set(type(products[0].product_type))
    assert {"EUR", "GBP", "JPY", "KWD", "USD"} <= {product.currency for product in products}
    assert max(len(product.title) for product in products) == 255
    assert max(len(product.variants) for product in products) > 25
    assert min(product.price for product in products if product.price) < 100
    assert max(product.price for product in products) > 1_000_000
    assert any("@everyone" in product.title for product in products)
    assert any(product.trial_days == 7 and product.billing_interval == "MONTHLY" for product in products)
    assert any(product.variants and not product.in_stock for product in products)
    assert any(product.available_from and product.available_from > START for product in products)
    assert any(product.available_until and product.available_until < START for product in products)


async def test_lists_are_cut_into_pages_that_hold_every_product_once(api: Caller):
    pages = [(await api.get("/products", page=page, limit=15)).data for page in (1, 2, 3, 4)]
    total = len(api.sandbox.products)
    assert pages[0]["pagination"] == {"page": 1, "limit": 15, "total": total, "totalPages": 3}
    assert {each["id"] for page in pages for each in page["items"]} == set(api.sandbox.products)
    assert [len(page["items"]) for page in pages] == [15, 15, total - 30, 0]


async def test_a_list_without_wishes_holds_the_25_newest_first(api: Caller):
    page = (await api.get("/products")).data
    newest = max(api.sandbox.products.values(), key=lambda product: product.created_at)
    assert page["pagination"]["limit"] == len(page["items"]) == 25
    assert page["items"][0]["id"] == newest.id


@pytest.mark.parametrize(("order", "descending"), [("asc", False), ("desc", True)])
async def test_products_are_sorted_by_price_either_way(api: Caller, order: str, *, descending: bool):
    page = (await api.get("/products", limit=100, sortBy="price", sortOrder=order)).data
    prices = [each["price"] for each in page["items"]]
    assert prices == sorted(prices, reverse=descending)


async def test_products_are_found_by_words_of_the_title_in_any_case(api: Caller):
    found = (await api.get("/products", search="castle HARBOUR")).data["items"]
    assert [each["handle"] for each in found] == ["castle-schematic"]


async def test_products_are_filtered_by_type_pricing_and_category(api: Caller):
    subscriptions = (await api.get("/products", productType="SUBSCRIPTION")).data["items"]
    assert {each["handle"] for each in subscriptions} == {"vip-monthly", "vip-yearly", "sprout-weekly"}
    free = (await api.get("/products", pricingModel="FREE")).data["items"]
    assert [each["handle"] for each in free] == ["wallpapers"]
    merch = next(each for each in api.sandbox.store.categories.values() if each.slug == "merch")
    found = (await api.get("/products", categoryId=merch.id)).data["items"]
    assert {each["productType"] for each in found} == {"PHYSICAL"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": 101}, "limit"),
        ({"page": 0}, "page"),
        ({"sortBy": "popularity"}, "sortBy"),
        ({"sortOrder": "up"}, "sortOrder"),
        ({"productType": "GIFT"}, "productType"),
    ],
)
async def test_a_query_outside_the_documented_values_is_refused(api: Caller, query, named):
    path = f"{api.sandbox.base_url}/storefront/stores/{api.sandbox.store_id}/products"
    async with api.http.get(path, params=query) as response:
        assert response.status == 400
        assert f"The parameter {named} is not valid" in (await response.json())["error"]


async def test_categories_are_filtered_by_featured_and_parent(api: Caller):
    featured = (await api.get("/categories", featured="true")).data["items"]
    assert {each["slug"] for each in featured} == {"memberships", "digital"}
    digital = next(each for each in featured if each["slug"] == "digital")
    children = (await api.get("/categories", parentId=digital["id"])).data["items"]
    assert {each["slug"] for each in children} == {"builds", "plugins", "art"}
    shown = (await api.get(f"/categories/{digital['id']}")).data
    assert {each["id"] for each in shown["children"]} == {each["id"] for each in children}


async def test_one_category_is_empty(api: Caller):
    listed = (await api.get("/categories")).data["items"]
    seasonal = next(each for each in listed if each["slug"] == "seasonal")
    assert (await api.get(f"/categories/{seasonal['id']}")).data["products"] == []


async def test_what_is_not_there_is_not_found(api: Caller):
    assert (await api.get("/products/prd_000000000000")).status == 404
    assert (await api.get("/categories/ctg_000000000000")).status == 404


async def test_the_owner_changes_the_catalog_while_it_is_served(api: Caller):
    sandbox = api.sandbox
    sandbox.set_price("castle-schematic", 899)
    sandbox.sell_out("emote-pack")
    sandbox.sell_out("panda-hoodie", variant="S")
    removed = sandbox.remove_product("enamel-pin")

    assert (await api.get(f"/products/{sandbox.product('castle-schematic').id}")).data["price"] == 899
    assert (await api.get(f"/products/{sandbox.product('emote-pack').id}")).data["inStock"] is False
    hoodie = (await api.get(f"/products/{sandbox.product('panda-hoodie').id}")).data
    assert {each["title"]: each["inStock"] for each in hoodie["variants"]} == {
        "S": False,
        "M": False,
        "L": True,
    }
    assert hoodie["inStock"] is True
    assert (await api.get(f"/products/{removed.id}")).status == 404


async def test_a_products_price_follows_its_cheapest_variant(api: Caller):
    api.sandbox.set_price("economy-plus", 1500, variant="Lifetime")
    economy = (await api.get(f"/products/{api.sandbox.product('economy-plus').id}")).data
    assert economy["price"] == 1500


async def test_ids_stay_the_same_from_start_to_start(sandbox: Sandbox):
    async with Sandbox.running(clock=lambda: datetime(2027, 1, 1, tzinfo=UTC)) as later:
        assert set(later.products) == set(sandbox.products)
        assert later.store_id == sandbox.store_id


async def test_a_generated_catalog_takes_the_place_of_the_written_one(http, clock: Clock):
    products = generate_products(1_234, clock())
    async with Sandbox.running(clock=clock, products=products) as sandbox:
        api = Caller(sandbox, http)
        last = (await api.get("/products", page=13, limit=100)).data
        assert last["pagination"]["total"] == 1_234
        assert len(last["items"]) == 34
        assert len({product.title for product in products}) == 1_234
        assert (await api.checkout({"product_id": last["items"][0]["id"], "quantity": 1})).status == 201
