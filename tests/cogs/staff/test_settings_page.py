"""`/store settings`: a page that shows how things stand, and whose menus do what they say."""

import discord
import pytest
import simcord

from cogs import custom_ids
from tests.harness.invoicing import staff_member, told
from tests.harness.shop import Shop, buttons_of, walk

pytestmark = pytest.mark.kept_shop

LOG = custom_ids.LOG_CHANNEL_MENU
LANGUAGE = custom_ids.settings("language")


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


def chosen(page: simcord.InteractionResult, custom_id: str) -> list[str]:
    """What a menu of the page shows as chosen."""
    [menu] = [part for part in walk(page.response.components) if part.get("custom_id") == custom_id]
    defaults = [str(each["id"]) for each in menu.get("default_values", ())]
    return defaults + [each["label"] for each in menu.get("options", ()) if each.get("default")]


async def test_a_channel_that_is_chosen_gets_the_sales_log_until_it_is_turned_off(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    page = await bo.slash(shop.channel, "store settings")
    assert "The sales log is off" in told(page)
    assert chosen(page, LOG) == []
    assert "Turn off the sales log" not in buttons_of(page.response)

    await bo.select(page.response, [shop.channel], custom_id=LOG)

    assert f"<#{shop.channel.id}>" in told(page)
    assert chosen(page, LOG) == [str(shop.channel.id)]
    assert f"<#{shop.channel.id}>" in told(await bo.slash(shop.channel, "store saleslog"))
    await shop.restart()
    await bo.click(page.response, label="Turn off the sales log")
    assert "The sales log is off" in told(page)
    assert "The sales log is off" in told(await bo.slash(shop.channel, "store saleslog"))


async def test_a_channel_in_which_the_bot_cannot_write_is_refused(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    everybody = shop.guild.default_role
    closed = shop.guild.create_text_channel(
        "closed", overwrites={everybody: discord.PermissionOverwrite(send_messages=False)}
    )
    page = await bo.slash(shop.channel, "store settings")

    refused = await bo.select(page.response, [closed], custom_id=LOG)

    assert "Send Messages" in told(refused)
    assert "The sales log is off" in told(await bo.slash(shop.channel, "store saleslog"))


async def test_the_language_of_the_server_is_kept(shop: Shop, bo: simcord.MemberActor) -> None:
    page = await bo.slash(shop.channel, "store settings")
    assert chosen(page, LANGUAGE) == ["Bot's default (English)"]

    await bo.select(page.response, ["en"], custom_id=LANGUAGE)

    assert chosen(page, LANGUAGE) == ["English"]
    await shop.restart()
    assert chosen(await bo.slash(shop.channel, "store settings"), LANGUAGE) == ["English"]
    assert [row["details"] for row in shop.rows("SELECT details FROM audit")] == ['{"language": "en"}']
    await bo.select(page.response, ["default"], custom_id=LANGUAGE)
    assert chosen(page, LANGUAGE) == ["Bot's default (English)"]


async def test_only_staff_see_and_change_settings(shop: Shop, bo: simcord.MemberActor) -> None:
    await bo.select((await bo.slash(shop.channel, "store settings")).response, [shop.channel], custom_id=LOG)
    button = await shop.button_for(shop.alice, custom_ids.LOG_OFF_BUTTON)

    refused = await shop.alice.user.click(button, custom_id=custom_ids.LOG_OFF_BUTTON)

    assert "staff" in told(refused)
    assert "The sales log is off" not in told(await bo.slash(shop.channel, "store saleslog"))
