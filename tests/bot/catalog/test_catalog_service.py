"""The catalog in memory, over a real client and a store on a socket."""

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.catalog.catalog import MOST_DETAILS, REFRESH_INTERVAL, Catalog
from bot.catalog.refusals import ProductGone
from bot.errors import Unavailable
from tests.harness.clock import Clock
from tests.harness.scripted_store import (
    ScriptedStore,
    category,
    hangs_up,
    product,
    refuses,
    says,
    summary,
    waits,
)

AWAY = refuses(500, "Oops")
NOW = timedelta(0)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "bot.catalog.catalog"]


async def test_a_refresh_brings_the_whole_store(catalog: Catalog, store: ScriptedStore, clock: Clock):
    store.products = [summary(f"prd_{number}", title=f"Plan {number}") for number in range(150)]
    store.categories = [category("ctg_1")]
    assert await catalog.refresh()
    snapshot = catalog.snapshot
    assert snapshot.store is not None
    assert snapshot.store.name == "Panda"
    assert [entry.id for entry in snapshot.products] == [f"prd_{number}" for number in range(150)]
    assert snapshot.by_id["prd_149"].title == "Plan 149"
    assert [entry.id for entry in snapshot.categories] == ["ctg_1"]
    assert snapshot.fetched_at == clock()
    assert [entry.id for entry in await catalog.search("plan 149")] == ["prd_149"]
    matched = (await catalog.match("PLAN 149")).product
    assert matched is not None
    assert matched.id == "prd_149"


async def test_a_store_without_products_is_a_store_all_the_same(catalog: Catalog):
    assert await catalog.refresh()
    assert catalog.snapshot.products == ()
    assert await catalog.search("anything") == []
    assert await catalog.search("") == []
    assert (await catalog.match("anything")).candidates == ()
    assert not catalog.is_stale


async def test_a_store_that_is_away_at_the_start_leaves_an_empty_catalog(
    catalog: Catalog, store: ScriptedStore
):
    store.always = AWAY
    assert not await catalog.refresh()
    assert catalog.snapshot.fetched_at is None
    assert catalog.snapshot.store is None
    assert catalog.age() is None
    assert catalog.is_stale
    assert await catalog.search("plan") == []
    store.always, store.products = None, [summary()]
    assert await catalog.refresh()
    assert not catalog.is_stale


async def test_prices_stay_known_and_show_their_age_while_the_store_is_away(
    catalog: Catalog, store: ScriptedStore, clock: Clock
):
    store.products = [summary()]
    await catalog.refresh()
    before = catalog.snapshot
    store.always = AWAY
    clock.now += REFRESH_INTERVAL
    assert not await catalog.refresh()
    assert catalog.snapshot is before
    assert catalog.age() == REFRESH_INTERVAL
    assert not catalog.is_stale
    clock.now += 2 * REFRESH_INTERVAL
    assert catalog.is_stale
    assert catalog.age() == 3 * REFRESH_INTERVAL


@pytest.mark.parametrize("part", ["products", "categories"])
async def test_half_an_answer_changes_nothing(part: str, catalog: Catalog, store: ScriptedStore):
    store.products = [summary("prd_old")]
    await catalog.refresh()
    store.products = [summary("prd_new")]

    async def lacks(request):
        return await (says("<html>")(request) if request.path.endswith(part) else store.serve(request))

    store.always = lacks
    assert not await catalog.refresh()
    assert list(catalog.snapshot.by_id) == ["prd_old"]


async def test_an_outage_is_logged_when_it_begins_and_when_it_ends(
    catalog: Catalog, store: ScriptedStore, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    for _ in range(2):
        store.always = says("<html>")
        for _ in range(3):
            await catalog.refresh()
        store.always = None
        await catalog.refresh()
        await catalog.refresh()
    said = warnings(caplog)
    assert len(said) == 4
    assert said[:2] == said[2:]
    assert "HTTP 200" in said[0]


async def test_who_refreshes_at_the_same_time_shares_one_read(catalog: Catalog, store: ScriptedStore):
    store.always = waits(0.02, store.serve)
    assert await asyncio.gather(*(catalog.refresh() for _ in range(20))) == [True] * 20
    assert len(store.requests) == 3
    await catalog.refresh()
    assert len(store.requests) == 6


async def test_who_gives_up_waiting_does_not_end_the_read_for_others(catalog: Catalog, store: ScriptedStore):
    store.always = waits(0.05, store.serve)
    impatient = asyncio.create_task(catalog.refresh())
    await asyncio.sleep(0.01)
    patient = asyncio.create_task(catalog.refresh())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient
    assert len(store.requests) == 3


async def test_a_snapshot_that_somebody_holds_does_not_change(catalog: Catalog, store: ScriptedStore):
    store.products = [summary("prd_1")]
    await catalog.refresh()
    held = catalog.snapshot
    store.products = [summary("prd_2")]
    await catalog.refresh()
    assert list(held.by_id) == ["prd_1"]
    assert list(catalog.snapshot.by_id) == ["prd_2"]
    with pytest.raises(TypeError):
        held.by_id["prd_3"] = held.products[0]  # type: ignore[index]


async def test_details_are_asked_for_once_a_minute(catalog: Catalog, store: ScriptedStore, clock: Clock):
    store.details["prd_1"] = product("prd_1", price=500)
    assert (await catalog.details("prd_1")).price == 500
    store.details["prd_1"] = product("prd_1", price=600)
    clock.pass_time(seconds=59)
    assert (await catalog.details("prd_1")).price == 500
    assert catalog.details_age("prd_1") == timedelta(seconds=59)
    clock.pass_time(seconds=1)
    assert (await catalog.details("prd_1")).price == 600
    assert catalog.details_age("prd_1") == NOW
    assert len(store.requests) == 2


async def test_details_can_be_had_fresh(catalog: Catalog, store: ScriptedStore):
    store.details["prd_1"] = product("prd_1", price=500)
    await catalog.details("prd_1")
    store.details["prd_1"] = product("prd_1", price=600)
    assert (await catalog.details("prd_1", max_age=NOW)).price == 600
    store.details["prd_1"] = product("prd_1", price=700)
    catalog.forget("prd_1")
    assert catalog.details_age("prd_1") is None
    assert (await catalog.details("prd_1")).price == 700


async def test_who_asks_for_a_product_at_the_same_time_shares_one_request(
    catalog: Catalog, store: ScriptedStore
):
    store.details = {"prd_1": product("prd_1"), "prd_2": product("prd_2")}
    store.always = waits(0.02, store.serve)
    asked = [catalog.details(f"prd_{1 + number % 2}") for number in range(20)]
    assert {read.id for read in await asyncio.gather(*asked)} == {"prd_1", "prd_2"}
    assert len(store.requests) == 2


async def test_a_known_product_is_shown_with_its_age_while_the_store_is_away(
    catalog: Catalog, store: ScriptedStore, clock: Clock
):
    store.details["prd_1"] = product("prd_1", price=500)
    await catalog.details("prd_1")
    store.always = hangs_up
    clock.pass_time(hours=2)
    assert (await catalog.details("prd_1")).price == 500
    assert catalog.details_age("prd_1") == timedelta(hours=2)


async def test_an_unknown_product_of_a_store_that_is_away_is_no_missing_product(
    catalog: Catalog, store: ScriptedStore
):
    store.always = AWAY
    with pytest.raises(Unavailable):
        await catalog.details("prd_1")


async def test_a_product_that_is_no_longer_sold_is_gone_and_forgotten(
    catalog: Catalog, store: ScriptedStore, clock: Clock
):
    store.products = [summary("prd_1", title="Pro Plan")]
    store.details["prd_1"] = product("prd_1")
    await catalog.refresh()
    await catalog.details("prd_1")
    store.details.clear()
    clock.pass_time(minutes=2)
    with pytest.raises(ProductGone) as gone:
        await catalog.details("prd_1")
    assert gone.value.product == "Pro Plan"
    assert catalog.details_age("prd_1") is None
    # What the store took back isn't shown from memory when the store goes away afterwards.
    store.always = AWAY
    with pytest.raises(Unavailable):
        await catalog.details("prd_1")


async def test_the_products_asked_for_longest_ago_are_forgotten(catalog: Catalog, store: ScriptedStore):
    store.details = {f"prd_{number}": product(f"prd_{number}") for number in range(MOST_DETAILS + 1)}
    for number in range(MOST_DETAILS):
        await catalog.details(f"prd_{number}")
    await catalog.details("prd_0")
    await catalog.details(f"prd_{MOST_DETAILS}")
    assert catalog.details_age("prd_0") is not None
    assert catalog.details_age("prd_1") is None
    assert catalog.details_age("prd_2") is not None


async def test_who_looks_before_the_first_answer_waits_for_it(catalog: Catalog, store: ScriptedStore) -> None:
    store.products, store.always = [summary("prd_1", title="Plan")], waits(0.1, store.serve)

    assert [entry.id for entry in await catalog.search("plan")] == ["prd_1"]


async def test_who_looks_while_the_store_hangs_has_no_choices_within_three_seconds(
    catalog: Catalog, store: ScriptedStore
) -> None:
    store.always = waits(60, store.serve)
    began = asyncio.get_running_loop().time()

    assert await catalog.search("plan") == []

    assert asyncio.get_running_loop().time() - began < 2.9


async def test_looking_does_not_ask_a_store_that_is_away_over_and_over(
    catalog: Catalog, store: ScriptedStore
) -> None:
    store.always = AWAY
    await catalog.refresh()
    asked = len(store.requests)

    for typed in ("p", "pl", "pla"):
        assert await catalog.search(typed) == []

    assert len(store.requests) == asked
