"""A product's variants: chosen from a menu, turned like pages, and found by a part of their name."""

import pytest

from sandbox.models import Product, ProductType
from tests.harness.shop import Shop
from tests.harness.visitor import Visitor, field_of

pytestmark = pytest.mark.kept_shop


HOW = "-# You get a private payment link."


async def test_a_product_of_several_variants_asks_for_one(shop: Shop) -> None:
    shop.sandbox.sell_out("arena-license", variant="Network")
    shop.sandbox.set_stock("arena-license", 2, variant="Commercial")

    visitor = await Visitor(shop).look_at("arena-license")

    assert "**from $19.00**" in visitor.text
    assert visitor.text.endswith("Choose one above.")
    assert {each["label"]: each["description"] for each in visitor.menu("variant")["options"]} == {
        "Personal": "$19.00",
        "Commercial": "$49.00 · only 2 left",
        "Network": "$129.00 · sold out",
    }
    assert visitor.enabled == ["Quantity", "Coupon", "Back"]


async def test_choosing_a_variant_shows_its_price_and_lets_it_be_bought(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("arena-license")
    variant = shop.sandbox.variant("arena-license", "Commercial")

    await visitor.choose("variant", variant.id)

    assert "**$49.00**\n-# Download" in visitor.text
    by_e_mail = "-# The download link is emailed to the address you pay with."
    assert f"License: **Commercial**\n{by_e_mail}\n{HOW}" in visitor.text
    assert visitor.chosen("variant") == ["Commercial"]
    await visitor.click("Buy for $49.00")
    [body] = shop.bodies
    assert (body["items"][0]["variant_id"], body["amount"]) == (variant.id, 4900)


async def test_a_variant_that_is_sold_out_says_so_and_another_can_be_chosen(shop: Shop) -> None:
    shop.sandbox.sell_out("arena-license", variant="Network")
    visitor = await Visitor(shop).look_at("arena-license")

    await visitor.choose("variant", shop.sandbox.variant("arena-license", "Network").id)
    assert "Arena Nine (Network) is sold out" in visitor.text
    assert "-# Download · Sold out" in visitor.text
    assert visitor.buttons["Buy"]["disabled"]

    await visitor.choose("variant", shop.sandbox.variant("arena-license", "Personal").id)
    assert visitor.enabled[0] == "Buy for $19.00"


async def test_the_only_variant_needs_no_choice_and_tells_how_many_are_left(shop: Shop) -> None:
    product = shop.sandbox.product("arena-license")
    del product.variants[1:]
    product.variants[0].stock = 3

    visitor = await Visitor(shop).look_at("arena-license")

    assert "-# Download · Only 3 left" in visitor.text
    assert visitor.enabled[0] == "Buy for $19.00"
    await visitor.click("Buy for $19.00")
    assert shop.bodies[0]["items"][0]["variant_id"] == product.variants[0].id


async def test_a_variant_that_vanishes_while_it_is_chosen_says_so(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("arena-license")
    await visitor.choose("variant", shop.sandbox.variant("arena-license", "Network").id)
    del shop.sandbox.product("arena-license").variants[2]
    await shop.pass_time(minutes=2)

    await visitor.click("Buy for $129.00")

    assert "Arena Nine doesn't come in that variant. Choose Personal or Commercial." in visitor.answer
    assert "Arena Nine doesn't come in that variant" in visitor.text
    assert list(visitor.options("variant")) == ["Personal", "Commercial"]
    assert shop.bodies == []


def make_digital(shop: Shop) -> Product:
    """The shirt in 30 variants, as something that can be bought here."""
    shirt = shop.sandbox.product("grove-shirt")
    shirt.product_type = ProductType.DIGITAL_DOWNLOAD
    assert len(shirt.variants) == 30
    return shirt


async def test_more_variants_than_a_menu_holds_are_turned_like_pages(shop: Shop) -> None:
    shirt = make_digital(shop)
    visitor = await Visitor(shop).look_at("grove-shirt")
    first = visitor.options("variant")
    assert len(first) == 25

    await visitor.choose("variant", first["More…"])
    second = visitor.options("variant")

    titles = [title for title in (*first, *second) if title != "More…"]
    assert titles == [variant.title for variant in shirt.variants]
    await visitor.choose("variant", second["More…"])
    assert visitor.options("variant") == first, "after the last page comes the first"


async def test_a_variant_of_the_menus_second_page_stays_chosen_and_named(shop: Shop) -> None:
    shirt = make_digital(shop)
    visitor = await Visitor(shop).look_at("grove-shirt")
    await visitor.choose("variant", visitor.options("variant")["More…"])

    await visitor.choose("variant", shirt.variants[-2].id)

    assert visitor.chosen("variant") == ["XXL / Rust"]
    assert "Size / Colour: **XXL / Rust**" in visitor.text
    assert "-# Download · Only 5 left" in visitor.text
    await visitor.choose("variant", visitor.options("variant")["More…"])
    assert visitor.chosen("variant") == []
    assert "Size / Colour: **XXL / Rust**" in visitor.text
    await visitor.click("Buy for $28.00")
    assert shop.bodies[0]["items"][0]["variant_id"] == shirt.variants[-2].id


async def test_a_variant_is_found_by_a_part_of_its_name_whatever_the_case(shop: Shop) -> None:
    make_digital(shop)
    visitor = await Visitor(shop).look_at("grove-shirt")

    await visitor.fill_in("Find an option", " xxl / R ")

    assert list(visitor.options("variant")) == ["XXL / Rust"]
    await visitor.click("Find an option")
    assert field_of(visitor.last)["value"] == "xxl / R"
    await visitor.send(visitor.last, "")
    assert len(visitor.options("variant")) == 25


async def test_a_search_that_fits_no_variant_says_so_and_offers_all(shop: Shop) -> None:
    make_digital(shop)
    visitor = await Visitor(shop).look_at("grove-shirt")

    await visitor.fill_in("Find an option", "*plaid*")

    assert "Nothing matches “\\*plaid\\*”. Here they all are." in visitor.text
    assert len(visitor.options("variant")) == 25
    await visitor.choose("variant", visitor.options("variant")["XS / Rust"])
    assert "Nothing matches" not in visitor.text


async def test_searching_begins_at_the_first_page_of_what_was_found(shop: Shop) -> None:
    make_digital(shop)
    visitor = await Visitor(shop).look_at("grove-shirt")
    await visitor.choose("variant", visitor.options("variant")["More…"])

    await visitor.fill_in("Find an option", "bamboo")

    assert list(visitor.options("variant")) == [
        f"{size} / Bamboo" for size in ("XS", "S", "M", "L", "XL", "XXL")
    ]


async def test_few_variants_need_no_search(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("arena-license")

    assert "Find an option" not in visitor.buttons


async def test_variants_may_have_any_title(shop: Shop) -> None:
    personal, commercial, network = shop.sandbox.product("arena-license").variants
    personal.title, commercial.title, network.title = "  ", "two\nlines", "x" * 500

    visitor = await Visitor(shop).look_at("arena-license")

    labels = list(visitor.options("variant"))
    assert labels[:2] == ["Untitled", "two lines"]
    assert len(labels[2]) == 100
