"""A product's page: what it says, and its pictures."""

from datetime import timedelta

import pytest

from tests.harness.shop import START, Shop, walk
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


IN_TWO_WEEKS = int((START + timedelta(days=14)).timestamp())
HOW = "-# You get a private payment link."
BUTTON, GALLERY = 2, 12


# --- what it says -------------------------------------------------------------------------------------


async def test_a_page_shows_picture_title_price_kind_and_description(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("skyblock-map")

    lines = visitor.text.splitlines()
    assert lines[:4] == [
        "## `TEST` Skyblock Atoll",
        "Map, 512 × 512",
        "~~$24.99~~ **$14.99**",
        "-# Download",
    ]
    assert lines[-1] == HOW
    product = shared_shop.sandbox.product("skyblock-map")
    assert visitor.pictures == [f"{shared_shop.sandbox.url}/pictures/{product.id}.png"]
    assert visitor.enabled == [
        "Buy for $14.99", "Add to cart", "Quantity", "Coupon", "Tell me if the price drops", "Back"
    ]  # fmt: skip


@pytest.mark.settings(pandabase={"web_store_url": "https://grove.example/shop"})
async def test_what_cannot_be_bought_here_leads_to_the_web_store_where_there_is_one(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("enamel-pin")
    assert visitor.buttons["Open the web store"]["url"] == "https://grove.example/shop"

    sold = await Visitor(shop).look_at("grove-guard")
    assert "Open the web store" not in sold.buttons


async def test_a_description_is_formatted_as_its_owner_wrote_it(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("skyblock-map")

    assert "\n### Skyblock Atoll\n" in visitor.text
    assert "\n1. Unpack the archive into `worlds/`\n" in visitor.text
    assert "\n> Tested with 60 players at once.\n" in visitor.text


async def test_a_description_leads_nowhere_and_pings_nobody(shop: Shop) -> None:
    shop.sandbox.product(
        "grove-guard"
    ).description = "**Free** at [here](https://evil.example) <@1> @everyone"

    visitor = await Visitor(shop).look_at("grove-guard")

    assert r"**Free** at \[here\](https\://evil.example) \<@" in visitor.text
    assert "@everyone" not in visitor.text


async def test_a_long_description_is_cut_at_a_word_and_read_on_where_it_is(shop: Shop) -> None:
    shop.sandbox.product("grove-guard").description = "bamboo " * 200

    visitor = await Visitor(shop).look_at("grove-guard")

    [beginning] = [line for line in visitor.text.splitlines() if line.startswith("bamboo")]
    assert len(beginning) <= 500
    assert beginning.endswith("bamboo…")
    await visitor.click("Read more")
    [whole] = [line for line in visitor.text.splitlines() if line.startswith("bamboo")]
    assert whole.count("bamboo") == 200
    await visitor.click("Show less")
    assert beginning in visitor.text.splitlines()


async def test_a_description_of_many_lines_leaves_the_title_in_view(shop: Shop) -> None:
    shop.sandbox.product("grove-guard").description = "\n".join(f"- line {number}" for number in range(30))

    visitor = await Visitor(shop).look_at("grove-guard")

    assert sum("- line" in line for line in visitor.text.splitlines()) == 9
    assert "Read more" in visitor.buttons


@pytest.mark.parametrize("description", [None, "", " \n\t "])
async def test_a_product_without_a_description_has_none_on_its_page(
    shop: Shop, description: str | None
) -> None:
    shop.sandbox.product("grove-guard").description = description

    visitor = await Visitor(shop).look_at("grove-guard")

    assert visitor.text.endswith(f"-# Key\n{HOW}")


async def test_a_subscription_says_how_often_and_what_is_free(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("vip-monthly")

    assert (
        "7 days free, then **$9.99**\u00a0/\u00a0month\n-# Subscription · Limit 1 per customer"
        in visitor.text
    )
    assert visitor.enabled[0] == "Start free trial"
    assert "Quantity" not in visitor.buttons


async def test_a_product_whose_payer_picks_the_price_says_from_where_on(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).look_at("soundtrack")

    assert "**You choose the price**, from $3.00" in visitor.text
    assert visitor.text.endswith(f"{HOW[:-1]}, and choose the price at checkout.")
    assert visitor.enabled[0] == "Buy"


@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        ("beta-key", "Closed beta key is sold out right now."),
        ("enamel-pin", "Enamel pin has to be shipped"),
        ("coaching", "Coaching hour is priced in EUR, but this shop sells in USD"),
        ("japanese-artbook", "is priced in JPY"),
        ("lantern-pass", f"goes on sale <t:{IN_TWO_WEEKS}:f>"),
        ("spring-bundle", "Spring bundle was sold until"),
        ("cap", "Grove cap has to be shipped"),
        ("server-suite", "the maximum is $10,000.00"),
    ],
)
async def test_what_cannot_be_bought_says_why_on_the_page_and_asks_for_nothing(
    shared_shop: Shop, handle: str, reason: str
) -> None:
    visitor = await Visitor(shared_shop).look_at(handle)

    assert reason in visitor.text
    assert visitor.enabled == (["Tell me when it's back", "Back"] if handle == "beta-key" else ["Back"])
    assert visitor.buttons["Buy"]["disabled"]


async def test_what_costs_too_little_says_how_many_make_it_enough_and_lets_one_say_so(
    shared_shop: Shop,
) -> None:
    visitor = await Visitor(shared_shop).look_at("single-sticker")
    assert "Choose 3 or more of One sticker" in visitor.text
    assert visitor.enabled == ["Quantity", "Coupon", "Back"]

    await visitor.fill_in("Quantity", "3")

    assert "Quantity: **3**, together $1.47" in visitor.text
    assert visitor.enabled[0] == "Buy for $1.47"


@pytest.mark.parametrize(
    "handle", ["japanese-artbook", "arabic-fonts", "cyrillic-textures", "emoji-bundle", "long-title"]
)
async def test_titles_of_every_script_and_length_have_their_page(shared_shop: Shop, handle: str) -> None:
    visitor = await Visitor(shared_shop).look_at(handle)

    title = visitor.text.splitlines()[0].removeprefix("## `TEST` ")
    assert title.rstrip("…") in shared_shop.sandbox.product(handle).title
    assert len(title) <= 200


async def test_a_page_can_be_turned_back_to_where_one_came_from(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()
    await visitor.click("Next")
    listed = visitor.text

    await visitor.choose("product", shared_shop.sandbox.product("lobby-pack").id)
    await visitor.click("Back")

    assert visitor.text == listed
    assert "2 / 7" in visitor.buttons


# --- pictures -----------------------------------------------------------------------------------------


def give_pictures(shop: Shop, *addresses: str) -> None:
    """Have the store name these pictures, whatever the product."""
    shapes = shop.sandbox._shapes
    shapes._images = lambda _product: list(addresses)  # type: ignore[method-assign]


async def test_of_several_pictures_one_is_beside_the_title_and_four_at_most_are_below_what_can_be_bought(
    shop: Shop,
) -> None:
    addresses = [f"https://pictures.example/{number}.png" for number in range(6)]
    give_pictures(shop, *addresses)

    visitor = await Visitor(shop).look_at("grove-guard")

    assert visitor.pictures == addresses[:5]
    kinds = [part["type"] for part in walk(visitor.page.components)]
    assert kinds.count(GALLERY) == 1
    assert kinds.index(GALLERY) > kinds.index(BUTTON)


BROKEN = [
    "data:image/png;base64,AAAA",
    "ftp://pictures.example/a.png",
    "javascript:alert(1)",
    "//pictures.example/a.png",
    "pictures.example/a.png",
    "https://",
    "https:///a.png",
    "https://exa mple.com/a.png",
    "https://pictures.example:99999/a.png",
    "https://[::1/a.png",
    "https://pictures.example/" + "a" * 2048,
    "",
    "   ",
]


async def test_addresses_that_discord_would_refuse_are_left_out(shop: Shop) -> None:
    give_pictures(shop, *BROKEN, "https://pictures.example/good.png")
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()
    assert set(visitor.pictures) == {"https://pictures.example/good.png"}

    await visitor.choose("product", shop.sandbox.product("vip-monthly").id)
    assert visitor.pictures == ["https://pictures.example/good.png"]


async def test_a_product_with_nothing_but_broken_pictures_is_shown_without(shop: Shop) -> None:
    give_pictures(shop, *BROKEN)
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()
    assert visitor.pictures == []
    assert len(visitor.titles) == 6

    await visitor.choose("product", shop.sandbox.product("vip-monthly").id)
    assert visitor.pictures == []
    assert visitor.enabled[0] == "Start free trial"


async def test_when_discord_refuses_a_picture_all_the_same_the_page_comes_without_pictures(
    shop: Shop,
) -> None:
    refused = {"status": 400, "code": 50035, "message": "Invalid Form Body"}
    shop.env.inject_error("PATCH", "/webhooks/*", **refused)
    visitor = await Visitor(shop).open()
    assert len(visitor.titles) == 6
    assert visitor.pictures == []

    shop.env.inject_error("PATCH", "/webhooks/*", **refused)
    await visitor.choose("product", shop.sandbox.product("vip-monthly").id)
    assert visitor.text.startswith("## `TEST` VIP membership")
    assert visitor.pictures == []

    await visitor.click("Back")
    assert len(visitor.pictures) == 6
