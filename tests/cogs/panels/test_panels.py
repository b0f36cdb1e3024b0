"""`/store panel …`: the shop in a public channel, and what its buttons open for whoever presses them."""

import discord
import pytest

from bot.panels.service import MOST_PANELS
from tests.harness.grove import PRODUCT
from tests.harness.shop import buttons_of, text_of, walk
from tests.harness.standing import Standing

pytestmark = pytest.mark.kept_shop


async def test_a_product_is_posted_for_everybody_and_bought_privately(standing: Standing) -> None:
    answer = await standing.post(product=PRODUCT)

    assert f"Posting **{PRODUCT}** in <#{standing.channel.id}>." in answer
    panel = standing.message
    assert f"## `TEST` {PRODUCT}" in text_of(panel)
    assert list(buttons_of(panel)) == ["Buy for $24.99", "Details", "Browse the shop"]

    bought = await standing.grove.shop.alice.click(panel, label="Buy for $24.99")

    assert bought.response is not None
    assert bought.response.ephemeral
    assert "Your payment link" in text_of(bought.response)
    assert len(standing.grove.shop.bodies) == 1
    assert "/c/cs_" not in "".join(standing.grove.public_texts())


async def test_details_and_browse_open_the_shop_privately(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    alice = standing.grove.shop.alice

    details = await alice.click(standing.message, label="Details")
    browsed = await alice.click(standing.message, label="Browse the shop")

    assert {"Quantity", "Coupon", "Back"} <= buttons_of(details.response).keys()
    assert PRODUCT in text_of(details.response)
    assert "Search" in buttons_of(browsed.response)
    assert all(each.response is not None and each.response.ephemeral for each in (details, browsed))


async def test_the_whole_shop_shows_some_products_and_a_menu_of_them(standing: Standing) -> None:
    answer = await standing.post()
    panel = standing.message

    assert "Posting the shop in" in answer
    assert "## `TEST` Bamboo Grove" in text_of(panel)
    assert text_of(panel).count("### ") == 6
    [menu] = [part for part in walk(panel.components) if part["type"] == 3]
    assert len(menu["options"]) == 6
    chosen = await standing.grove.shop.alice.select(
        panel, [menu["options"][0]["value"]], custom_id=menu["custom_id"]
    )
    assert chosen.response is not None
    assert chosen.response.ephemeral
    assert menu["options"][0]["label"] in text_of(chosen.response)


async def test_a_category_shows_its_own_products_and_opens_its_shelf(standing: Standing) -> None:
    [choice] = await standing.grove.boss.autocomplete(
        standing.grove.shop.channel, "store panel post", "category", "memberships"
    )
    await standing.post(category=choice["value"])
    panel = standing.message

    assert f"## `TEST` {choice['name']}" in text_of(panel)
    assert PRODUCT not in text_of(panel)
    opened = await standing.grove.shop.alice.click(panel, label="Browse the shop")
    assert f"Category: **{choice['name']}**" in text_of(opened.response)


async def test_a_category_can_be_typed_and_one_that_isnt_there_is_refused(standing: Standing) -> None:
    await standing.post(category="memberships")
    assert "## `TEST` Memberships" in text_of(standing.message)

    assert "There's no category “nothing”" in await standing.post(category="nothing")


async def test_which_variant_is_asked_for_privately(standing: Standing) -> None:
    await standing.post(product="EconomyPlus")

    asked = await standing.grove.shop.alice.click(standing.message, label="Buy")

    assert "Which one would you like?" in text_of(asked.response)
    assert asked.response is not None
    assert asked.response.ephemeral


async def test_a_price_that_changed_since_is_shown_before_anything_is_sold(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    shop = standing.grove.shop
    shop.sandbox.set_price(standing.handle, 1250)
    await shop.pass_time(minutes=2)

    told = await shop.alice.click(standing.message, label="Buy for $24.99")
    assert "It was ~~$24.99~~ and is now **$12.50**." in text_of(told.response)
    assert shop.bodies == []

    again = await shop.alice.click(told.response, label="Buy for $12.50")
    assert "Your payment link" in text_of(again.response)
    assert [body["amount"] for body in shop.bodies] == [1250]


async def test_what_was_sold_out_meanwhile_says_so_and_the_panel_follows_at_once(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    shop = standing.grove.shop
    shop.sandbox.sell_out(standing.handle)
    await shop.pass_time(minutes=2)

    told = await shop.alice.click(standing.message, label="Buy for $24.99")
    await standing.grove.till.settled()

    assert "is sold out right now" in text_of(told.response)
    assert buttons_of(standing.message)["Sold out"]["disabled"]


async def test_staff_see_what_stands_and_take_it_away(standing: Standing) -> None:
    assert "No panels here yet" in await standing.grove.store("panel list")
    await standing.post(product=PRODUCT)
    message = standing.message

    listed = await standing.grove.store("panel list")
    assert f"- **{PRODUCT}** in https://discord.com/channels/" in listed
    assert str(message.id) in listed
    removed = await standing.remove(PRODUCT)

    assert f"Removed from <#{standing.channel.id}>: **{PRODUCT}**." in removed
    assert standing.messages == []
    assert "No panels here yet" in await standing.grove.store("panel list")
    assert standing.audit() == ["panel_posted", "panel_removed"]


async def test_what_isnt_there_cant_be_removed(standing: Standing) -> None:
    assert "That panel isn't here" in await standing.grove.store("panel remove", panel="nothing")


async def test_the_same_posted_again_takes_the_place_of_the_earlier_one(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    first = standing.message.id

    answer = await standing.post(product=PRODUCT)

    assert "It replaces the one that was there." in answer
    assert standing.message.id != first


async def test_a_product_and_a_category_together_are_refused(standing: Standing) -> None:
    answer = await standing.post(product=PRODUCT, category="memberships")

    assert "Choose a product or a category, not both" in answer
    assert standing.messages == []


async def test_a_server_has_room_for_so_many(standing: Standing) -> None:
    await standing.post()
    standing.multiply(MOST_PANELS)

    assert f"This server has {MOST_PANELS} panels" in await standing.post(product=PRODUCT)
    listed = await standing.grove.store_result("panel list")
    seen = text_of(listed.response)
    while not buttons_of(listed.response)["Next"].get("disabled"):
        listed = await standing.grove.boss.click(listed.response, label="Next")
        seen += text_of(listed.response)
    assert seen.count("- **") == MOST_PANELS - 1  # the shop has no name there


async def test_panels_of_another_server_are_neither_listed_nor_removed(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    [row] = standing.rows()
    standing.grove.shop.write("UPDATE panels SET guild_id = 1")

    assert PRODUCT not in await standing.grove.store("panel list")
    boss, where = standing.grove.boss, standing.grove.shop.channel
    assert await boss.autocomplete(where, "store panel remove", "panel", "") == []
    answer = await standing.grove.store("panel remove", panel=row["reference"])

    assert "Removed" not in answer
    assert len(standing.rows()) == 1


async def test_a_panel_leaves_an_announcement_of_the_same_product_alone(standing: Standing) -> None:
    preview = await standing.grove.store_result(
        "announce", channel=standing.channel, product=standing.handle, text="New!"
    )
    await standing.grove.boss.click(preview.response, label="Post it")
    await standing.grove.till.settled()

    assert "It replaces" not in await standing.post(product=PRODUCT)

    assert [text_of(each).startswith("New!") for each in standing.messages] == [True, False]


async def test_what_is_sold_out_gives_way_on_a_panel_of_many(standing: Standing) -> None:
    await standing.post()
    products = standing.grove.shop.sandbox.products.values()
    gone = [each for each in products if f"### {each.title}\n" in text_of(standing.message)][:2]
    assert len(gone) == 2
    for each in gone:
        each.stock, each.variants = 0, []

    await standing.refreshed()

    assert not [each.title for each in gone if f"### {each.title}\n" in text_of(standing.message)]


@pytest.mark.settings(staff={"role_ids": [1]})
async def test_only_staff_post_list_remove_and_turn_the_list(standing: Standing) -> None:
    grove = standing.grove
    await standing.post()
    for command, options in (
        ("panel post", {"channel": standing.channel}),
        ("panel list", {}),
        ("panel remove", {"panel": "x"}),
        ("announce", {"channel": standing.channel, "product": PRODUCT, "text": "Hi"}),
    ):
        result = await grove.bob.slash(grove.shop.channel, f"store {command}", **options)
        assert "Only staff can do this" in text_of(result.response)
    message = await grove.shop.button_for(grove.bob, "bamboo:panels:0")
    turned = await grove.bob.user.click(message, label="?")
    assert "Only staff" in "".join(map(text_of, [turned.response, *turned.followups]))
    assert len(standing.messages) == 1


async def test_a_channel_where_the_bot_may_not_write_is_refused(standing: Standing) -> None:
    everybody = standing.grove.shop.guild.default_role
    closed = standing.grove.shop.guild.create_text_channel(
        "closed", overwrites={everybody: discord.PermissionOverwrite(send_messages=False)}
    )

    assert "missing permissions in" in await standing.post(channel=closed)


async def test_nobody_has_the_bot_write_where_they_may_not(standing: Standing) -> None:
    guild, env = standing.grove.shop.guild, standing.grove.shop.env
    everybody = guild.default_role
    news = guild.create_text_channel(
        "news",
        overwrites={
            everybody: discord.PermissionOverwrite(send_messages=False),
            env.bot.user: discord.PermissionOverwrite(send_messages=True),
        },
    )

    assert "You can't send messages in" in await standing.post(channel=news)
    assert standing.messages == []


async def test_panels_speak_the_servers_language(standing: Standing) -> None:
    await standing.grove.shop.choose_language(standing.grove.boss, "de")

    await standing.post(product=PRODUCT)

    assert "Für 24,99\xa0$ kaufen" in buttons_of(standing.message)
