"""Choosing what to buy: the lists that `/buy` offers while one types, and what typed text stands for."""

from typing import Any

import pytest

from sandbox.catalog import generate_products
from tests.harness.shop import START, Shop, text_of

pytestmark = [pytest.mark.specification, pytest.mark.kept_shop]

LONGEST_CHOICE = 100
MOST_CHOICES = 25


async def suggested(shop: Shop, option: str, typed: str, **filled: Any) -> dict[str, str]:
    """The choices that Discord shows, by what they are called."""
    choices = await shop.alice.autocomplete(shop.channel, "buy", option, typed, **filled)
    assert len(choices) <= MOST_CHOICES
    assert all(1 <= len(choice["name"]) <= LONGEST_CHOICE for choice in choices)
    assert all(1 <= len(choice["value"]) <= LONGEST_CHOICE for choice in choices)
    return {choice["name"]: choice["value"] for choice in choices}


# --- the list of products -----------------------------------------------------------------------------


async def test_the_first_products_are_there_before_anything_is_typed(shared_shop: Shop) -> None:
    assert len(await suggested(shared_shop, "product", "")) == MOST_CHOICES


async def test_a_choice_names_product_and_price_and_stands_for_its_id(shared_shop: Shop) -> None:
    guard = shared_shop.sandbox.product("grove-guard")

    assert await suggested(shared_shop, "product", "groveg") == {"GroveGuard · $24.99": guard.id}


@pytest.mark.parametrize(
    ("handle", "remark"),
    [("beta-key", "sold out"), ("soundtrack", "you choose the price")],
)
async def test_what_has_no_price_to_show_says_why(shared_shop: Shop, handle: str, remark: str) -> None:
    product = shared_shop.sandbox.product(handle)

    assert await suggested(shared_shop, "product", product.title) == {
        f"{product.title} · {remark}": product.id
    }


@pytest.mark.parametrize("handle", ["enamel-pin", "grove-shirt", "coaching", "japanese-artbook"])
async def test_what_can_never_be_bought_here_is_not_suggested(shared_shop: Shop, handle: str) -> None:
    product = shared_shop.sandbox.product(handle)

    assert product.id not in (await suggested(shared_shop, "product", product.title)).values()


async def test_what_is_sold_out_is_suggested_last(shared_shop: Shop) -> None:
    names = list(await suggested(shared_shop, "product", "key"))

    gone = [name.endswith("sold out") for name in names]
    assert any(gone)
    assert gone == sorted(gone)


async def test_a_slip_of_the_finger_still_finds_it(shared_shop: Shop) -> None:
    assert "Skyblock Atoll · $14.99" in await suggested(shared_shop, "product", "skyblok")


async def test_a_title_that_is_too_long_is_cut_and_keeps_its_price(shared_shop: Shop) -> None:
    [name] = await suggested(shared_shop, "product", "unabridged")

    assert name.startswith("The complete, unabridged and lovingly annotated anthology")
    assert name.endswith("… · $22.00")


@pytest.mark.parametrize(
    ("typed", "handle"),
    [("竹林", "japanese-artbook"), ("خطوط", "arabic-fonts"), ("набор", "cyrillic-textures")],
)
async def test_titles_of_every_script_are_found_and_shown(shop: Shop, typed: str, handle: str) -> None:
    product = shop.sandbox.product(handle)
    product.currency = "USD"
    await shop.app.catalog.refresh()

    [name] = await suggested(shop, "product", typed)

    assert name.startswith(f"{product.title} · ")


async def test_a_choice_shows_a_title_plainly_because_menus_know_no_markdown(shared_shop: Shop) -> None:
    product = shared_shop.sandbox.product("markdown-shader")

    [name] = await suggested(shared_shop, "product", "bold")

    assert name == f"{product.title} · $13.50"


async def test_among_thousands_the_list_is_still_short_and_the_best_come_first(shop: Shop) -> None:
    for product in generate_products(2_000, START):
        shop.sandbox.add_product(product)
    await shop.app.catalog.refresh()

    found = await suggested(shop, "product", "golden")

    assert len(found) == MOST_CHOICES
    assert all(name.startswith("Golden ") for name in found)


# --- the list of variants -----------------------------------------------------------------------------


async def test_the_variants_of_the_chosen_product_are_offered_with_their_prices(shop: Shop) -> None:
    shop.sandbox.sell_out("arena-license", variant="Commercial")
    product = shop.sandbox.product("arena-license")
    personal, commercial, network = product.variants

    assert await suggested(shop, "variant", "", product=product.id) == {
        "Personal · $19.00": personal.id,
        "Commercial · sold out": commercial.id,
        "Network · $129.00": network.id,
    }


async def test_typing_narrows_the_variants_down_whatever_the_case(shared_shop: Shop) -> None:
    product = shared_shop.sandbox.product("arena-license")

    assert list(await suggested(shared_shop, "variant", "NET", product=product.id)) == ["Network · $129.00"]


async def test_variants_are_offered_too_when_the_product_was_typed(shared_shop: Shop) -> None:
    assert "Personal · $19.00" in await suggested(shared_shop, "variant", "", product="arena nine")


async def test_of_more_variants_than_a_list_can_hold_the_first_are_offered(shared_shop: Shop) -> None:
    shirt = shared_shop.sandbox.product("grove-shirt")
    assert len(shirt.variants) > MOST_CHOICES

    offered = await suggested(shared_shop, "variant", "", product=shirt.id)

    assert list(offered.values()) == [variant.id for variant in shirt.variants[:MOST_CHOICES]]


@pytest.mark.parametrize("product", ["grove-guard", "vip", "no such thing"])
async def test_without_variants_to_choose_from_the_list_is_empty(shared_shop: Shop, product: str) -> None:
    assert await suggested(shared_shop, "variant", "", product=product) == {}


async def test_a_variants_long_title_is_cut_to_what_a_choice_can_hold(shop: Shop) -> None:
    product = shop.sandbox.product("arena-license")
    product.variants[0].title = "Personal, " + "for one server and its community only, " * 5

    assert len(await suggested(shop, "variant", "personal", product=product.id)) == 1


async def test_while_the_store_is_down_the_list_of_variants_is_empty_and_nothing_breaks(shop: Shop) -> None:
    shop.sandbox.fail_next("GET", "*/products/*", status=503, times=100)

    assert await suggested(shop, "variant", "", product=shop.sandbox.product("arena-license").id) == {}


# --- typed instead of chosen --------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["groveguard", "  GROVEGUARD ", "guard"])
async def test_text_that_fits_one_product_buys_it(shared_shop: Shop, typed: str) -> None:
    await shared_shop.alice.slash(shared_shop.channel, "buy", product=typed)

    [body] = shared_shop.bodies
    assert body["items"][0]["product_id"] == shared_shop.sandbox.product("grove-guard").id


async def test_a_whole_title_means_that_product_though_others_begin_like_it(shared_shop: Shop) -> None:
    await shared_shop.alice.slash(shared_shop.channel, "buy", product="vip membership")

    [body] = shared_shop.bodies
    assert body["items"][0]["product_id"] == shared_shop.sandbox.product("vip-monthly").id


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("key", "Closed beta key"),
        ("skyblok atol", "Skyblock Atoll?"),
    ],
    ids=["fits several", "resembles one"],
)
async def test_text_that_leaves_a_doubt_is_asked_about_and_buys_nothing(
    shared_shop: Shop, typed: str, meant: str
) -> None:
    result = await shared_shop.alice.slash(shared_shop.channel, "buy", product=typed)

    assert f"Did you mean {meant}" in text_of(result.response)
    assert shared_shop.bodies == []


async def test_text_that_fits_nothing_is_told_so_without_markdown(shared_shop: Shop) -> None:
    result = await shared_shop.alice.slash(
        shared_shop.channel, "buy", product="**xyzzy** @everyone " + "z" * 3000
    )

    answer = text_of(result.response)
    assert answer.startswith(r"⚠️ We couldn't find “\*\*xyzzy\*\* @" + "\u200beveryone")
    assert "choose from the list" in answer
    assert len(answer) < 300
    assert shared_shop.bodies == []


async def test_a_product_that_came_since_the_list_was_read_can_be_bought_once_it_is_listed(
    shop: Shop,
) -> None:
    [new] = generate_products(1, START)
    shop.sandbox.add_product(new)

    await shop.pass_time(minutes=16)
    await shop.alice.slash(shop.channel, "buy", product=new.title)

    [body] = shop.bodies
    assert body["items"][0]["product_id"] == new.id
