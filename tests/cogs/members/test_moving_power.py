"""Only who could give a purchase's roles by hand moves it, or has them last longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest

from tests.harness.grove import MEMBERSHIP
from tests.harness.sale_pages import MEMBERS, add_days, choose, newest, told

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


async def ask_move(grove: Grove, to: Any) -> Any:
    page = (await newest(grove)).response
    await grove.boss.click(page, label="Move to another account")
    await choose(grove, page, to, MEMBERS)
    return page


def allow(grove: Grove, **permissions: bool) -> None:
    """What the sold role allows whoever has it, from now on."""
    more = {"permissions": discord.Permissions(**permissions).value}
    grove.shop.env.backend.edit_role(grove.shop.guild.id, grove.role.id, more)


async def test_nobody_moves_a_role_that_allows_more_than_they_may(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    asked_before = await ask_move(grove, grove.bob)
    [benefit] = grove.shop.rows("SELECT reference FROM benefits")
    await grove.store("benefit remove", benefit=benefit["reference"])
    allow(grove, kick_members=True)

    page = (await newest(grove)).response
    await grove.boss.click(page, label="Move to another account")
    refused = await choose(grove, page, grove.bob, MEMBERS)
    clicked = await grove.boss.click(asked_before, label="Move")
    await grove.till.settled()

    for said in (told(refused), told(clicked)):
        assert "The **VIP** role allows more than you can do yourself" in said
    assert (grove.roles(), grove.roles(grove.bob)) == ({"VIP"}, set())
    assert grove.till.sale()["recipient_id"] == grove.shop.alice.id


async def test_a_role_that_later_payments_earn_is_moved_by_who_may_give_it(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.benefit(MEMBERSHIP)
    allow(grove, kick_members=True)

    page = (await newest(grove)).response
    await grove.boss.click(page, label="Move to another account")

    assert "allows more than you can do yourself" in told(await choose(grove, page, grove.bob, MEMBERS))


async def test_what_is_left_moves_though_its_role_is_gone(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    grove.shop.env.backend.delete_role(grove.shop.guild.id, grove.role.id)

    clicked = await grove.boss.click(await ask_move(grove, grove.bob), label="Move")

    assert f"It's <@{grove.bob.id}>'s now." in told(clicked)


async def test_nobody_lengthens_a_role_that_allows_more_than_they_may(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    [before] = grove.grants()
    allow(grove, kick_members=True)

    assert "allows more than you can do yourself" in await add_days(grove, "7")

    assert grove.grants() == [before]
