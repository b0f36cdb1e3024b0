"""“Delete my data”: asked once, everything gone that no sale needs, and everything there that one does."""

import pytest
import simcord

from tests.harness.billing import billing, with_details
from tests.harness.grove import PRODUCT, Grove
from tests.harness.shop import Shop, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


_ALERT = (
    "INSERT INTO alerts (reference, guild_id, user_id, kind, product_id, variant_id, price, asked_at)"
    " VALUES (?, ?, ?, 'stock', ?, '', 0, 0)"
)
KEPT_OF_MEMBERS = ("billing", "carts", "unconfirmed_purchases", "readers", "alerts")


async def asked(shop: Shop) -> simcord.ResponseMessage:
    """The question, below the page of billing details."""
    page = await billing(shop)
    await page.click("Delete my data")
    assert page.last.response is not None
    return page.last.response


async def with_everything(grove: Grove) -> None:
    """Alice has bought something, is asked whether she wants it twice, and has a cart and details."""
    shop = grove.shop
    await grove.benefit(PRODUCT)
    await grove.bought(PRODUCT)
    await shop.buy("grove-guard")
    await with_details(shop)
    await (await Visitor(shop).look_at("emote-pack")).click("Add to cart")
    shop.write(_ALERT, "al", shop.guild.id, shop.alice.id, shop.sandbox.product("beta-key").id)
    await shop.pass_time(minutes=2)


def counts(shop: Shop) -> list[int]:
    found = []
    for table in KEPT_OF_MEMBERS:
        column = "buyer_id" if table == "unconfirmed_purchases" else "user_id"
        rows = shop.rows(f"SELECT * FROM {table} WHERE {column} = ?", shop.alice.id)
        found.append(len(rows))
    return found


async def test_it_asks_once_and_says_what_goes_and_what_stays(shop: Shop) -> None:
    question = await asked(shop)

    assert "**This goes, in every server of this shop:** your billing details, your carts" in text_of(
        question
    )
    assert "**This stays:** what you bought or were given" in text_of(question)


@pytest.mark.own_shop
async def test_everything_goes_that_no_sale_needs_and_the_sale_stays(grove: Grove) -> None:
    shop = grove.shop
    await with_everything(grove)
    assert counts(shop) == [1, 1, 1, 1, 1]
    before = [shop.rows(f"SELECT * FROM {table}") for table in ("sales", "orders", "grants")]
    question = await asked(shop)

    await shop.alice.click(question, label="Delete my data")

    assert "Your data is deleted" in text_of(question)
    assert counts(shop) == [0, 0, 0, 0, 0]
    assert [shop.rows(f"SELECT * FROM {table}") for table in ("sales", "orders", "grants")] == before
    assert grove.roles() == {"VIP"}
    purchases = await Visitor(shop).open_purchases()
    assert PRODUCT in purchases.text
    assert "Your cart is empty" in (await Visitor(shop).open_cart()).text


@pytest.mark.own_shop
async def test_who_says_no_keeps_it(grove: Grove) -> None:
    await with_everything(grove)
    question = await asked(grove.shop)

    await grove.shop.alice.click(question, label="Keep it")

    assert "Nothing was deleted" in text_of(question)
    assert counts(grove.shop) == [1, 1, 1, 1, 1]


@pytest.mark.own_shop
async def test_nobody_elses_data_goes(grove: Grove) -> None:
    shop = grove.shop
    await with_everything(grove)
    question = await asked(shop)
    await (await Visitor(shop, grove.bob).look_at("emote-pack")).click("Add to cart")

    await shop.alice.click(question, label="Delete my data")

    assert len(shop.rows("SELECT * FROM carts")) == 1


@pytest.mark.own_shop
async def test_the_question_outlives_the_process_and_a_second_yes_does_no_harm(grove: Grove) -> None:
    await with_everything(grove)
    question = await asked(grove.shop)
    custom_id = "bamboo:data:yes"
    again = await grove.shop.button_for(grove.shop.alice, custom_id)
    await grove.shop.restart()

    await grove.shop.alice.click(question, label="Delete my data")
    answered = await grove.shop.alice.user.click(again, custom_id=custom_id)

    assert counts(grove.shop)[:3] == [0, 0, 0]
    assert "went wrong" not in text_of(answered.response)
