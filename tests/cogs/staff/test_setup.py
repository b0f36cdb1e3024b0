"""`/store setup`: a checklist that tells the truth, and buttons that mend what they say."""

import json
from typing import Any

import discord
import pytest

from bot.discord.inspection import FOR_HELP, NEEDED
from cogs import custom_ids
from cogs.staff.setup import _PERMISSIONS
from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from tests.harness.grove import Grove
from tests.harness.shop import buttons_of, text_of, walk

pytestmark = pytest.mark.kept_shop


LOG = custom_ids.SETUP_LOG_MENU
TOKEN = {"api_token": DEMO_TOKEN.secret}


async def checklist(grove: Grove) -> Any:
    return await grove.store_result("setup")


def line(result: Any, title: str) -> str:
    """What the checklist says of one part, with its mark."""
    [found] = [each for each in text_of(result.response).splitlines() if f" **{title}**" in each]
    rest = text_of(result.response).split(found, 1)[1]
    return found + rest.split("\n✅")[0].split("\n❌")[0].split("\n💡")[0]


def mended(grove: Grove) -> list[str]:
    rows = grove.shop.rows("SELECT details FROM audit WHERE action = 'set_up' ORDER BY id")
    return [json.loads(row["details"])["mended"] for row in rows]


async def test_a_shop_in_which_all_is_well_says_so(grove: Grove) -> None:
    await grove.benefit()
    await grove.keep_log()
    shown = await checklist(grove)
    assert "Your shop is ready" in text_of(shown.response)
    assert "Discord shows every command up to date." in line(shown, "Commands")
    for title in ("Payments", "Permissions", "Roles", "Sales log", "Commands"):
        assert line(shown, title).startswith("✅"), line(shown, title)
    assert list(buttons_of(shown.response)) == ["Look again"]
    assert LOG not in [part.get("custom_id") for part in walk(shown.response.components)]


@pytest.mark.settings(web={"enabled": False, "webhook_secret": ""})
async def test_that_nothing_tells_of_payments_comes_first(shop: Any) -> None:
    boss = shop.guild.add_member(
        shop.env.create_user("boss"),
        roles=[shop.guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))],
    )
    shown = await boss.slash(shop.channel, "store setup")
    assert line(shown, "Payments").startswith("❌")
    assert "members could pay and get nothing" in text_of(shown.response)


@pytest.mark.settings(pandabase=TOKEN)
async def test_a_token_that_is_refused_is_told(grove: Grove) -> None:
    assert line(await checklist(grove), "Payments").startswith("✅")
    await grove.till.link()
    grove.take_token_back()
    await grove.shop.pass_time(minutes=30)
    assert "refuses the bot's API token" in line(await checklist(grove), "Payments")


@pytest.mark.settings(pandabase=TOKEN)
async def test_what_the_token_lacks_is_named_with_what_is_off(grove: Grove) -> None:
    assert "Store token" not in text_of((await checklist(grove)).response)
    grove.take_token_back()
    lacking = {"LICENSES_READ", "COUPONS_WRITE"}
    grove.shop.sandbox.add_token(Token(DEMO_TOKEN.secret, scopes=ALL_SCOPES - lacking))
    await grove.shop.pass_time(minutes=11)

    off = line(await checklist(grove), "Store token")

    assert off.startswith("💡")
    assert "claiming website purchases by license key (LICENSES_READ)" in off
    assert "coupons in Discord (COUPONS_READ, COUPONS_WRITE)" in off
    assert "refunds" not in off
    grove.shop.env.speaks(grove.boss.id, "fr")
    in_french = text_of((await checklist(grove)).response)
    grove.shop.env.speaks(grove.boss.id, "en-US")
    assert "(LICENSES_READ)\u00a0; " in in_french
    helped = text_of((await grove.boss.slash(grove.shop.channel, "help")).response)
    assert "claiming website purchases by license key (LICENSES_READ)" in helped
    assert "fix it.\n-#" not in helped, "no remark stands in the list's last line"
    assert "LICENSES_READ" not in text_of((await grove.bob.slash(grove.shop.channel, "help")).response)
    await grove.shop.pass_time(minutes=31)
    assert line(await checklist(grove), "Payments").startswith("✅"), "what was tried is no trouble"


@pytest.mark.parametrize(
    ("missing", "mark", "named"),
    [
        (discord.Permissions(attach_files=True), "❌", "Attach Files"),
        (FOR_HELP, "💡", "Create Private Threads, Send Messages in Threads"),
    ],
)
async def test_missing_permissions_are_named_and_given_by_an_invitation(
    grove: Grove, missing: discord.Permissions, mark: str, named: str
) -> None:
    guild = grove.shop.env.backend.guilds[grove.shop.guild.id]
    lacking = ~(missing | discord.Permissions(administrator=True)).value
    for role in list(guild.roles.values()):
        may = {"permissions": int(role.permissions) & lacking}
        grove.shop.env.backend.edit_role(guild.id, role.id, may)
    await grove.shop.env.settle()
    shown = await checklist(grove)
    assert line(shown, "Permissions").startswith(mark), line(shown, "Permissions")
    assert named in line(shown, "Permissions")
    link = buttons_of(shown.response)["Give permissions"]["url"]
    assert f"guild_id={guild.id}" in link
    assert f"permissions={NEEDED.value}" in link
    assert discord.Permissions(**dict.fromkeys(_PERMISSIONS, True)) == NEEDED


async def test_a_role_above_the_bots_is_told_until_it_is_moved(grove: Grove) -> None:
    await grove.benefit()
    grove.put_role(above=True)
    shown = await checklist(grove)
    assert line(shown, "Roles").startswith("❌")
    assert "drag the bot's role above it" in line(shown, "Roles")
    assert "Remove deleted roles" not in buttons_of(shown.response)
    grove.put_role(above=False)
    await grove.boss.click(shown.response, label="Look again")
    assert line(shown, "Roles").startswith("✅")


async def test_deleted_roles_are_removed_by_a_click_and_no_others(grove: Grove) -> None:
    await grove.benefit()
    other = grove.shop.guild.create_role("Gone soon")
    await grove.benefit("Harbour Castle schematic", role=other)
    grove.shop.env.backend.delete_role(grove.shop.guild.id, other.id)
    await grove.shop.env.settle()
    shown = await checklist(grove)
    assert line(shown, "Roles").startswith("❌")

    await grove.boss.click(shown.response, label="Remove deleted roles")

    assert line(shown, "Roles").startswith("✅")
    left = grove.shop.rows("SELECT role_id FROM benefits WHERE removed_at IS NULL")
    assert [row["role_id"] for row in left] == [grove.role.id]
    assert mended(grove) == ["roles"]


async def test_a_product_that_nobody_can_buy_as_its_role_was_deleted_is_named(grove: Grove) -> None:
    roles = [grove.shop.guild.create_role(name) for name in ("Fan", "Friend")]
    for role in roles:
        await grove.store("access", product=grove.till.product().id, role=role)
    backend, said = grove.shop.env.backend, "**GroveGuard** is only for members with a role that was deleted"

    backend.delete_role(grove.shop.guild.id, roles[0].id)
    await grove.shop.env.settle()
    assert said not in line(await checklist(grove), "Roles")
    backend.delete_role(grove.shop.guild.id, roles[1].id)
    await grove.shop.env.settle()

    shown = await checklist(grove)
    assert line(shown, "Roles").startswith("❌")
    assert said in line(shown, "Roles")
    await grove.store("access", product=grove.till.product().id)
    await grove.boss.click(shown.response, label="Look again")
    assert said not in line(shown, "Roles")


async def test_the_sales_log_is_chosen_in_place(grove: Grove) -> None:
    shown = await checklist(grove)
    assert line(shown, "Sales log").startswith("💡")
    await grove.shop.restart()
    await grove.boss.select(shown.response, [grove.log_channel], custom_id=LOG)
    assert line(shown, "Sales log").startswith("✅")
    assert f"<#{grove.log_channel.id}>" in line(shown, "Sales log")
    assert mended(grove) == ["log"]


async def test_a_channel_in_which_the_bot_cannot_write_is_refused(grove: Grove) -> None:
    everybody = grove.shop.guild.default_role
    closed = grove.shop.guild.create_text_channel(
        "closed", overwrites={everybody: discord.PermissionOverwrite(send_messages=False)}
    )
    shown = await checklist(grove)
    refused = await grove.boss.select(shown.response, [closed], custom_id=LOG)
    assert "missing permissions" in "\n".join(map(text_of, refused.followups))
    assert mended(grove) == []


async def test_products_that_give_nothing_are_named(grove: Grove) -> None:
    before = line(await checklist(grove), "Products")
    assert before.startswith("💡")
    assert "give no role, key or file" in before
    assert "Supporter badge" in before
    number = int(before.splitlines()[1].partition(" ")[0])
    await grove.benefit("Supporter badge")
    after = line(await checklist(grove), "Products")
    assert int(after.splitlines()[1].partition(" ")[0]) == number - 1
    assert "Supporter badge" not in after


async def test_commands_that_discord_shows_otherwise_are_put_right(grove: Grove) -> None:
    assert line(await checklist(grove), "Commands").startswith("✅")
    shown = await checklist(grove)
    with_other = await _other_command(grove)
    await grove.boss.click(shown.response, label="Look again")
    assert line(shown, "Commands").startswith("❌")
    assert f"`/{with_other}`" in line(shown, "Commands")

    await grove.boss.click(shown.response, label="Update commands")

    assert line(shown, "Commands").startswith("✅")
    assert mended(grove) == ["commands"]


async def _other_command(grove: Grove) -> str:
    """Somebody else's program registers a command under the same application."""
    commands = grove.shop.env.backend.commands[grove.shop.guild.id]
    ours = next(iter(commands.values()))
    commands["casino", 1] = {**ours, "id": "77", "type": 1, "name": "casino", "options": []}
    return "casino"


@pytest.mark.settings(staff={"role_ids": [1]})
async def test_members_neither_look_nor_mend(grove: Grove) -> None:
    refused = await grove.shop.alice.slash(grove.shop.channel, "store setup")
    assert "Only staff can do this" in text_of(refused.response)
    await grove.benefit()
    grove.shop.env.backend.delete_role(grove.shop.guild.id, grove.role.id)
    await grove.shop.env.settle()
    button = await grove.shop.button_for(grove.shop.alice, custom_ids.setup("roles"))
    await grove.shop.alice.user.click(button, custom_id=custom_ids.setup("roles"))
    assert grove.shop.rows("SELECT id FROM benefits WHERE removed_at IS NOT NULL") == []
    assert mended(grove) == []


async def test_what_discord_does_not_take_is_told_and_not_said_to_be_mended(grove: Grove) -> None:
    shown = await checklist(grove)
    await _other_command(grove)
    await grove.boss.click(shown.response, label="Look again")
    grove.shop.env.inject_error("PUT", "/applications/*/guilds/*/commands", status=500, times=99)
    refused = await grove.boss.click(shown.response, label="Update commands")
    told = "\n".join(map(text_of, refused.followups))
    assert "Discord didn't take that." in told
    assert mended(grove) == []
    grove.shop.open_dms()


async def test_help_opens_it(grove: Grove) -> None:
    page = await grove.boss.slash(grove.shop.channel, "help")
    opened = await grove.boss.click(page.response, label="Setup")
    assert "**Payments**" in text_of(opened.response)
