"""`/shop` by categories: its menu of them, and what each lists."""

import pytest

from sandbox.models import Category
from tests.harness.shop import Shop, walk
from tests.harness.visitor import Visitor, category

pytestmark = pytest.mark.kept_shop


async def test_the_menu_of_categories_begins_with_all_and_the_featured_ones(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    assert list(visitor.options("category"))[:4] == [
        "All products",
        "⭐ Memberships",
        "📦 Digital goods",
        "Digital goods › Maps and builds",
    ]
    assert visitor.chosen("category") == ["All products"]


async def test_a_category_lists_its_own_products(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    await visitor.choose("category", category(shared_shop, "services"))

    assert "Category: **Services**\n-# 4 products" in visitor.text
    assert visitor.titles == ["Custom build, per hour", "Server setup", "Banner design", "Coaching hour"]
    assert visitor.chosen("category") == ["🛠️ Services"]


async def test_a_category_lists_what_is_in_the_categories_below_it_too(shop: Shop) -> None:
    shop.sandbox.store.categories["ctg_deep"] = Category(
        id="ctg_deep", name="Deep", slug="deep", parent_id=category(shop, "builds")
    )
    shop.sandbox.product("coaching").category_ids = ["ctg_deep"]
    await shop.app.catalog.refresh()
    visitor = await Visitor(shop).open()

    await visitor.choose("category", category(shop, "digital"))
    found = list(visitor.titles)
    while "Next" in visitor.enabled:
        await visitor.click("Next")
        found += visitor.titles

    assert {"GroveGuard", "Harbour Castle schematic", "Coaching hour"} <= set(found)


async def test_categories_that_are_each_others_parents_do_no_harm(shop: Shop) -> None:
    categories = shop.sandbox.store.categories
    categories[category(shop, "digital")].parent_id = category(shop, "art")
    await shop.app.catalog.refresh()
    visitor = await Visitor(shop).open()

    await visitor.choose("category", category(shop, "art"))

    assert "Category: **Art and sound**" in visitor.text


async def test_choosing_a_category_begins_at_its_first_page(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()
    await visitor.click("Next")

    await visitor.choose("category", category(shared_shop, "digital"))

    assert "1 / 4" in visitor.buttons


async def test_all_products_leads_back_from_a_category(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()
    await visitor.choose("category", category(shared_shop, "services"))

    await visitor.choose("category", "all")

    assert visitor.text.startswith("## `TEST` Bamboo Grove\n-# 38 products")


async def test_an_empty_category_says_so_and_shows_the_way_out(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open()

    await visitor.choose("category", category(shared_shop, "seasonal"))

    assert visitor.text == "## `TEST` Bamboo Grove\nCategory: **Seasonal**\nNothing in this category yet."
    assert visitor.enabled == ["Search", "Show all"]
    await visitor.click("Show all")
    assert "-# 38 products" in visitor.text


async def test_more_categories_than_a_menu_holds_are_turned_like_pages(shop: Shop) -> None:
    for number in range(40):
        shop.sandbox.store.categories[f"ctg_{number}"] = Category(
            id=f"ctg_{number}", name=f"Shelf {number}", slug=f"shelf-{number}", display_order=100 + number
        )
    shop.sandbox.product("coaching").category_ids = ["ctg_39"]
    await shop.app.catalog.refresh()
    visitor = await Visitor(shop).open()
    seen = set()

    for _ in range(3):
        options = visitor.options("category")
        assert len(options) <= 25
        assert "All products" in options
        seen |= set(options)
        await visitor.choose("category", options["More categories…"])

    assert {f"Shelf {number}" for number in range(40)} <= seen
    assert visitor.titles, "turning the menu leaves the list as it is"
    assert "⭐ Memberships" in visitor.options("category"), "after the last page comes the first"
    await visitor.choose("category", visitor.options("category")["More categories…"])
    await visitor.choose("category", visitor.options("category")["More categories…"])
    await visitor.choose("category", "ctg_39")
    assert visitor.titles == ["Coaching hour"]
    assert visitor.chosen("category") == ["Shelf 39"]


async def test_as_many_categories_as_a_menu_just_holds_need_no_second_page(shop: Shop) -> None:
    categories = shop.sandbox.store.categories
    for number in range(24 - len(categories)):
        categories[f"ctg_{number}"] = Category(id=f"ctg_{number}", name=f"Shelf {number}", slug=f"{number}")
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()

    assert len(visitor.options("category")) == 25
    assert "More categories…" not in visitor.options("category")


async def test_a_store_without_categories_has_no_menu_of_them(shop: Shop) -> None:
    shop.sandbox.store.categories.clear()
    await shop.app.catalog.refresh()

    visitor = await Visitor(shop).open()

    assert len([part for part in walk(visitor.page.components) if part["type"] == 3]) == 1
