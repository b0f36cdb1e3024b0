"""`/shop` while the store is away: at the start, later, and for single products."""

import pytest

from tests.harness.shop import START, Shop, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


AWAY = "The shop is offline right now"


def store_goes_away(shop: Shop) -> None:
    shop.sandbox.fail_next(refuse=True, times=100_000)


async def test_while_nothing_is_known_of_the_store_the_shop_says_so_and_can_be_tried_again(
    shop: Shop,
) -> None:
    store_goes_away(shop)
    shop.database.with_suffix(".catalog").unlink()  # as at the first start
    await shop.restart()
    visitor = await Visitor(shop).open("castle")
    assert visitor.text == f"### ⚠️ `TEST` {AWAY}\nTry again in a few minutes."
    assert visitor.enabled == ["Try again"]

    await visitor.click("Try again")
    assert AWAY in visitor.text
    shop.sandbox.stop_failing()
    await visitor.click("Try again")

    assert visitor.titles == ["Harbour Castle schematic"], "what was searched is not forgotten"


async def test_a_short_outage_is_not_worth_a_word(shop: Shop) -> None:
    store_goes_away(shop)
    await shop.pass_time(minutes=40)

    visitor = await Visitor(shop).open()

    assert AWAY not in visitor.text
    assert len(visitor.titles) == 6


@pytest.mark.own_shop
async def test_a_long_outage_shows_what_is_known_and_how_old_it_is(shop: Shop) -> None:
    store_goes_away(shop)
    await shop.pass_time(minutes=50)

    visitor = await Visitor(shop).open()

    assert len(visitor.titles) == 6
    known = int(START.timestamp())
    assert visitor.text.endswith(f"-# {AWAY}. This is from <t:{known}:R>.")
    shop.sandbox.stop_failing()
    await shop.pass_time(minutes=15)
    again = await Visitor(shop).open()
    assert AWAY not in again.text


async def test_a_product_that_is_known_is_shown_with_its_age(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    seen = int(shop.clock().timestamp())
    store_goes_away(shop)
    await shop.pass_time(minutes=10)

    await visitor.fill_in("Quantity", "2")

    assert "Quantity: **2**, together $49.98" in visitor.text
    assert visitor.text.endswith(f"-# {AWAY}. This is from <t:{seen}:R>.")


async def test_a_product_that_is_not_known_is_not_turned_to_and_the_list_stays(shop: Shop) -> None:
    shop.sandbox.fail_next("GET", "*/products/prd_*", status=503, times=100)
    visitor = await Visitor(shop).open()
    store_goes_away(shop)

    await visitor.choose("product", shop.sandbox.product("skyblock-map").id)

    assert "The store isn't answering." in visitor.answer
    assert "Reference for staff" in visitor.answer
    assert len(visitor.titles) == 6
    await visitor.click("Next")
    assert "2 / 7" in visitor.buttons


async def test_buying_while_the_store_is_away_charges_nothing_and_says_so(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    store_goes_away(shop)

    await visitor.click("Buy for $24.99")

    assert "The store isn't answering. You haven't been charged" in visitor.answer
    assert visitor.enabled[0] == "Buy for $24.99"
    assert shop.dms(shop.alice) == []
    shop.sandbox.stop_failing()
    await visitor.click("Buy for $24.99")
    assert "Pay $24.99" in str(shop.dms(shop.alice)[0].components)


async def test_a_list_waits_only_a_moment_for_its_products(shop: Shop) -> None:
    shop.sandbox.fail_next("GET", "*/products/prd_*", delay=4, times=6)

    visitor = await Visitor(shop).open()

    assert "**$9.99**" in visitor.text
    assert len(visitor.titles) == 6


async def test_an_answer_that_cannot_be_read_counts_as_none(shop: Shop) -> None:
    shop.sandbox.fail_next("GET", "*/products/prd_*", malformed=True, times=100)
    visitor = await Visitor(shop).open()

    await visitor.choose("product", shop.sandbox.product("skyblock-map").id)

    assert "sent an answer we can't read" in visitor.answer
    assert len(visitor.titles) == 6
    assert text_of(visitor.page).startswith("## `TEST` Bamboo Grove")
