"""What is typed on a product's page: quantity and coupon."""

import pytest

from tests.harness.shop import Shop, buttons_of
from tests.harness.visitor import Visitor, field_of

HOW = "-# You get a private payment link."


async def test_a_quantity_is_shown_with_what_it_comes_to_and_bought(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("game-key")

    await visitor.fill_in("Quantity", " 2 ")

    assert f"Quantity: **2**, together $25.98\n{HOW}" in visitor.text
    await visitor.click("Buy for $25.98")
    [body] = shared_shop.bodies
    assert (body["items"][0]["quantity"], body["amount"]) == (2, 2598)


async def test_several_of_what_has_no_price_are_not_said_to_cost_anything(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("soundtrack")

    await visitor.fill_in("Quantity", "2")

    by_e_mail = "-# The download link is emailed to the address you pay with."
    assert f"Quantity: **2**\n{by_e_mail}\n{HOW[:-1]}, and choose the price at checkout." in visitor.text
    await visitor.click("Buy")
    [body] = shared_shop.bodies
    assert body["items"][0]["quantity"] == 2
    assert "amount" not in body


async def test_more_than_may_be_had_says_so_on_the_page_and_can_be_mended(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("game-key")

    await visitor.fill_in("Quantity", "3")
    assert "Bamboo Quest game key is limited to 2 per customer. Choose 2 or fewer." in visitor.text
    assert visitor.buttons["Buy"]["disabled"]
    await visitor.click("Quantity")
    assert field_of(visitor.last)["value"] == "3"

    await visitor.send(visitor.last, "2")
    assert visitor.enabled[0] == "Buy for $25.98"


async def test_a_quantity_of_none_says_how_many_there_can_be(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("grove-guard")

    await visitor.fill_in("Quantity", "0")

    assert "You can buy 1 to 999 of GroveGuard at a time." in visitor.text


@pytest.mark.parametrize("typed", ["two", "-1", "1.5", "1e2", "²", "٣"])
async def test_what_is_no_number_is_told_so_on_the_page_once_and_only_until_the_next_step(
    shared_shop: Shop, typed: str
) -> None:
    visitor = await Visitor(shared_shop).look_at("grove-guard")

    await visitor.fill_in("Quantity", typed)
    await visitor.fill_in("Quantity", typed)

    assert visitor.text.count("isn't a quantity. Type a whole number, like 2.") == 1
    assert visitor.answer == ""
    assert visitor.enabled[0] == "Buy for $24.99"
    await visitor.fill_in("Quantity", "2")
    assert "isn't a quantity" not in visitor.text


async def test_a_quantity_cannot_be_typed_longer_than_any_there_is(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("grove-guard")

    await visitor.click("Quantity")

    assert field_of(visitor.last)["max_length"] == len("999")
    assert field_of(visitor.last)["value"] == "1"


async def test_a_coupon_is_shown_on_the_page_and_used(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("grove-guard")

    await visitor.fill_in("Coupon", " WELCOME10 ")

    assert f"Coupon: `WELCOME10` (checked when you buy)\n{HOW}" in visitor.text
    await visitor.click("Buy for $24.99")
    [message] = shared_shop.dms(shared_shop.alice)
    assert "Pay $22.49" in buttons_of(message)
    assert shared_shop.bodies[0]["coupon_code"] == "WELCOME10"


async def test_a_coupon_can_be_changed_and_taken_away(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("grove-guard")
    await visitor.fill_in("Coupon", "FIRST")
    await visitor.click("Change coupon")
    assert field_of(visitor.last)["value"] == "FIRST"

    await visitor.send(visitor.last, "")

    assert "Coupon:" not in visitor.text
    await visitor.click("Buy for $24.99")
    assert "coupon_code" not in shared_shop.bodies[0]


async def test_a_coupon_is_shown_harmlessly(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("grove-guard")

    await visitor.fill_in("Coupon", "`**x**` @everyone")

    assert "Coupon: `'**x**' @everyone`" in visitor.text


async def test_a_coupon_that_the_store_refuses_leaves_the_page_and_a_way_on(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("grove-guard")
    await visitor.fill_in("Coupon", "NONSENSE")

    await visitor.click("Buy for $24.99")

    assert "That coupon doesn't work" in visitor.answer
    assert "Continue without a coupon" in buttons_of(visitor.last.response)
    assert visitor.enabled[0] == "Buy for $24.99"
    assert shared_shop.dms(shared_shop.alice) == []


async def test_what_was_chosen_for_one_product_is_not_carried_to_the_next(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("key")
    await visitor.choose("product", shared_shop.sandbox.product("game-key").id)
    await visitor.fill_in("Quantity", "2")
    await visitor.fill_in("Coupon", "WELCOME10")
    await visitor.click("Back")

    await visitor.choose("product", shared_shop.sandbox.product("game-key").id)

    assert visitor.enabled[0] == "Buy for $12.99"
    assert "Coupon:" not in visitor.text
