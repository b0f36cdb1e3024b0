"""Panels show what is so: they follow the store, Discord and staff, through restarts and races."""

import asyncio
from datetime import timedelta

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot.panels.models import PanelSubject
from cogs.panels.commands import StaffPanelActions
from tests.harness.grove import PRODUCT
from tests.harness.network import broken_connection
from tests.harness.shop import buttons_of, text_of
from tests.harness.standing import Standing

pytestmark = pytest.mark.kept_shop


async def test_price_stock_and_picture_are_followed_by_one_edit_each_time(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    store = standing.grove.shop.sandbox

    with standing.edits() as edits:
        store.set_price(standing.handle, 1999)
        await standing.refreshed()
        assert "**$19.99**" in text_of(standing.message)
        assert len(edits) == 1

        store.sell_out(standing.handle)
        await standing.refreshed()
        assert "Sold out" in text_of(standing.message)
        assert buttons_of(standing.message)["Sold out"]["disabled"]
        assert len(edits) == 2

        await standing.refreshed()
        await standing.refreshed()
        assert len(edits) == 2, "nothing has changed"


async def test_many_changes_at_once_are_one_edit_and_none_of_what_doesnt_show_them(
    standing: Standing,
) -> None:
    await standing.post(product=PRODUCT)
    await standing.post(product="EconomyPlus")
    store = standing.grove.shop.sandbox

    with standing.edits() as edits:
        store.set_price(standing.handle, 1999)
        store.set_stock(standing.handle, 3)
        await standing.refreshed()

    assert len(edits) == 1


async def test_the_whole_shop_follows_too(standing: Standing) -> None:
    await standing.post()
    newest = next(iter(standing.grove.shop.sandbox.products.values()))
    assert f"### {newest.title}\n" in text_of(standing.message)

    standing.grove.shop.sandbox.remove_product(newest.id)
    await standing.refreshed()

    assert f"### {newest.title}\n" not in text_of(standing.message)


async def test_a_product_that_is_gone_says_so_and_comes_back(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    removed = standing.grove.shop.sandbox.remove_product(standing.handle)
    await standing.refreshed()

    gone = text_of(standing.message)
    assert gone.startswith(f"### ⚪ `TEST` {PRODUCT}\nThis product is no longer sold.")
    assert list(buttons_of(standing.message)) == ["Browse the shop"]

    standing.grove.shop.sandbox.add_product(removed)
    await standing.refreshed()
    assert "Buy for $24.99" in buttons_of(standing.message)


async def test_a_category_that_is_gone_says_so(standing: Standing) -> None:
    await standing.post(category="memberships")
    categories = standing.grove.shop.sandbox.store.categories
    [wanted] = [each.id for each in categories.values() if each.name == "Memberships"]
    del categories[wanted]

    await standing.refreshed()

    assert "This category isn't in the shop anymore." in text_of(standing.message)


async def test_a_time_that_comes_is_followed_without_the_store(standing: Standing) -> None:
    product = standing.grove.till.product()
    product.available_until = standing.grove.shop.clock() + timedelta(minutes=40, seconds=30)
    await standing.post(product=PRODUCT)
    assert "Buy for $24.99" in buttons_of(standing.message)

    await standing.grove.shop.pass_time(minutes=41)
    await standing.grove.till.settled()

    assert "No longer sold" in text_of(standing.message)


async def test_a_store_that_is_away_for_long_has_panels_say_of_when_they_are(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    standing.grove.shop.sandbox.fail_next(refuse=True, times=10_000)

    with standing.edits() as edits:
        for _ in range(5):
            await standing.refreshed()
        assert "The shop is offline right now. This is from <t:" in text_of(standing.message)
        standing.grove.shop.sandbox.stop_failing()
        await standing.refreshed()

    assert "offline" not in text_of(standing.message)
    assert len(edits) == 2


async def test_a_message_that_somebody_deleted_retires_its_panel(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    standing.grove.shop.env.backend.delete_message(standing.channel.id, standing.message.id)
    standing.grove.shop.sandbox.set_price(standing.handle, 1999)

    await standing.refreshed()

    assert standing.rows() == []
    assert standing.messages == []
    assert standing.notes() == []


async def test_staff_who_look_at_the_list_see_no_panel_that_was_deleted_by_hand(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    await standing.post()
    [deleted, *_] = standing.messages
    standing.grove.shop.env.backend.delete_message(standing.channel.id, deleted.id)

    listed = await standing.grove.store("panel list")

    assert "- **GroveGuard**" not in listed
    assert len(standing.rows()) == 1
    assert "- " in listed


async def test_a_panel_that_discord_doesnt_show_just_now_stays_in_the_list(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    standing.grove.shop.env.inject_error(
        "GET", "/channels/*/messages/*", status=500, message="later", times=50
    )

    assert "GroveGuard" in await standing.grove.store("panel list")

    assert len(standing.rows()) == 1


async def test_a_channel_that_is_deleted_retires_its_panels(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    await standing.post()

    standing.grove.shop.env.backend.delete_channel(standing.channel.id)
    await standing.grove.till.settled()

    assert standing.rows() == []


async def test_a_channel_that_is_closed_to_the_bot_is_told_to_staff_and_followed_later(
    standing: Standing,
) -> None:
    await standing.post(product=PRODUCT)
    everybody = standing.grove.shop.guild.default_role
    denied = discord.Permissions(view_channel=True).value
    backend = standing.grove.shop.env.backend
    backend.set_overwrite(standing.channel.id, Overwrite(everybody.id, OverwriteType.ROLE, deny=denied))
    standing.grove.shop.sandbox.set_price(standing.handle, 1999)

    await standing.refreshed()
    assert len(standing.rows()) == 1
    [note] = standing.notes()
    assert "is out of date, and it can't be edited" in note

    backend.set_overwrite(standing.channel.id, Overwrite(everybody.id, OverwriteType.ROLE))
    await standing.grove.shop.pass_time(minutes=40)
    await standing.grove.till.settled()
    assert "**$19.99**" in text_of(standing.message)


async def test_a_panel_that_cant_be_posted_any_more_is_told_to_staff(standing: Standing) -> None:
    env = standing.grove.shop.env
    env.inject_error(
        "POST", f"/channels/{standing.channel.id}/messages", status=403, code=50013, message="No", times=1
    )

    await standing.post(product=PRODUCT)

    assert standing.rows() == []
    [note] = standing.notes()
    assert note.startswith(f"The bot couldn't post in <#{standing.channel.id}>.")


@pytest.mark.own_shop
async def test_a_restart_finds_what_changed_meanwhile_and_its_buttons_work(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    async with standing.grove.outage():
        standing.grove.shop.sandbox.set_price(standing.handle, 1999)
    await standing.grove.till.settled()

    assert "**$19.99**" in text_of(standing.message)
    bought = await standing.grove.shop.alice.click(standing.message, label="Buy for $19.99")
    assert "Your payment link" in text_of(bought.response)


async def test_an_answer_of_discord_that_is_lost_leaves_one_message(standing: Standing) -> None:
    with broken_connection("POST", f"/channels/{standing.channel.id}/messages", arrived=True):
        await standing.post(product=PRODUCT)
    await standing.grove.shop.pass_time(minutes=2)
    await standing.grove.till.settled()

    assert standing.rows()[0]["message_id"] == standing.message.id


@pytest.mark.own_shop
async def test_what_was_asked_for_before_a_restart_is_posted_after_it(standing: Standing) -> None:
    with broken_connection("POST", f"/channels/{standing.channel.id}/messages", arrived=False):
        await standing.post(product=PRODUCT)
        assert standing.messages == []
    async with standing.grove.outage():
        pass
    await standing.grove.shop.pass_time(minutes=2)
    await standing.grove.till.settled()

    assert standing.rows()[0]["message_id"] == standing.message.id


@pytest.mark.own_shop
async def test_what_was_removed_before_a_restart_goes_after_it(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    where = f"/channels/{standing.channel.id}/messages/{standing.message.id}"
    with broken_connection("DELETE", where, arrived=False):
        await standing.remove(PRODUCT)
        assert len(standing.messages) == 1
    async with standing.grove.outage():
        pass
    await standing.grove.shop.pass_time(minutes=2)
    await standing.grove.till.settled()

    assert standing.messages == []


async def test_the_same_posted_twice_at_once_stands_once(standing: Standing) -> None:
    grove = standing.grove
    panels = grove.shop.app.bot.service(StaffPanelActions).panels
    subject = PanelSubject(product_id=standing.handle, title=PRODUCT)
    server, channel = grove.shop.guild.id, standing.channel.id
    await asyncio.gather(*(panels.post(server, channel, subject, by=grove.boss.id) for _ in range(2)))
    await grove.till.settled()

    assert len(standing.rows()) == 1
    assert standing.rows()[0]["message_id"] == standing.message.id


async def test_two_refreshes_at_once_are_one_edit(standing: Standing) -> None:
    await standing.post(product=PRODUCT)
    catalog = standing.grove.shop.app.catalog
    standing.grove.shop.sandbox.set_price(standing.handle, 1999)

    with standing.edits() as edits:
        await asyncio.gather(catalog.refresh(), catalog.refresh())
        await standing.grove.till.settled()

    assert len(edits) == 1


@pytest.mark.parametrize("about", ["x" * 6000, "*" * 5000, "# x\n" * 900])
async def test_the_longest_cards_fit(standing: Standing, about: str) -> None:
    """Discord's own rules are checked by whoever plays Discord here."""
    store = standing.grove.shop.sandbox.store
    for product in store.products.values():
        product.title, product.subtitle, product.description = about[:200], about[:300], about
        product.max_per_customer = 3
    store.info.description = about
    await standing.refreshed()

    await standing.post()
    await standing.post(category="memberships")
    await standing.post(product=standing.grove.shop.sandbox.product("economy-plus").id)
    await standing.grove.store_result(
        "announce",
        channel=standing.channel,
        product=standing.grove.shop.sandbox.product("economy-plus").id,
        text=about[:1000],
    )

    assert len(standing.messages) == 3
