"""A role that gives power over others is sold only after an explicit yes that names what it allows."""

import asyncio
import json

import discord
import pytest
import simcord

from bot.discord.roles import powers_of
from bot.fulfilment.models import AddedBenefit
from bot.fulfilment.powers import POWERS
from cogs.staff.benefits import BenefitActions
from tests.harness.grove import PRODUCT, Grove
from tests.harness.saying import kind_of
from tests.harness.shop import buttons_of, text_of, walk

pytestmark = pytest.mark.kept_shop


SELL, CANCEL = "Sell this role", "Cancel"
CONSEQUENCE = "Anyone who pays for it can do all of that in this server."


def moderator(grove: Grove, **permissions: bool) -> simcord.RoleHandle:
    """A role that Boss could give by hand, and that gives power over others."""
    backend, guild = grove.shop.env.backend, grove.shop.guild.id
    may = discord.Permissions(manage_guild=True, manage_roles=True)
    backend.edit_role(guild, grove.staff_role.id, {"permissions": may.value})
    permissions = permissions or {"kick_members": True, "mention_everyone": True}
    return grove.shop.guild.create_role("Keeper", permissions=discord.Permissions(**permissions))


def allow(grove: Grove, role: simcord.RoleHandle, **permissions: bool) -> None:
    more = {"permissions": discord.Permissions(**permissions).value}
    grove.shop.env.backend.edit_role(grove.shop.guild.id, role.id, more)


async def proposed(grove: Grove, role: simcord.RoleHandle, **options: object) -> simcord.InteractionResult:
    product = grove.till.product().id
    result: simcord.InteractionResult = await grove.store_result(
        "benefit add", product=product, role=role, **options
    )
    return result


def told(result: simcord.InteractionResult) -> str:
    return "\n".join(map(text_of, [result.response, *result.followups]))


def benefits(grove: Grove) -> list[dict[str, object]]:
    return grove.shop.rows("SELECT * FROM benefits")


async def test_nothing_is_sold_before_a_yes_that_names_what_the_role_allows(grove: Grove) -> None:
    await grove.keep_log()
    role = moderator(grove)

    asked = await proposed(grove, role, days=30, keep_after_refund=True, message="Be kind, {member}")

    assert "### Sell this role?" in told(asked)
    assert f"**{PRODUCT}** would give the **Keeper** role, which allows:" in told(asked)
    assert "- Kick, Approve, and Reject Members\n" in told(asked)
    assert "- Mention @everyone, @here, and All Roles\n" in told(asked)
    texts = [part["content"] for part in walk(asked.response.components) if part["type"] == 10]
    assert texts[-1].startswith(CONSEQUENCE), "it would be read as part of the list's last line"
    assert benefits(grove) == []
    await grove.bought()
    assert grove.roles() == set()

    agreed = await grove.boss.click(asked.response, label=SELL)
    await grove.till.settled()

    assert "### Role added" in told(agreed)
    assert "gives the **Keeper** role for 30 days, kept after a refund" in told(agreed)
    assert "With this message: Be kind, {member}" in told(agreed)
    assert "1 earlier buyer doesn't have it yet" in told(agreed)
    [entry] = grove.shop.rows("SELECT * FROM audit WHERE action <> 'settings'")
    assert (entry["action"], entry["actor_id"]) == ("role_sold", grove.boss.id)
    assert json.loads(entry["details"])["powers"] == ["kick_members", "mention_everyone"]
    [note] = [text for text in grove.logged() if "now sells" in text]
    assert f"<@{grove.boss.id}> now sells the **Keeper** role with **{PRODUCT}**" in note
    allows = "It allows: Kick, Approve, and Reject Members; Mention @everyone, @here, and All Roles."
    assert allows in note
    await grove.bought()
    assert grove.roles() == {"Keeper"}


async def test_the_question_names_all_that_was_chosen(grove: Grove) -> None:
    channel = grove.shop.guild.create_text_channel("welcome")

    asked = await proposed(
        grove,
        moderator(grove),
        days=30,
        keep_after_refund=True,
        message="Be kind, {member}",
        replaces=grove.role,
        channel=channel,
        chargeback="remove",
    )

    assert (
        f"You chose: **{PRODUCT}** gives the **Keeper** role for 30 days, in place of **VIP**, "
        f"with a welcome in <#{channel.id}>, kept after a refund but not after a chargeback.\n"
        "With this message: Be kind, {member}"
    ) in told(asked)


async def test_a_role_without_power_over_others_is_added_at_once(grove: Grove) -> None:
    assert "### Role added" in await grove.benefit()


async def test_cancelled_it_stays_unsold(grove: Grove) -> None:
    asked = await proposed(grove, moderator(grove))
    copy = await grove.shop.button_for(grove.boss, buttons_of(asked.response)[SELL]["custom_id"])

    cancelled = await grove.boss.click(asked.response, label=CANCEL)

    assert "Cancelled. This role won't be sold." in told(cancelled)
    assert buttons_of(cancelled.response) == {}
    late = await grove.boss.user.click(copy, label="?")
    assert "Role added" not in told(late)
    assert benefits(grove) == []


async def test_the_yes_counts_after_a_restart_with_all_that_was_wanted(grove: Grove) -> None:
    product = grove.till.product("EconomyPlus")
    asked = await grove.store_result(
        "benefit add", product=product.id, variant="Lifetime", role=moderator(grove), days=3
    )

    async with grove.outage():
        pass
    agreed = await grove.boss.click(asked.response, label=SELL)

    assert "### Role added" in told(agreed)
    [benefit] = benefits(grove)
    assert (benefit["days"], benefit["kept"]) == (3, 0)
    assert benefit["variant_id"] == next(each.id for each in product.variants if each.title == "Lifetime")


async def test_two_clicks_at_once_are_one_yes(grove: Grove) -> None:
    asked = await proposed(grove, moderator(grove))

    proposal = buttons_of(asked.response)[SELL]["custom_id"].split(":")[2]
    agree = grove.shop.app.bot.service(BenefitActions).benefits.agree

    clicks = [agree(grove.shop.guild.id, proposal, by=grove.boss.id) for _ in range(2)]
    one, other = sorted(
        await asyncio.gather(*clicks, return_exceptions=True), key=lambda each: isinstance(each, Exception)
    )

    assert isinstance(one, AddedBenefit)
    assert kind_of(other) == "proposal_gone"
    assert len(benefits(grove)) == 1
    assert len(grove.shop.rows("SELECT * FROM audit WHERE action <> 'settings'")) == 1


async def test_a_day_later_it_has_to_be_asked_again(grove: Grove) -> None:
    asked = await proposed(grove, moderator(grove))
    await grove.days(1.01)

    late = await grove.boss.click(asked.response, label=SELL)

    assert "it's too old" in told(late)
    assert benefits(grove) == []


async def test_what_the_role_came_to_allow_since_is_asked_about(grove: Grove) -> None:
    role = moderator(grove)
    asked = await proposed(grove, role)
    allow(grove, role, kick_members=True, ban_members=True)
    await grove.shop.env.settle()

    again = await grove.boss.click(asked.response, label=SELL)

    assert "### Sell this role?" in told(again)
    assert "- Ban Members" in told(again)
    assert benefits(grove) == []
    assert "### Role added" in told(await grove.boss.click(again.response, label=SELL))


async def test_who_lost_the_right_meanwhile_sells_nothing(grove: Grove) -> None:
    role = moderator(grove)
    asked = await proposed(grove, role)
    allow(grove, grove.staff_role, manage_guild=True)  # no longer Manage Roles
    await grove.shop.env.settle()

    assert "allows more than you can do yourself" in told(await grove.boss.click(asked.response, label=SELL))

    grove.take_by_hand(grove.boss, grove.staff_role)
    assert "Only staff can do this" in told(await grove.boss.click(asked.response, label=SELL))
    assert benefits(grove) == []


async def test_nobody_else_says_yes_for_them(grove: Grove) -> None:
    asked = await proposed(grove, moderator(grove))
    other = grove.shop.guild.add_member(grove.shop.env.create_user("carol"), roles=[grove.staff_role])
    copy = await grove.shop.button_for(other, buttons_of(asked.response)[SELL]["custom_id"])

    await other.user.click(copy, label="?")

    assert benefits(grove) == []


async def test_a_role_that_gains_power_after_it_was_attached_is_told_of_once(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    unsold = grove.shop.guild.create_role("Other")

    allow(grove, grove.role, add_reactions=True)
    allow(grove, unsold, ban_members=True)
    await grove.till.settled()
    assert grove.logged() == []

    for _ in range(2):
        allow(grove, grove.role, ban_members=True)
        await grove.till.settled()
        allow(grove, grove.role)
        await grove.till.settled()

    [note] = grove.logged()
    assert f"The **VIP** role is sold with **{PRODUCT}**, and it now allows more: Ban Members." in note


@pytest.mark.parametrize("name", [name for name, on in discord.Permissions.elevated() if on])
def test_what_discord_counts_as_elevated_is_asked_about(name: str) -> None:
    assert powers_of(discord.Permissions(**{name: True})) == (name,)
    assert str(POWERS[name])
