"""`/store benefit …` and `/store saleslog`, as staff use them."""

import discord
import pytest
import simcord
from simcord.backend.models.channel import Overwrite
from simcord.backend.serializers import guild_create_payload
from simcord.enums import OverwriteType

from tests.harness.grove import PRODUCT, Grove
from tests.harness.shop import buttons_of, text_of

pytestmark = pytest.mark.kept_shop


async def test_a_benefit_is_added_listed_and_removed(grove: Grove) -> None:
    added = await grove.benefit(days=30, keep_after_refund=True)
    assert f"**{PRODUCT}** gives the **VIP** role for 30 days, kept after a refund" in added
    assert "gives the **VIP** role for 30 days" in await grove.store("benefit list")

    [choice] = await grove.boss.autocomplete(grove.shop.channel, "store benefit remove", "benefit", "grove")
    assert choice["name"] == "GroveGuard → VIP"
    removed = await grove.store("benefit remove", benefit=choice["value"])

    assert "Removed" in removed
    assert "No product gives a role here yet" in await grove.store("benefit list")
    await grove.bought()
    assert grove.roles() == set()


async def test_what_was_earned_stays_when_its_benefit_is_removed(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()
    await grove.store("benefit remove", benefit="1")
    assert grove.roles() == {"VIP"}

    await grove.at_the_store("refund", order)

    assert grove.roles() == set()


async def test_a_benefit_of_one_variant_is_not_earned_by_another(grove: Grove) -> None:
    await grove.benefit("EconomyPlus", variant="Lifetime")

    await grove.bought("EconomyPlus", variant="One year")
    assert grove.roles() == set()

    await grove.bought("EconomyPlus", variant="Lifetime")
    assert grove.roles() == {"VIP"}


async def test_a_product_can_earn_several_roles(grove: Grove) -> None:
    other = grove.shop.guild.create_role("Builder")
    await grove.benefit()
    await grove.benefit(role=other)

    await grove.bought()

    assert grove.roles() == {"VIP", "Builder"}


async def test_adding_the_same_again_changes_its_terms(grove: Grove) -> None:
    assert "### Role added" in await grove.benefit()
    assert "### Role changed for future purchases" in await grove.benefit(days=7)
    assert "### Already set up" in await grove.benefit(days=7)

    listed = await grove.store("benefit list")

    assert listed.count("gives the") == 1
    assert "for 7 days" in listed


async def test_a_role_above_the_bot_is_refused_with_what_to_do(grove: Grove) -> None:
    grove.put_role(above=True)

    answer = await grove.benefit()

    assert "The **VIP** role is above the bot's highest role" in answer
    assert "drag the bot's role above it" in answer
    assert "No product" in await grove.store("benefit list")


def colleague(grove: Grove, name: str, **permissions: bool) -> simcord.MemberActor:
    """Somebody whose only role stands right above what is created later."""
    role = grove.shop.guild.create_role(name, permissions=discord.Permissions(**permissions))
    return grove.shop.guild.add_member(grove.shop.env.create_user(name), roles=[role])


async def adding(grove: Grove, who: simcord.MemberActor, role: simcord.RoleHandle) -> str:
    product = grove.till.product().id
    result = await who.slash(grove.shop.channel, "store benefit add", product=product, role=role)
    if "Sell this role?" in text_of(result.response):
        result = await who.click(result.response, label="Sell this role")
    return text_of(result.response)


OUT_OF_REACH = "allows more than you can do yourself"


async def test_a_role_that_allows_more_than_one_may_oneself_cant_be_sold(grove: Grove) -> None:
    admin = grove.shop.guild.create_role("Admin", permissions=discord.Permissions(administrator=True))
    keeper = grove.shop.guild.create_role("Keeper", permissions=discord.Permissions(kick_members=True))
    plain = grove.shop.guild.create_role("Plain")
    staff = colleague(grove, "carol", manage_guild=True)

    assert f"The **Admin** role {OUT_OF_REACH}" in await adding(grove, staff, admin)
    assert OUT_OF_REACH in await adding(grove, staff, keeper)
    assert grove.shop.rows("SELECT * FROM benefits") == []

    assert "Role added" in await adding(grove, staff, plain)


async def test_who_could_give_a_role_by_hand_can_sell_it(grove: Grove) -> None:
    above = grove.shop.guild.create_role("Moderator", permissions=discord.Permissions(kick_members=True))
    staff = colleague(grove, "carol", manage_guild=True, manage_roles=True)
    below = grove.shop.guild.create_role("Keeper", permissions=discord.Permissions(kick_members=True))

    assert OUT_OF_REACH in await adding(grove, staff, above)
    assert "Role added" in await adding(grove, staff, below)


@pytest.mark.own_shop
async def test_staff_by_their_role_sell_what_allows_no_more_than_they_may(grove: Grove) -> None:
    helper = colleague(grove, "helper")
    plain = grove.shop.guild.create_role("Plain")
    keeper = grove.shop.guild.create_role("Keeper", permissions=discord.Permissions(kick_members=True))
    await grove.shop.restart(staff={"role_ids": [grove.shop.guild.roles["helper"].id]})

    assert OUT_OF_REACH in await adding(grove, helper, keeper)
    assert "Role added" in await adding(grove, helper, plain)


async def test_the_owner_of_the_server_can_sell_any_role(grove: Grove) -> None:
    guild = grove.shop.env.backend.guilds[grove.shop.guild.id]
    guild.owner_id = grove.bob.id
    grove.shop.env.backend.emit("GUILD_UPDATE", guild_create_payload(grove.shop.env.backend, guild))
    await grove.shop.env.settle()

    assert "Role added" in await adding(grove, grove.bob, grove.role)


async def test_a_role_that_allows_more_meanwhile_goes_to_no_past_buyers(grove: Grove) -> None:
    await grove.bought()
    result = await grove.store_result("benefit add", product=grove.till.product().id, role=grove.role)
    more = {"permissions": discord.Permissions(kick_members=True).value}
    grove.shop.env.backend.edit_role(grove.shop.guild.id, grove.role.id, more)
    await grove.shop.env.settle()

    clicked = await grove.boss.click(result.response, label="Give it to 1 buyer")
    await grove.till.settled()

    assert OUT_OF_REACH in "".join(map(text_of, clicked.followups))
    assert grove.roles() == set()


async def test_the_role_of_everybody_is_refused(grove: Grove) -> None:
    assert "role is the one everyone has" in await grove.benefit(role=grove.shop.guild.default_role)


async def test_a_bots_own_role_is_refused(grove: Grove) -> None:
    managed = grove.shop.guild.create_role("Some bot", managed=True)

    assert "belongs to an integration" in await grove.benefit(role=managed)


async def test_without_manage_roles_nothing_is_added(grove: Grove) -> None:
    backend = grove.shop.env.backend
    guild = backend.guilds[grove.shop.guild.id]
    for role in list(guild.roles.values()):
        if role.managed:
            allowed = discord.Permissions(role.permissions)
            allowed.update(manage_roles=False)
            backend.edit_role(guild.id, role.id, {"permissions": allowed.value})
    await grove.shop.env.settle()

    assert "needs the Manage Roles permission" in await grove.benefit()


async def test_the_list_warns_of_a_role_that_can_no_longer_be_given(grove: Grove) -> None:
    await grove.benefit()
    grove.put_role(above=True)

    assert "⚠" in await grove.store("benefit list")


@pytest.mark.parametrize("typed", ["no such thing", "7777"])
async def test_removing_what_isnt_there_says_so(grove: Grove, typed: str) -> None:
    assert "isn't given by any product here" in await grove.store("benefit remove", benefit=typed)


async def test_an_unknown_product_says_what_may_be_meant(grove: Grove) -> None:
    answer = await grove.store("benefit add", product="GroveGard", role=grove.role)

    assert "GroveGuard" in answer


async def test_past_buyers_are_offered_the_benefit_and_get_it_by_a_click(grove: Grove) -> None:
    await grove.bought()
    refunded = await grove.bought()
    await grove.at_the_store("refund", refunded)

    result = await grove.store_result("benefit add", product=grove.till.product().id, role=grove.role)
    assert "1 earlier buyer doesn't have it yet" in text_of(result.response)
    assert grove.roles() == set()
    await grove.boss.click(result.response, label="Give it to 1 buyer")
    await grove.till.settled()

    assert grove.roles() == {"VIP"}


async def test_past_buyers_of_another_variant_dont_count(grove: Grove) -> None:
    await grove.bought("EconomyPlus", variant="One year")

    result = await grove.store_result(
        "benefit add",
        product=grove.till.product("EconomyPlus").id,
        variant="Lifetime",
        role=grove.role,
    )

    assert buttons_of(result.response) == {}


@pytest.mark.settings(staff={"role_ids": [1]})
async def test_members_cant_change_what_products_earn(grove: Grove) -> None:
    result = await grove.bob.slash(
        grove.shop.channel, "store benefit add", product=grove.till.product().id, role=grove.role
    )

    assert "Only staff can do this" in text_of(result.response)
    assert grove.shop.rows("SELECT * FROM benefits") == []


async def test_the_sales_log_warns_where_everybody_can_read_it_and_can_be_switched_off(grove: Grove) -> None:
    answer = await grove.store("saleslog", channel=grove.log_channel)
    assert "Everyone can read that channel" in answer

    answer = await grove.store("saleslog", off=True)
    assert "is off" in answer
    assert answer.endswith("Notes for staff wait until there's a channel.")
    await grove.bought()
    assert grove.logged() == []


@pytest.mark.own_shop
async def test_a_sales_log_that_is_switched_off_leaves_the_staffs_channel_its_notes(grove: Grove) -> None:
    staff = grove.shop.guild.create_text_channel("staff")
    await grove.shop.restart(staff={"log_channel_id": staff.id})

    off = await grove.store("saleslog", off=True)
    assert off == f"The sales log is off. Messages already there stay. Notes for staff go to <#{staff.id}>."


async def test_a_channel_in_which_the_bot_may_not_write_is_refused_as_sales_log(grove: Grove) -> None:
    everybody = grove.shop.guild.default_role
    closed = grove.shop.guild.create_text_channel(
        "closed", overwrites={everybody: discord.PermissionOverwrite(send_messages=False)}
    )

    assert "Send Messages" in await grove.store("saleslog", channel=closed)


async def test_a_sales_log_that_is_switched_off_leaves_what_it_wrote(grove: Grove) -> None:
    await grove.keep_log()
    order = await grove.bought()
    written = grove.logged()
    assert "Messages already there stay" in await grove.store("saleslog", off=True)

    await grove.at_the_store("refund", order)

    assert grove.logged() == written


async def test_without_a_channel_it_says_how_the_sales_log_stands_and_changes_nothing(grove: Grove) -> None:
    assert await grove.store("saleslog") == (
        "The sales log is off. Choose a channel to log each sale there. "
        "Notes for staff wait until there's a channel."
    )
    await grove.keep_log()

    for off in ({}, {"off": False}):
        answer = await grove.store("saleslog", **off)
        assert answer.startswith(f"Sales are logged in <#{grove.log_channel.id}>.")
        assert "Everyone can read that channel" in answer
        assert answer.endswith(f"Notes for staff go to <#{grove.log_channel.id}>.")
    await grove.bought()
    assert len(grove.logged()) == 1


async def test_it_says_that_the_bot_may_not_write_in_the_sales_log_any_more(grove: Grove) -> None:
    everybody = grove.shop.guild.default_role
    await grove.keep_log()
    silent = Overwrite(everybody.id, OverwriteType.ROLE, deny=discord.Permissions(send_messages=True).value)
    grove.shop.env.backend.set_overwrite(grove.log_channel.id, silent)
    await grove.shop.env.settle()

    answer = await grove.store("saleslog")

    assert "Sales can't be logged" in answer
    assert "missing permissions there (Send Messages)" in answer
    assert f"<#{grove.log_channel.id}>" in answer


async def test_it_says_that_the_sales_logs_channel_is_gone(grove: Grove) -> None:
    await grove.keep_log()
    grove.shop.env.backend.delete_channel(grove.log_channel.id)
    await grove.shop.env.settle()

    answer = await grove.store("saleslog")

    assert "The sales log's channel is gone, so sales aren't logged" in answer
    assert "Notes for staff wait until there's a channel" in answer


async def test_a_channel_and_off_together_change_nothing(grove: Grove) -> None:
    await grove.keep_log()

    answer = await grove.store("saleslog", channel=grove.log_channel, off=True)

    assert answer == "⚠️ Choose a channel or turn the log off, not both. Nothing changed."
    assert "Sales are logged" in await grove.store("saleslog")


async def test_a_list_longer_than_a_message_has_pages_and_every_benefit_is_on_one(grove: Grove) -> None:
    roles = [grove.shop.guild.create_role(f"{'A role with quite a long name ' * 3}{n}") for n in range(40)]
    for role in roles:
        await grove.benefit(role=role)
    for role in roles:
        grove.shop.env.backend.delete_role(grove.shop.guild.id, role.id)
    await grove.shop.env.settle()

    result = await grove.store_result("benefit list")
    seen = text_of(result.response)
    while not grove.button(result.response, "Next").get("disabled"):
        result = await grove.boss.click(result.response, label="Next")
        seen += text_of(result.response)

    assert seen.count("gives the") == 40
    assert seen.count("no longer exists") == 40
    back = await grove.boss.click(result.response, label="Previous")
    assert "gives the" in text_of(back.response)


async def test_only_staff_turn_the_list(grove: Grove) -> None:
    await grove.benefit()
    message = await grove.shop.button_for(grove.bob, "bamboo:benefits:0")

    result = await grove.bob.user.click(message, label="?")

    assert "gives the" not in text_of(result.response)
