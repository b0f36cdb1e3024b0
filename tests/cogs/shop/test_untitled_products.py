"""The store takes products and variants without a title; staff can choose them all the same."""

from typing import Any

import pytest
import pytest_asyncio
import simcord

from tests.harness.invoicing import click, draft, staff_member
from tests.harness.shop import Shop, walk

pytestmark = pytest.mark.kept_shop

VARIANTS = "arena-license"


def options_of(message: Any) -> list[str]:
    """What the options of a message's menu are called."""
    return [option["label"] for part in walk(message.components) for option in part.get("options", ())]


@pytest_asyncio.fixture(loop_scope="module")
async def bo(shop: Shop) -> simcord.MemberActor:
    shop.sandbox.product("weekend-skin").title = " \n "
    shop.sandbox.product(VARIANTS).variants[0].title = "  "
    await shop.app.catalog.refresh()
    return staff_member(shop, "bo")


async def test_they_are_suggested_to_who_adds_a_benefit(shop: Shop, bo: simcord.MemberActor) -> None:
    products = await bo.autocomplete(shop.channel, "store benefit add", "product", "")
    license_ = shop.sandbox.product(VARIANTS).id
    variants = await bo.autocomplete(shop.channel, "store benefit add", "variant", "", product=license_)

    assert "Untitled" in [choice["name"] for choice in products]
    assert variants[0]["name"] == "Untitled"


async def test_they_are_in_the_menus_of_an_invoice(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)

    await click(bo, shown, "Add product", {"product": " ", "quantity": "1"})
    assert "Untitled" in options_of(shown.response)

    await click(bo, shown, "Back")
    await click(bo, shown, "Add product", {"product": shop.sandbox.product(VARIANTS).id, "quantity": "1"})
    assert "Untitled" in options_of(shown.response)


async def test_their_line_can_be_taken_away_again(shop: Shop, bo: simcord.MemberActor) -> None:
    shop.sandbox.product("grove-guard").title = " "
    await shop.app.catalog.refresh()
    shown = await draft(shop, bo)
    await click(
        bo, shown, "Add product", {"product": shop.sandbox.product("grove-guard").id, "quantity": "1"}
    )

    await click(bo, shown, "Remove")

    assert options_of(shown.response) == ["Logo", "Untitled"]
