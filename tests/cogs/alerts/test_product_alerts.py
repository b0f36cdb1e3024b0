"""Who asked to be told that something is back, or costs less, gets one direct message, and buys from it."""

import asyncio
from typing import Any

import pytest

from bot.alerts.service import MOST_ALERTS
from cogs.alerts.buttons import AlertActions
from tests.harness.grove import PRODUCT, Grove
from tests.harness.network import broken_connection
from tests.harness.shop import buttons_of, link_of, text_of
from tests.harness.standing import Standing, button_in
from tests.harness.visitor import Visitor, act_at_once

pytestmark = pytest.mark.kept_shop


BACK = "Tell me when it's back"
CHEAPER = "Tell me if the price drops"


class Waiting:
    """Alice waits for GroveGuard."""

    def __init__(self, grove: Grove) -> None:
        self.grove = grove
        self.shop = grove.shop
        self.product = grove.till.product().id
        self.visitor = Visitor(grove.shop)

    async def look(self) -> Visitor:
        """Alice looks at the product's page, as it is now."""
        await self.shop.pass_time(minutes=2)
        return await self.visitor.look_at("grove-guard")

    async def press(self, label: str) -> str:
        """She presses a button there; what she is told."""
        result = await self.shop.alice.click(self.visitor.page, label=label)
        return text_of(result.response)

    async def sold_out(self) -> None:
        self.shop.sandbox.sell_out(self.product)
        await self.look()

    async def back(self) -> None:
        self.shop.sandbox.set_stock(self.product, 5)
        await self.refreshed()

    async def refreshed(self) -> None:
        await self.shop.pass_time(minutes=16)
        await self.grove.till.settled()

    @property
    def told(self) -> list[str]:
        return self.grove.told()

    @property
    def message(self) -> Any:
        [message] = self.shop.dms(self.shop.alice)
        return message

    def rows(self) -> list[dict[str, Any]]:
        return self.shop.rows("SELECT * FROM alerts WHERE found_at IS NULL")


@pytest.fixture
def waiting(grove: Grove) -> Waiting:
    return Waiting(grove)


async def test_what_is_back_is_told_once_and_bought_from_the_message(waiting: Waiting) -> None:
    await waiting.sold_out()
    assert BACK in waiting.visitor.enabled
    told = await waiting.press(BACK)
    assert told.startswith(f"We'll message you once when **{PRODUCT}** is back.")
    await waiting.refreshed()
    assert waiting.told == []

    await waiting.back()

    message = waiting.message
    assert "### `TEST` Back in stock\n" in text_of(message)
    assert f"**{PRODUCT}**" in text_of(message)
    assert "Bamboo Grove" in text_of(message)
    bought = await waiting.shop.alice.user.click(message, label="Buy for $24.99")
    assert link_of(bought.response) is not None
    [sale] = waiting.shop.rows("SELECT * FROM sales")
    assert sale["guild_id"] == waiting.shop.guild.id

    waiting.shop.sandbox.sell_out(waiting.product)
    await waiting.refreshed()
    await waiting.back()
    assert [each for each in waiting.told if "Back in stock" in each] == [text_of(message)]


async def test_a_price_that_drops_is_told_and_one_that_rises_isnt(waiting: Waiting) -> None:
    await waiting.look()
    assert f"We'll message you once if **{PRODUCT}** gets cheaper." in await waiting.press(CHEAPER)
    waiting.shop.sandbox.set_price(waiting.product, 2999)
    await waiting.refreshed()
    assert waiting.told == []

    waiting.shop.sandbox.set_price(waiting.product, 1999)
    await waiting.refreshed()

    assert "### `TEST` The price dropped\n" in text_of(waiting.message)
    assert "~~$24.99~~ **$19.99**" in text_of(waiting.message)
    assert "Buy for $19.99" in buttons_of(waiting.message)


async def test_pressing_again_is_no_longer_waiting(waiting: Waiting) -> None:
    await waiting.sold_out()
    await waiting.press(BACK)
    await waiting.shop.pass_time(seconds=10)

    assert await waiting.press(BACK) == f"Okay, we won't message you about **{PRODUCT}**."
    await waiting.back()

    assert waiting.told == []


async def test_two_presses_at_once_are_one_wish(waiting: Waiting) -> None:
    await waiting.sold_out()
    button = waiting.visitor.buttons[BACK]
    click = {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}

    await act_at_once(waiting.visitor, click, click)

    assert len(waiting.rows()) == 1


async def test_two_refreshes_at_once_tell_once(waiting: Waiting) -> None:
    await waiting.sold_out()
    await waiting.press(BACK)
    await waiting.refreshed()
    waiting.shop.sandbox.set_stock(waiting.product, 5)
    alerts = waiting.shop.app.bot.service(AlertActions).alerts
    await waiting.shop.app.catalog.refresh()

    await asyncio.gather(alerts.follow(), alerts.follow())
    await waiting.grove.till.settled()

    assert "Back in stock" in text_of(waiting.message)


async def test_a_variant_is_waited_for_by_itself(waiting: Waiting) -> None:
    store = waiting.shop.sandbox
    product = store.product("economy-plus")
    gone = store.variant(product.id, "Lifetime")
    store.sell_out(product.id, variant="Lifetime")
    await waiting.shop.pass_time(minutes=2)
    visitor = await waiting.visitor.look_at("economy-plus")
    await visitor.choose("variant", gone.id)
    await waiting.press(BACK)
    assert waiting.rows()[0]["variant_id"] == gone.id
    await waiting.refreshed()
    assert waiting.told == []

    store.set_stock(product.id, 5, variant="Lifetime")
    for _ in range(5):
        await waiting.refreshed()

    assert "Lifetime" in text_of(waiting.message)
    label = next(label for label in buttons_of(waiting.message) if label.startswith("Buy for"))
    bought = await waiting.shop.alice.user.click(waiting.message, label=label)
    assert link_of(bought.response) is not None
    assert gone.id in str(waiting.shop.bodies[-1])


async def test_which_variant_is_asked_in_the_message(waiting: Waiting) -> None:
    store = waiting.shop.sandbox
    product = store.product("economy-plus")
    for variant in product.variants:
        store.sell_out(product.id, variant=variant.title)
    store.sell_out(product.id)
    await waiting.shop.pass_time(minutes=2)
    await waiting.visitor.look_at("economy-plus")
    await waiting.press(BACK)
    assert waiting.rows()[0]["variant_id"] == ""

    for variant in product.variants:
        store.set_stock(product.id, 5, variant=variant.title)
    store.set_stock(product.id, 5)
    for _ in range(5):
        await waiting.refreshed()

    asked = await waiting.shop.alice.user.click(waiting.message, label="Buy")
    assert "Which one would you like?" in text_of(asked.response)
    chosen = await waiting.shop.alice.user.select(asked.response, [product.variants[0].id])
    assert link_of(chosen.response) is not None


async def test_a_wish_outlives_a_restart_and_so_does_what_is_told(waiting: Waiting) -> None:
    await waiting.sold_out()
    await waiting.press(BACK)
    async with waiting.grove.outage():
        waiting.shop.sandbox.set_stock(waiting.product, 5)
    await waiting.refreshed()

    assert "Back in stock" in text_of(waiting.message)
    async with waiting.grove.outage():
        pass
    bought = await waiting.shop.alice.user.click(waiting.message, label="Buy for $24.99")
    assert link_of(bought.response) is not None


async def test_an_answer_of_discord_that_is_lost_leaves_one_message(waiting: Waiting) -> None:
    await waiting.sold_out()
    await waiting.press(BACK)
    with broken_connection("POST", "/channels/*/messages", arrived=True):
        await waiting.back()

    assert "Back in stock" in text_of(waiting.message)


@pytest.mark.own_shop
async def test_what_couldnt_be_told_before_a_restart_is_told_after_it(waiting: Waiting) -> None:
    await waiting.sold_out()
    await waiting.press(BACK)
    waiting.shop.env.inject_error("POST", "/channels/*/messages", status=500, times=20)
    await waiting.back()
    assert waiting.told == []
    waiting.shop.open_dms()
    async with waiting.grove.outage():
        pass
    await waiting.refreshed()

    assert "Back in stock" in text_of(waiting.message)


async def test_who_takes_no_direct_messages_hears_so_when_they_ask_again(waiting: Waiting) -> None:
    await waiting.sold_out()
    first = await waiting.press(BACK)
    assert "Keep direct messages from this server open" in first
    waiting.shop.close_dms()
    await waiting.back()
    waiting.shop.open_dms()
    assert waiting.told == []

    await waiting.sold_out()
    again = await waiting.press(BACK)
    assert "Last time we couldn't: your direct messages from this server were closed." in again
    await waiting.back()
    assert "Back in stock" in text_of(waiting.message)

    await waiting.sold_out()
    assert "Last time" not in await waiting.press(BACK)


async def test_what_is_there_already_isnt_waited_for(waiting: Waiting) -> None:
    await waiting.sold_out()
    waiting.shop.sandbox.set_stock(waiting.product, 5)
    await waiting.shop.pass_time(minutes=2)

    assert await waiting.press(BACK) == f"**{PRODUCT}** is in stock. Use /buy or /shop to get it."
    assert waiting.rows() == []


async def test_what_is_over_before_it_is_told_is_waited_for_again(waiting: Waiting) -> None:
    await waiting.sold_out()
    await waiting.press(BACK)
    waiting.shop.env.inject_error("POST", "/users/@me/channels", status=500, times=20)
    await waiting.back()
    waiting.shop.open_dms()
    waiting.shop.write("UPDATE jobs SET attempts = 0 WHERE kind = 'alert'")
    waiting.shop.sandbox.sell_out(waiting.product)
    await waiting.shop.pass_time(minutes=20)
    await waiting.grove.till.settled()
    assert waiting.told == []
    assert len(waiting.rows()) == 1

    await waiting.back()
    assert "Back in stock" in text_of(waiting.message)


async def test_a_panel_of_what_is_sold_out_has_the_button_too(waiting: Waiting, grove: Grove) -> None:
    standing = Standing(grove)
    waiting.shop.sandbox.sell_out(waiting.product)
    await waiting.refreshed()
    await standing.post(product=PRODUCT)

    pressed = await grove.bob.click(standing.message, label=BACK)

    assert f"We'll message you once when **{PRODUCT}** is back." in text_of(pressed.response)
    assert pressed.response is not None
    assert pressed.response.ephemeral
    await waiting.back()
    assert "Back in stock" in grove.told(grove.bob)[0]


async def test_nobody_buys_by_what_somebody_else_was_told(waiting: Waiting) -> None:
    await waiting.sold_out()
    await waiting.press(BACK)
    await waiting.back()
    custom_id = buttons_of(waiting.message)["Buy for $24.99"]["custom_id"]
    stolen = await waiting.shop.button_for(waiting.grove.bob, custom_id)

    result = await waiting.grove.bob.user.click(stolen, label="?")

    assert "someone else's purchase" in text_of(result.response)
    assert waiting.shop.bodies == []


async def test_a_message_from_before_a_backup_says_so(waiting: Waiting) -> None:
    message = await waiting.shop.button_for(waiting.shop.alice, "bamboo:alert:buy:abcdefghjk")

    result = await waiting.shop.alice.user.click(message, label="?")

    assert "from before an update" in text_of(result.response)


async def test_a_member_waits_for_so_many_things(waiting: Waiting) -> None:
    await waiting.sold_out()
    for number in range(MOST_ALERTS):
        waiting.shop.write(
            "INSERT INTO alerts (reference, guild_id, user_id, kind, product_id, variant_id, price, asked_at)"
            " VALUES (?, ?, ?, 'stock', ?, '', 0, 0)",
            f"ref{number}", waiting.shop.guild.id, waiting.shop.alice.id, f"prd_{number}",
        )  # fmt: skip

    assert f"You're waiting for {MOST_ALERTS} products already" in await waiting.press(BACK)


async def test_where_the_payer_chooses_there_is_no_price_to_wait_for(waiting: Waiting) -> None:
    visitor = await waiting.visitor.look_at("soundtrack")
    assert CHEAPER not in visitor.buttons
    wanted = waiting.shop.sandbox.product("soundtrack").id
    message = await button_in(waiting.shop, waiting.shop.channel, f"bamboo:alert:price:{wanted}")

    pressed = await waiting.grove.bob.click(message, label="?")

    assert "no fixed price" in text_of(pressed.response)
