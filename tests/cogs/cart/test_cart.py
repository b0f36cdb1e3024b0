"""Several things in one cart: put together, changed, priced anew, and checked out with one link."""

import pytest

from tests.harness.shop import Shop, buttons_of, link_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


TEN = (
    "skyblock-map",
    "castle-schematic",
    "lobby-pack",
    "grove-guard",
    "supporter-badge",
    "game-key",
    "emote-pack",
    "cyrillic-textures",
    "emoji-bundle",
    "markdown-shader",
)


async def with_things(shop: Shop, *handles: str) -> Visitor:
    """Alice has put these into her cart, and looks at it."""
    for handle in handles:
        await put(shop, handle)
    return await Visitor(shop).open_cart()


async def put(shop: Shop, handle: str) -> str:
    """Returns what was said."""
    visitor = await Visitor(shop).look_at(handle)
    return (await visitor.click("Add to cart")).answer


# --- what goes in -------------------------------------------------------------------------------------


async def test_what_is_added_is_said_and_stands_in_the_cart_with_the_total(shop: Shop) -> None:
    said = await put(shop, "grove-guard")
    assert "Added to your cart\n**GroveGuard**: $24.99\n-# 1 product in your cart." in said

    cart = await with_things(shop, "game-key")

    assert "**GroveGuard**: $24.99\n**Bamboo Quest game key**: $12.99\nTotal: **$37.98**" in cart.text
    assert cart.enabled == [
        "Change",
        "Check out for $37.98",
        "Coupon",
        "Empty cart",
        "Open the shop",
    ]
    assert shop.bodies == []


async def test_an_empty_cart_says_what_to_do_and_leads_to_the_shop(shop: Shop) -> None:
    cart = await Visitor(shop).open_cart()

    assert "Your cart is empty" in cart.text
    await cart.click("Open the shop")
    assert "VIP membership" in cart.answer


async def test_the_button_below_what_was_added_opens_the_cart(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    await visitor.click("Add to cart")

    opened = await shop.alice.click(visitor.last.response, label="Open cart")

    assert "Your cart\n**GroveGuard**: $24.99" in text_of(opened.response)


async def test_the_same_once_more_is_one_line_and_no_more_than_a_customer_may_have(shop: Shop) -> None:
    cart = await with_things(shop, "game-key", "game-key")

    assert "2 × **Bamboo Quest game key**: $25.98" in cart.text
    assert "limited to 2 per customer" in await put(shop, "game-key")


@pytest.mark.parametrize("alone", ["vip-monthly", "soundtrack"])
async def test_what_is_bought_by_itself_says_so_beside_anything_else(shop: Shop, alone: str) -> None:
    title = shop.sandbox.product(alone).title
    await put(shop, "grove-guard")
    assert f"Buy {title} on its own" in await put(shop, alone)
    cart = await Visitor(shop).open_cart()
    assert title not in cart.text

    await cart.click("Empty cart")
    await put(shop, alone)
    assert f"Buy {title} on its own" in await put(shop, "grove-guard")
    cart = await Visitor(shop).open_cart()
    # What is due today is nothing, or not known yet.
    assert "Total" not in cart.text
    assert "Check out" in cart.enabled
    [buy] = [label for label in cart.enabled if label.startswith("Check out")]
    await cart.click(buy)

    assert [len(body["items"]) for body in shop.bodies] == [1]


async def test_ten_things_are_one_link_and_an_eleventh_is_refused(shop: Shop) -> None:
    cart = await with_things(shop, *TEN)
    assert "one payment link takes 10 products" in await put(shop, "custom-build")
    [buy] = [label for label in cart.enabled if label.startswith("Check out for")]

    await cart.click(buy)

    [body] = shop.bodies
    sold = [shop.sandbox.product(handle) for handle in TEN]
    assert sorted(item["product_id"] for item in body["items"]) == sorted(each.id for each in sold)
    assert body["amount"] == sum(each.price for each in sold)
    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[0]


async def test_nobody_sees_what_somebody_else_has_put_in(shop: Shop) -> None:
    await put(shop, "grove-guard")
    bob = Visitor(shop, shop.member("bob"))

    await bob.open_cart()

    assert "Your cart is empty" in bob.text


# --- what is changed ----------------------------------------------------------------------------------


async def test_quantities_are_typed_and_none_removes_the_line(shop: Shop) -> None:
    cart = await with_things(shop, "grove-guard", "emote-pack")

    await cart.fill_in("Change", "3")
    assert "3 × **GroveGuard**: $74.97" in cart.text
    assert "Check out for $78.47" in cart.enabled

    await cart.fill_in("Change", "0")
    assert "GroveGuard" not in cart.text
    assert "Check out for $3.50" in cart.enabled


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("two", "“two” isn't a quantity"),
        ("2x", "“2x” isn't a quantity"),
        ("3", "limited to 2 per customer"),
    ],
)
async def test_a_quantity_that_cant_be_is_refused_and_nothing_changes(
    shop: Shop, typed: str, said: str
) -> None:
    cart = await with_things(shop, "game-key")

    await cart.fill_in("Change", typed)

    assert said in cart.answer
    assert "**Bamboo Quest game key**: $12.99" in (await Visitor(shop).open_cart()).text


async def test_what_there_can_be_one_of_is_removed_by_its_button(shop: Shop) -> None:
    cart = await with_things(shop, "founder-rank", "emote-pack")

    await cart.click("Remove")

    assert "Founder" not in cart.text
    assert "Check out for $3.50" in cart.enabled


async def test_the_cart_is_emptied_by_a_button(shop: Shop) -> None:
    cart = await with_things(shop, "grove-guard", "emote-pack")

    await cart.click("Empty cart")

    assert "Your cart is empty" in cart.text
    assert shop.rows("SELECT * FROM carts") == []


async def test_a_button_of_a_line_that_is_gone_says_so(shop: Shop) -> None:
    before = await with_things(shop, "grove-guard", "emote-pack")
    form = (await before.click("Change")).last
    await (await Visitor(shop).open_cart()).click("Empty cart")

    await before.send(form, "2")

    assert "That's no longer in your cart" in before.answer


async def test_cheap_things_may_come_to_the_minimum_together(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("single-sticker")
    await visitor.fill_in("Quantity", "3")
    await visitor.click("Add to cart")
    cart = await Visitor(shop).open_cart()

    await cart.fill_in("Change", "1")
    assert "That's $0.49, and the minimum is $1.00" in cart.text
    assert not any(label.startswith("Check out") for label in cart.enabled)

    await put(shop, "emote-pack")
    cart = await Visitor(shop).open_cart()
    await cart.click("Check out for $3.99")
    [message] = shop.dms(shop.alice)
    assert "Pay $3.99" in buttons_of(message)
    await shop.pass_time(hours=7)
    await shop.alice.user.click(message, label="Get a new link")
    assert [body["amount"] for body in shop.bodies] == [399, 399]


async def test_more_than_a_payment_link_can_ask_for_is_said(shop: Shop) -> None:
    cart = await with_things(shop, "lobby-pack")
    await cart.fill_in("Change", "344")
    assert "Check out for $9,976.00" in cart.enabled
    await put(shop, "custom-build")

    cart = await Visitor(shop).open_cart()

    assert "the maximum is $10,000.00. Remove something" in cart.text
    assert not any(label.startswith("Check out") for label in cart.enabled)


# --- what is new when it is shown ---------------------------------------------------------------------


async def test_a_price_that_changed_is_said_once_and_counts(shop: Shop) -> None:
    await with_things(shop, "grove-guard", "emote-pack")
    shop.sandbox.set_price("grove-guard", 2999)
    await shop.pass_time(minutes=2)

    cart = await Visitor(shop).open_cart()

    assert "The price has changed: it was ~~$24.99~~ each and is now $29.99." in cart.text
    assert "Check out for $33.49" in cart.enabled
    assert "has changed" not in (await Visitor(shop).open_cart()).text


async def test_a_price_that_changes_under_the_page_is_shown_before_it_counts(shop: Shop) -> None:
    cart = await with_things(shop, "grove-guard", "emote-pack")
    shop.sandbox.set_price("grove-guard", 2999)
    await shop.pass_time(minutes=2)

    await cart.click("Check out for $28.49")

    assert "Your cart has changed. You haven't been charged." in cart.text
    assert shop.bodies == []
    await cart.click("Check out for $33.49")
    assert [body["amount"] for body in shop.bodies] == [3349]


async def test_a_price_that_changed_a_moment_ago_is_noticed_by_the_store_and_asked_about(
    shop: Shop,
) -> None:
    cart = await with_things(shop, "grove-guard", "emote-pack")
    shop.sandbox.set_price("grove-guard", 2999)

    await cart.click("Check out for $28.49")
    assert "It was ~~$28.49~~ and is now **$33.49**." in cart.text
    assert "GroveGuard" in (await Visitor(shop).open_cart()).text, "there is no link yet"

    await cart.click("Continue for $33.49")
    [message] = shop.dms(shop.alice)
    assert "Pay $33.49" in buttons_of(message)
    assert "Your cart is empty" in (await Visitor(shop).open_cart()).text


@pytest.mark.parametrize(
    ("happens", "said"),
    [("remove_product", "This product is no longer sold"), ("sell_out", "GroveGuard is sold out right now")],
)
async def test_what_can_no_longer_be_bought_stays_and_says_why_until_it_is_removed(
    shop: Shop, happens: str, said: str
) -> None:
    await with_things(shop, "grove-guard", "emote-pack")
    getattr(shop.sandbox, happens)("grove-guard")
    await shop.pass_time(minutes=2)

    cart = await Visitor(shop).open_cart()

    assert said in cart.text
    assert "Remove what can't be bought to check out." in cart.text
    assert "private payment link" not in cart.text
    assert "Check out for $3.50" not in cart.enabled
    await cart.click("Remove")
    assert "Check out for $3.50" in cart.enabled
    assert "You get one private payment link" in cart.text


async def test_what_went_away_under_the_page_buys_nothing(shop: Shop) -> None:
    cart = await with_things(shop, "grove-guard", "emote-pack")
    shop.sandbox.remove_product("grove-guard")
    await shop.pass_time(minutes=2)

    await cart.click("Check out for $28.49")

    assert "This product is no longer sold" in cart.text
    assert shop.bodies == []


async def test_variants_of_one_product_count_together(shop: Shop) -> None:
    product = shop.sandbox.product("arena-license")
    for variant in product.variants[:2]:
        visitor = await Visitor(shop).look_at("arena-license")
        await visitor.choose("variant", variant.id)
        await visitor.click("Add to cart")
    product.max_per_customer = 1
    await shop.pass_time(minutes=2)

    cart = await Visitor(shop).open_cart()

    assert "limited to 1 per customer" in cart.text
    assert not any(label.startswith("Check out") for label in cart.enabled)


# --- the coupon ---------------------------------------------------------------------------------------


async def test_the_coupon_is_for_all_of_it(shop: Shop) -> None:
    cart = await with_things(shop, "grove-guard", "emote-pack")
    await cart.fill_in("Coupon", "WELCOME10")
    assert "Coupon: `WELCOME10` (checked when you check out)" in cart.text

    await cart.click("Check out for $28.49")

    assert [body["coupon_code"] for body in shop.bodies] == ["WELCOME10"]
    [message] = shop.dms(shop.alice)
    assert "Coupon `WELCOME10`: −$2.85\nTotal: **$25.64**" in text_of(message)


async def test_a_coupon_typed_on_a_products_page_goes_along(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    await visitor.fill_in("Coupon", "WELCOME10")
    await visitor.click("Add to cart")

    assert "Coupon: `WELCOME10`" in (await Visitor(shop).open_cart()).text


async def test_a_coupon_that_is_refused_is_left_out_and_the_cart_is_empty_then(shop: Shop) -> None:
    cart = await with_things(shop, "grove-guard", "emote-pack")
    await cart.fill_in("Coupon", "NONE")
    await cart.click("Check out for $28.49")
    assert "That coupon doesn't work" in cart.text

    await cart.click("Continue without a coupon")

    [message] = shop.dms(shop.alice)
    assert "Pay $28.49" in buttons_of(message)
    assert "Your cart is empty" in (await Visitor(shop).open_cart()).text
