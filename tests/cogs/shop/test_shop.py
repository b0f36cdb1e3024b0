"""`/shop`: what is listed, and how the list is turned, narrowed down and searched."""

import pytest

from sandbox.catalog import generate_products
from sandbox.models import stable_id
from tests.harness.shop import START, Shop, walk
from tests.harness.visitor import Visitor, category, field_of

pytestmark = pytest.mark.kept_shop


CONTAINER = 17
SECTION = 9


# --- the first page -----------------------------------------------------------------------------------


async def test_the_shop_opens_privately_with_its_newest_products_first(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    assert visitor.page.ephemeral
    assert visitor.titles == [
        "VIP membership",
        "VIP membership, a whole year",
        "Sprout membership",
        "Founder rank",
        "Skyblock Atoll",
        "Harbour Castle schematic",
    ]
    assert shared_shop.public_messages() == []


async def test_the_shop_wears_the_stores_name_and_colour_and_says_that_it_is_a_test(
    shared_shop: Shop,
) -> None:
    visitor = await Visitor(shared_shop).open()

    assert visitor.text.startswith("## `TEST` Bamboo Grove\n-# 38 products")
    [container] = [part for part in visitor.page.components if part["type"] == CONTAINER]
    assert container["accent_color"] == 0x2F9E5B


@pytest.mark.parametrize("colour", [None, "", "green-ish", "#12345g", "#1234567"])
async def test_a_store_whose_colour_is_none_has_no_colour(shop: Shop, colour: str | None) -> None:
    shop.sandbox.store.info.accent_color = colour
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()

    assert visitor.page.components[0].get("accent_color") is None


@pytest.mark.parametrize(
    ("handle", "price", "remark"),
    [
        ("skyblock-map", "~~$24.99~~ **$14.99**", "Download"),
        ("grove-guard", "**$24.99**", "Key"),
        ("vip-monthly", "7 days free, then **$9.99**\u00a0/\u00a0month", "Subscription"),
        ("vip-yearly", "~~$119.88~~ **$99.00**\u00a0/\u00a0year", "Subscription"),
        ("sprout-weekly", "**$1.99**\u00a0/\u00a0week", "Subscription"),
        ("founder-rank", "**$49.00**", "One-time purchase"),
        ("soundtrack", "**You choose the price**, from $3.00", "Download"),
        ("wallpapers", "**Free**", "Download"),
        ("beta-key", "**$5.00**", "Key · Sold out"),
        ("enamel-pin", "**$7.00**", "Physical item · Not sold here"),
        ("coaching", "**€39.00**", "Service · Not sold here"),
        ("japanese-artbook", "**¥2,800**", "Download · Not sold here"),
    ],
)
async def test_an_entry_says_price_kind_and_what_is_in_the_way(
    shared_shop: Shop, handle: str, price: str, remark: str
) -> None:
    product = shared_shop.sandbox.product(handle)

    visitor = await Visitor(shared_shop).open(product.title)

    lines = visitor.text.splitlines()
    entry = lines[lines.index(f"### {product.title}") :]
    assert price in entry[1:3]
    assert f"-# {remark}" in entry[1:4]


async def test_a_product_of_several_prices_is_listed_from_the_lowest(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("arena nine")

    assert "### Arena Nine\nPvP arena\n**from $19.00**\n" in visitor.text
    [described] = [
        each["description"] for each in visitor.menu("product")["options"] if each["label"] == "Arena Nine"
    ]
    assert described == "from $19.00"


async def test_what_cannot_be_bought_here_comes_last(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()
    seen = visitor.text.split("\n### ")[1:]
    while not visitor.buttons["Next"].get("disabled"):
        await visitor.click("Next")
        seen += visitor.text.split("\n### ")[1:]

    refused = ["Not sold here" in each or "Sold out" in each for each in seen]
    assert len(seen) == 38
    assert refused == sorted(refused)
    assert any(refused)


async def test_a_category_has_its_own_emoji(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    assert any(not label.isascii() and label[0] > "\u2000" for label in visitor.options("category"))


async def test_a_trial_of_one_day_is_one_day(shop: Shop) -> None:
    shop.sandbox.product("vip-monthly").trial_days = 1

    visitor = await Visitor(shop).open("vip membership")

    assert "1 day free, then **$9.99**\u00a0/\u00a0month" in visitor.text


async def test_a_subscription_whose_interval_cannot_be_read_is_listed_all_the_same(shop: Shop) -> None:
    shop.sandbox.fail_next("GET", "*/products/prd_*", status=503, times=100)

    visitor = await Visitor(shop).open()

    assert "**$9.99**\n" in visitor.text
    assert len(visitor.titles) == 6


async def test_every_entry_with_a_picture_shows_it_small_beside_its_text(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    sections = [part for part in walk(visitor.page.components) if part["type"] == SECTION]
    assert len(sections) == 6
    first = shared_shop.sandbox.product("vip-monthly")
    assert visitor.pictures[0] == f"{shared_shop.sandbox.url}/pictures/{first.id}.png"
    assert sections[0]["accessory"]["description"] == "VIP membership"


async def test_the_menu_names_the_pages_products_with_what_they_cost(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("key")

    options = {each["label"]: each["description"] for each in visitor.menu("product")["options"]}
    assert options["Closed beta key"] == "$5.00 · sold out"
    assert options["Bamboo Quest game key"] == "$12.99"


async def test_what_the_shop_shows_is_not_asked_from_the_store_for_every_visitor(shop: Shop) -> None:
    await Visitor(shop).open()
    asked = len(shop.sandbox.requests)

    for name in ("bob", "carol", "dave"):
        await Visitor(shop, shop.member(name)).open()

    assert len(shop.sandbox.requests) == asked


# --- turning the pages --------------------------------------------------------------------------------


async def test_next_and_previous_lead_through_all_products_and_stop_at_both_ends(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()
    titles = visitor.titles
    assert visitor.enabled == ["Next", "Search"]

    for number in range(2, 8):
        await visitor.click("Next")
        assert f"{number} / 7" in visitor.buttons
        titles += visitor.titles
    assert visitor.enabled == ["Previous", "Search"]
    await visitor.click("Previous")

    assert "6 / 7" in visitor.buttons
    assert len(titles) == len(set(titles)) == len(shared_shop.sandbox.products)


async def test_two_quick_clicks_on_next_turn_two_pages(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    await visitor.click_twice("Next")

    assert "3 / 7" in visitor.buttons


async def test_a_list_that_became_shorter_ends_earlier(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    for _ in range(6):
        await visitor.click("Next")
    for handle in [product.handle for product in shop.sandbox.products.values()][:30]:
        shop.sandbox.remove_product(handle)
    await shop.app.catalog.refresh()

    await visitor.click("Previous")

    assert "2 / 2" in visitor.buttons
    assert len(visitor.titles) == 2


async def test_one_page_of_products_needs_no_buttons_to_turn_it(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("membership")

    assert "Next" not in visitor.buttons
    assert "Previous" not in visitor.buttons


async def test_ten_thousand_products_are_paged_as_quickly(shop: Shop) -> None:
    for product in generate_products(2_000, START):
        shop.sandbox.add_product(product)
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()
    await visitor.click("Next")

    assert "2 / 340" in visitor.buttons
    assert "-# 2038 products" in visitor.text


# --- searching ----------------------------------------------------------------------------------------


async def test_a_word_with_the_command_narrows_the_list_down(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("membership")

    assert "Search: **membership**\n-# 5 products" in visitor.text
    assert visitor.enabled == ["Search", "Show all"]


async def test_a_search_that_is_only_spaces_is_none(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("   ")

    assert "-# 38 products" in visitor.text
    assert "Search:" not in visitor.text


async def test_the_search_button_asks_and_lists_what_fits(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    await visitor.fill_in("Search", " schematic ")

    assert visitor.titles == ["Harbour Castle schematic"]
    assert "Search: **schematic**\n-# 1 product\n" in visitor.text
    assert shared_shop.public_messages() == []


async def test_the_search_form_holds_what_was_searched_last(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("castle")

    await visitor.click("Search")

    assert field_of(visitor.last)["value"] == "castle"


async def test_an_empty_search_shows_everything_again(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("castle")

    await visitor.fill_in("Search", "")

    assert "-# 38 products" in visitor.text


async def test_a_search_looks_everywhere_also_from_within_a_category(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()
    await visitor.choose("category", category(shared_shop, "services"))

    await visitor.fill_in("Search", "castle")

    assert visitor.titles == ["Harbour Castle schematic"]
    assert "Category:" not in visitor.text


async def test_choosing_a_category_ends_a_search(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("castle")

    await visitor.choose("category", category(shared_shop, "services"))

    assert "Search:" not in visitor.text
    assert len(visitor.titles) == 4


async def test_finding_nothing_says_so_harmlessly_and_shows_the_way_out(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("**@everyone** zzqq")

    assert "Search: **\\*\\*@\u200beveryone\\*\\* zzqq**" in visitor.text
    assert "No results. Try another word, or show all products." in visitor.text
    await visitor.click("Show all")
    assert "-# 38 products" in visitor.text


@pytest.mark.parametrize(("typed", "title"), [("竹林", "竹林の画集"), ("عربية", "مجموعة"), ("лес", "Набор")])
async def test_titles_of_every_script_are_found(shared_shop: Shop, typed: str, title: str) -> None:
    visitor = await Visitor(shared_shop).open(typed)

    assert any(found.startswith(title) for found in visitor.titles)


# --- nothing to show ----------------------------------------------------------------------------------


async def test_an_empty_store_says_so_and_offers_nothing_to_click(shop: Shop) -> None:
    shop.sandbox.products.clear()
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()

    assert visitor.text == "## `TEST` Bamboo Grove\nNothing is for sale yet. Check back later."
    assert visitor.buttons == {}


async def test_a_search_in_an_empty_store_does_not_blame_the_word(shop: Shop) -> None:
    shop.sandbox.products.clear()
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open("castle")

    assert "Nothing is for sale yet" in visitor.text


async def test_titles_that_are_not_made_for_one_line_are_shown_in_one(shop: Shop) -> None:
    product = stable_id("prd", "vip-monthly")
    shop.sandbox.products[product].title = "  One\nTwo\t\tThree  "
    shop.sandbox.product("vip-yearly").title = " \n "
    shop.sandbox.product("sprout-weekly").subtitle = "  "
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()

    assert visitor.titles[:2] == ["One Two Three", "Untitled"]
    assert "### Sprout membership\n**$1.99**\u00a0/\u00a0week" in visitor.text
    assert list(visitor.options("product"))[:2] == ["One Two Three", "Untitled"]


async def test_a_title_is_shown_harmlessly_and_cut_at_a_word(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open("**Bold** shader")
    assert visitor.titles[0].startswith(
        "\\*\\*Bold\\*\\* shader \\[free?\\](https\\://example.com) @\u200beveryone"
    )
    assert "\\_Not\\_ what it \\~\\~looks\\~\\~ like" in visitor.text

    await visitor.open("unabridged")
    [title] = visitor.titles
    assert title.startswith("The complete, unabridged and lovingly annotated anthology of every map,")
    assert title.endswith(" easter egg, secret passage and…")
