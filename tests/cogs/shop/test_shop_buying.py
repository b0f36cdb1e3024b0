"""Buy on a product's page, and what it does when the store no longer has what the page shows."""

import pytest

from tests.harness.shop import Shop, buttons_of, link_of, text_of, walk
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


# --- Buy ----------------------------------------------------------------------------------------------


async def test_buy_sends_the_link_by_dm_says_where_it_is_and_leaves_the_page(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    before = visitor.text

    await visitor.click("Buy for $24.99")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[0]
    assert "We sent it to you as a direct message, too." in visitor.answer
    assert visitor.text == before
    assert visitor.enabled[0] == "Buy for $24.99"
    assert shop.public_messages() == []


async def test_with_closed_dms_the_link_comes_below_the_page(shop: Shop) -> None:
    shop.close_dms()
    visitor = await Visitor(shop).look_at("grove-guard")

    await visitor.click("Buy for $24.99")

    assert link_of(visitor.last.response) == shop.pages[0]
    assert "We couldn't send you a direct message" in visitor.answer


async def test_two_quick_clicks_on_buy_make_one_link(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")

    await visitor.click_twice("Buy for $24.99")

    assert len(shop.bodies) == 1
    assert len(shop.dms(shop.alice)) == 1


async def test_buying_the_same_again_shows_the_link_that_there_is(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    await visitor.click("Buy for $24.99")

    await visitor.click("Buy for $24.99")

    assert "You already have a link for this" in visitor.answer
    assert link_of(visitor.last.response) == shop.pages[0]
    assert len(shop.bodies) == 1


async def test_one_purchase_asks_the_store_for_one_thing(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    asked = len(shop.sandbox.requests)

    await visitor.click("Buy for $24.99")

    assert [request.method for request in shop.sandbox.requests[asked:]] == ["POST"]


# --- what changes while the page is open --------------------------------------------------------------


async def test_a_price_that_changed_long_after_the_page_was_opened_is_shown_before_it_counts(
    shop: Shop,
) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)
    await shop.pass_time(minutes=5)

    await visitor.click("Buy for $24.99")

    assert "The price has changed\nIt was ~~$24.99~~ and is now **$29.99**." in visitor.answer
    assert "You haven't been charged." in visitor.answer
    assert shop.bodies == []
    assert "**$29.99**\n-# Key" in visitor.text
    await visitor.click("Buy for $29.99")
    assert [body["amount"] for body in shop.bodies] == [2999]
    [message] = shop.dms(shop.alice)
    assert "Pay $29.99" in buttons_of(message)


async def test_a_price_that_changed_a_moment_ago_is_noticed_by_the_store_and_asked_about(
    shop: Shop,
) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)

    await visitor.click("Buy for $24.99")

    assert "It was ~~$24.99~~ and is now **$29.99**." in visitor.answer
    assert shop.dms(shop.alice) == []
    assert visitor.enabled[0] == "Buy for $29.99", "the page shows the new price too"
    await shop.alice.click(visitor.last.response, label="Continue for $29.99")
    [message] = shop.dms(shop.alice)
    assert "Pay $29.99" in buttons_of(message)


async def test_the_sum_of_several_is_what_is_compared(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("game-key")
    await visitor.fill_in("Quantity", "2")
    shop.sandbox.set_price("game-key", 1000)
    await shop.pass_time(minutes=2)

    await visitor.click("Buy for $25.98")

    assert "It was ~~$25.98~~ and is now **$20.00**." in visitor.answer
    assert shop.bodies == []


async def test_a_trial_that_ended_meanwhile_is_shown_before_it_counts(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("vip-monthly")
    shop.sandbox.product("vip-monthly").trial_days = None
    await shop.pass_time(minutes=2)

    await visitor.click("Start free trial")

    assert "This page has changed" in visitor.answer
    assert shop.bodies == []
    assert "days free" not in visitor.text
    await visitor.click("Subscribe for $9.99\u00a0/\u00a0month")
    assert len(shop.bodies) == 1


async def test_a_price_that_becomes_the_payers_choice_is_shown_before_it_counts(shop: Shop) -> None:
    product = shop.sandbox.product("soundtrack")
    visitor = await Visitor(shop).look_at("soundtrack")
    product.pricing_model = shop.sandbox.product("grove-guard").pricing_model
    await shop.pass_time(minutes=2)

    await visitor.click("Buy")

    assert "It was ~~you choose the price~~ and is now **$8.00**." in visitor.answer
    assert shop.bodies == []
    assert visitor.enabled[0] == "Buy for $8.00"


async def test_a_click_on_what_the_page_no_longer_shows_buys_nothing(shop: Shop) -> None:
    """The page on screen is older than the bot believes: an edit of it was lost."""
    visitor = await Visitor(shop).look_at("arena-license")
    await visitor.choose("variant", shop.sandbox.variant("arena-license", "Personal").id)
    buy_personal = visitor.buttons["Buy for $19.00"]
    await visitor.choose("variant", shop.sandbox.variant("arena-license", "Network").id)
    message = shop.env.backend.get_message(visitor.page.channel_id, visitor.page.id)
    buy = next(part for part in walk(message.components) if part.get("label") == "Buy for $129.00")
    buy["custom_id"], buy["label"] = buy_personal["custom_id"], "Buy for $19.00"

    await visitor.click("Buy for $19.00")

    assert "This page has changed" in visitor.answer
    assert shop.bodies == []
    assert visitor.enabled[0] == "Buy for $129.00"


async def test_what_sells_out_while_its_page_is_open_says_so_and_the_page_too(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("game-key")
    shop.sandbox.sell_out("game-key")
    await shop.pass_time(minutes=2)

    await visitor.click("Buy for $12.99")

    assert "Bamboo Quest game key is sold out right now." in visitor.answer
    assert "Bamboo Quest game key is sold out right now." in visitor.text
    assert visitor.enabled == ["Tell me when it's back", "Back"]
    assert shop.bodies == []


async def test_what_sold_out_a_moment_ago_is_noticed_by_the_store(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("game-key")
    shop.sandbox.sell_out("game-key")

    await visitor.click("Buy for $12.99")

    assert "Bamboo Quest game key is sold out right now." in visitor.answer
    assert visitor.enabled == ["Tell me when it's back", "Back"]
    assert shop.dms(shop.alice) == []


async def test_a_product_that_vanished_says_so_and_the_page_turns_to_the_list_without_it(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    shop.sandbox.remove_product("grove-guard")
    await shop.pass_time(minutes=2)

    await visitor.click("Buy for $24.99")

    assert "This product is no longer sold." in visitor.answer
    assert visitor.text.startswith("That product is no longer sold.\n## `TEST` Bamboo Grove")
    assert "GroveGuard" not in visitor.titles
    assert shop.bodies == []


async def test_choosing_a_product_that_vanished_shows_the_list_without_it(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    gone = shop.sandbox.remove_product("skyblock-map")
    await shop.pass_time(minutes=2)

    await visitor.choose("product", gone.id)

    assert visitor.text.startswith("That product is no longer sold.\n## `TEST` Bamboo Grove\n-# 37 products")
    assert gone.title not in visitor.titles
    await visitor.click("Next")
    assert "no longer sold" not in visitor.text


async def test_buying_works_all_the_same_when_the_page_can_no_longer_be_changed(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("game-key")
    shop.sandbox.sell_out("game-key")
    await shop.pass_time(minutes=2)
    backend = shop.env.backend
    del backend.messages[visitor.page.channel_id][visitor.page.id]
    stolen = await shop.button_for(shop.alice, visitor.buttons["Buy for $12.99"]["custom_id"])

    clicked = await shop.alice.user.click(stolen, custom_id=visitor.buttons["Buy for $12.99"]["custom_id"])

    assert "sold out" in text_of(clicked.response)
