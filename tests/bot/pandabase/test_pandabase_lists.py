"""Whole lists, and answers that hold more, less or something else than documented."""

import logging
from typing import Any

import pytest
from aiohttp import web

from bot.errors import Unavailable, UnreadableAnswer
from bot.pandabase.client import PAGES_AT_ONCE, PandabaseClient
from bot.pandabase.schemas import FulfilmentMode, StoreBillingInterval, StorePricingModel, StoreProductType
from tests.harness.scripted_store import (
    ScriptedStore,
    answers,
    category,
    data_of,
    page_of,
    product,
    refuses,
    summary,
    variant,
    waits,
)

pytestmark = pytest.mark.specification


def shelf(count: int) -> list[dict[str, Any]]:
    return [summary(f"prd_{number}") for number in range(count)]


def ids(entries: Any) -> list[str]:
    return [entry.id for entry in entries]


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (1050, 11)])
async def test_all_products_come_in_pages_of_a_hundred(
    count: int, requests: int, client: PandabaseClient, store: ScriptedStore
):
    store.products = shelf(count)
    assert ids(await client.all_products()) == [f"prd_{number}" for number in range(count)]
    assert len(store.requests) == requests
    assert {seen.query["limit"] for seen in store.requests} == {"100"}


async def test_few_pages_are_read_at_the_same_time(client: PandabaseClient, store: ScriptedStore):
    store.products = shelf(2000)
    store.always = waits(0.02, store.serve)
    assert len(await client.all_products()) == 2000
    assert store.busiest == PAGES_AT_ONCE


async def test_all_categories_come_whole(client: PandabaseClient, store: ScriptedStore):
    store.categories = [category(f"ctg_{number}") for number in range(250)]
    assert ids(await client.all_categories()) == [f"ctg_{number}" for number in range(250)]


async def test_a_product_that_is_added_while_pages_are_read_is_found_and_none_comes_twice(
    client: PandabaseClient, store: ScriptedStore
):
    store.products = shelf(200)

    async def grows(request: web.Request) -> web.StreamResponse:
        answer = data_of(page_of(request, store.products))
        store.products = [*shelf(200), summary("prd_new")]
        return answer

    store.then(grows)
    assert ids(await client.all_products()) == [*(f"prd_{number}" for number in range(200)), "prd_new"]


async def test_a_product_that_is_removed_while_pages_are_read_hides_no_other(
    client: PandabaseClient, store: ScriptedStore
):
    store.products = shelf(300)

    async def shrinks(request: web.Request) -> web.StreamResponse:
        answer = data_of(page_of(request, store.products))
        store.products = store.products[1:]
        return answer

    store.then(shrinks)
    assert ids(await client.all_products()) == [f"prd_{number}" for number in range(1, 300)]


async def test_a_store_whose_list_never_stands_still_is_read_all_the_same(
    client: PandabaseClient, store: ScriptedStore
):
    store.products = shelf(300)

    async def shrinks(request: web.Request) -> web.StreamResponse:
        answer = data_of(page_of(request, store.products))
        store.products = store.products[:-1]
        return answer

    store.always = shrinks
    assert len(await client.all_products()) > 250
    assert len(store.requests) < 12


async def test_a_store_that_gives_one_page_for_ever_does_not_hold_the_bot_for_ever(
    client: PandabaseClient, store: ScriptedStore
):
    endless = {"page": 1, "limit": 100, "total": 10**9, "totalPages": 10**7}
    store.always = answers({"items": shelf(100), "pagination": endless})
    assert len(await client.all_products()) == 100
    assert len(store.requests) == 1 + PAGES_AT_ONCE


async def test_a_page_that_fails_fails_the_list(client: PandabaseClient, store: ScriptedStore):
    store.products = shelf(500)

    async def fails_on_three(request: web.Request) -> web.StreamResponse:
        return await (refuses(500, "Oops")(request) if request.query["page"] == "3" else store.serve(request))

    store.always = fails_on_three
    with pytest.raises(Unavailable):
        await client.all_products()


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "free"},
        {"price": None},
        {"price": -5},
        {"price": 9.99},
        {"currency": None},
        {"currency": "dollars"},
        {"title": None},
        {"inStock": None},
        {"id": ""},
    ],
    ids=str,
)
async def test_a_product_that_cannot_be_read_is_left_out_and_named_in_the_log(
    wrong: dict[str, Any], client: PandabaseClient, store: ScriptedStore, caplog: pytest.LogCaptureFixture
):
    store.products = [summary("prd_1"), summary("prd_odd") | wrong, summary("prd_3")]
    assert ids(await client.all_products()) == ["prd_1", "prd_3"]
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert (wrong.get("id", "prd_odd")) in warnings[0]
    assert next(iter(wrong)) in warnings[0]


@pytest.mark.parametrize("odd", [None, 5, "prd_9", [], {}])
async def test_an_entry_that_is_no_product_at_all_is_left_out(
    odd: Any, client: PandabaseClient, store: ScriptedStore
):
    store.products = [odd, summary("prd_1")]
    assert ids(await client.all_products()) == ["prd_1"]


async def test_a_list_of_which_nothing_can_be_read_is_not_taken_for_an_empty_one(
    client: PandabaseClient, store: ScriptedStore
):
    store.products = [{"id": f"prd_{number}", "name": "the format changed"} for number in range(3)]
    with pytest.raises(UnreadableAnswer):
        await client.all_products()


async def test_new_fields_and_new_words_of_the_store_break_nothing(
    client: PandabaseClient, store: ScriptedStore
):
    store.details["prd_1"] = product(
        productType="HOLOGRAM",
        pricingModel="AUCTION",
        billingInterval="HOURLY",
        fulfillmentMode="TELEPATHY",
        status="SECRET",
        somethingNew={"a": [1]},
        variants=[variant(somethingNew=1)],
    )
    read = await client.product("prd_1")
    assert (read.product_type, read.pricing_model) == (StoreProductType.UNKNOWN, StorePricingModel.UNKNOWN)
    assert (read.billing_interval, read.fulfilment_mode) == (
        StoreBillingInterval.UNKNOWN,
        FulfilmentMode.UNKNOWN,
    )
    assert ids(read.variants) == ["var_1"]


async def test_what_a_sale_does_not_need_may_be_missing_or_null(
    client: PandabaseClient, store: ScriptedStore
):
    needed = {"id", "title", "price", "inStock", "currency", "productType", "pricingModel"}
    full = product()
    store.details["prd_null"] = {name: full[name] if name in needed else None for name in full}
    store.details["prd_less"] = {name: full[name] for name in needed}
    for product_id in store.details:
        read = await client.product(product_id)
        assert (read.images, read.variants, read.options, read.categories) == ((), (), (), ())
        assert (read.available_from, read.trial_days, read.handle) == (None, None, "")


async def test_a_variant_that_cannot_be_read_is_left_out(client: PandabaseClient, store: ScriptedStore):
    store.details["prd_1"] = product(variants=[variant("var_1", price=None), variant("var_2")])
    assert ids((await client.product("prd_1")).variants) == ["var_2"]


async def test_a_product_of_whose_variants_none_can_be_read_is_not_sold_without_one(
    client: PandabaseClient, store: ScriptedStore
):
    store.details["prd_1"] = product(variants=[variant("var_1", price=None)])
    with pytest.raises(UnreadableAnswer):
        await client.product("prd_1")


async def test_a_time_without_a_zone_is_taken_as_utc(client: PandabaseClient, store: ScriptedStore):
    store.details["prd_1"] = product(availableFrom="2026-06-01T12:00:00")
    read = await client.product("prd_1")
    assert read.available_from is not None
    assert read.available_from.isoformat() == "2026-06-01T12:00:00+00:00"
