"""A benefit's role may take the place of another one."""

from typing import Any

import discord
import pytest
import simcord

from bot.discord.roles import RoleKeeper
from tests.harness.grove import PRODUCT, Grove
from tests.harness.instants import milliseconds
from tests.harness.shop import text_of

pytestmark = pytest.mark.kept_shop


@pytest.fixture
def visitor(grove: Grove) -> simcord.RoleHandle:
    """A role that Alice has by no purchase."""
    role = grove.shop.guild.create_role("Visitor")
    grove.give_by_hand(grove.shop.alice, role)
    return role


async def test_the_replaced_role_goes_once_the_other_is_given(
    grove: Grove, visitor: simcord.RoleHandle
) -> None:
    await grove.keep_log()
    added = await grove.benefit(replaces=visitor)
    assert f"**{PRODUCT}** gives the **VIP** role, in place of **Visitor**" in added
    assert "in place of **Visitor**" in await grove.store("benefit list")

    order = await grove.bought()

    assert grove.roles() == {"VIP"}
    assert "Replaced role: taken back" in grove.logged()[0]

    await grove.at_the_store("refund", order)

    assert grove.roles() == set()


async def test_without_the_option_nothing_is_taken(grove: Grove, visitor: simcord.RoleHandle) -> None:
    await grove.benefit(replaces=visitor)
    await grove.benefit()  # the same again, by other terms

    await grove.bought()

    assert grove.roles() == {"VIP", "Visitor"}


async def test_it_is_taken_once_for_a_purchase(grove: Grove, visitor: simcord.RoleHandle) -> None:
    await grove.benefit(replaces=visitor)
    order = await grove.bought()
    await grove.at_the_store("dispute", order)
    assert grove.roles() == set()
    grove.give_by_hand(grove.shop.alice, visitor)

    await grove.at_the_store("win", order)

    assert grove.roles() == {"VIP", "Visitor"}


async def test_a_role_that_another_purchase_gives_stays_until_that_ends(grove: Grove) -> None:
    basic = grove.shop.guild.create_role("Basic")
    await grove.benefit("EconomyPlus", role=basic)
    await grove.benefit(replaces=basic)
    first = await grove.bought("EconomyPlus", variant="Lifetime")

    await grove.bought()

    assert grove.roles() == {"VIP", "Basic"}
    await grove.at_the_store("refund", first)
    assert grove.roles() == {"VIP"}


async def test_a_role_that_another_purchase_gives_isnt_taken_for_a_moment_either(grove: Grove) -> None:
    basic = grove.shop.guild.create_role("Basic")
    await grove.benefit("EconomyPlus", role=basic)
    await grove.benefit(replaces=basic)
    await grove.bought("EconomyPlus", variant="Lifetime")
    path = f"/guilds/{grove.shop.guild.id}/members/{grove.shop.alice.id}/roles/{basic.id}"
    grove.shop.env.inject_error("DELETE", path, status=403, code=50013, times=None)

    await grove.bought()

    assert [step["outcome"] for step in grove.steps("replaced_role")] == ["gone"]


async def test_a_purchase_that_comes_while_the_role_is_taken_has_it(
    grove: Grove, visitor: simcord.RoleHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = RoleKeeper.take

    async def taken_while_it_is_bought(*what: Any, **why: Any) -> bool:
        there = await take(*what, **why)
        kept = "sale_id, benefit_id, order_id, guild_id, user_id, money, kept, state, earned_at, begins_at"
        grove.shop.write(
            f"INSERT INTO grants ({kept}, earned_by, role_id) "
            f"SELECT {kept}, 'meanwhile', {visitor.id} FROM grants"
        )
        return there

    await grove.benefit(replaces=visitor)
    monkeypatch.setattr(RoleKeeper, "take", taken_while_it_is_bought)

    await grove.bought()

    assert grove.roles() == {"VIP", "Visitor"}


async def test_a_paid_role_that_an_attempt_without_an_end_may_have_taken_is_given_again(grove: Grove) -> None:
    basic = grove.shop.guild.create_role("Basic")
    await grove.benefit("EconomyPlus", role=basic)
    await grove.benefit(replaces=basic)
    await grove.bought("EconomyPlus", variant="Lifetime")
    await grove.bought()
    grove.take_by_hand(grove.shop.alice, basic)
    grove.shop.write(
        "UPDATE jobs SET outcome = NULL, done_at = NULL, attempts = 1, "
        f"next_attempt_at = {milliseconds('2025-01-01 00:00:00')} WHERE kind = 'replaced_role'"
    )

    await grove.wake_queue()

    assert grove.roles() == {"VIP", "Basic"}


async def test_a_role_cant_replace_itself(grove: Grove) -> None:
    assert "can't replace itself" in await grove.benefit(replaces=grove.role)
    assert grove.shop.rows("SELECT * FROM benefits") == []


async def test_a_role_out_of_the_bots_reach_cant_be_replaced(grove: Grove) -> None:
    grove.put_role(above=True)
    other = grove.shop.guild.create_role("Builder")

    answer = await grove.benefit(role=other, replaces=grove.role)

    assert "The **VIP** role is above the bot's highest role" in answer
    assert grove.shop.rows("SELECT * FROM benefits") == []


async def test_where_it_cant_be_taken_staff_are_told_and_can_retry(grove: Grove) -> None:
    await grove.keep_log()
    other = grove.shop.guild.create_role("Builder")
    await grove.benefit(role=other, replaces=grove.role)
    grove.give_by_hand(grove.shop.alice, grove.role)
    grove.put_role(above=True)

    await grove.bought()

    sale, note = grove.logged()
    assert "Replaced role: **failed**" in sale
    assert f"couldn't remove the role from <@{grove.shop.alice.id}>" in note
    assert "drag the bot's role above it" in note
    assert grove.roles() == {"VIP", "Builder"}

    grove.put_role(above=False)
    await grove.boss.click(grove.messages(grove.log_channel)[1], label="Retry")
    await grove.till.settled()

    assert grove.roles() == {"Builder"}


async def test_a_process_that_ends_before_it_is_taken_leaves_it_to_the_next(
    grove: Grove, visitor: simcord.RoleHandle
) -> None:
    await grove.benefit(replaces=visitor)
    backend, alice = grove.shop.env.backend, grove.shop.alice.id
    path = f"/guilds/{grove.shop.guild.id}/members/{alice}/roles/{visitor.id}"
    grove.shop.env.inject_error("DELETE", path, status=400, code=0, times=2)
    await grove.bought()
    assert visitor.id in backend.guilds[grove.shop.guild.id].members[alice].role_ids

    async with grove.outage():
        pass
    await grove.days(0.1)
    await grove.days(0.1)  # on a server the next process waits until the dead one's turn is over

    assert grove.roles() == {"VIP"}


async def test_what_waits_for_a_yes_keeps_the_role_it_replaces(
    grove: Grove, visitor: simcord.RoleHandle
) -> None:
    backend, guild = grove.shop.env.backend, grove.shop.guild
    may = discord.Permissions(manage_guild=True, manage_roles=True)
    backend.edit_role(guild.id, grove.staff_role.id, {"permissions": may.value})
    keeper = guild.create_role("Keeper", permissions=discord.Permissions(kick_members=True))
    asked = await grove.store_result(
        "benefit add", product=grove.till.product().id, role=keeper, replaces=visitor
    )

    agreed = await grove.boss.click(asked.response, label="Sell this role")

    assert "in place of **Visitor**" in text_of(agreed.response)
