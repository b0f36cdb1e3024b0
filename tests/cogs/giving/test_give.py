"""`/store give`: staff give a member what a product earns, for free."""

from typing import Any

import discord
import pytest

from tests.harness.at_once import commands_at_once
from tests.harness.grove import PRODUCT, Grove
from tests.harness.sale_pages import audited
from tests.harness.shop import buttons_of, text_of

pytestmark = pytest.mark.kept_shop


async def give(grove: Grove, title: str = PRODUCT, **options: Any) -> str:
    options.setdefault("member", grove.shop.alice)
    answer = await grove.store("give", product=grove.till.product(title).id, **options)
    await grove.till.settled()
    return answer


async def purchases(grove: Grove) -> Any:
    return (await grove.shop.alice.slash(grove.shop.channel, "purchases")).response


async def test_what_is_given_is_had_told_shown_logged_and_written_down(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit(message="Welcome to {role}!")

    answer = await give(grove, reason="Won the *build* contest")

    assert "Given" in answer
    assert f"**{PRODUCT}**" in answer
    assert "**VIP** role" in answer
    assert grove.roles() == {"VIP"}
    [told] = grove.told()
    assert "A gift for you" in told
    assert "Staff gave you:" in told
    assert r"“Won the \*build\* contest”" in told
    assert "You now have the **VIP** role in Bamboo Grove." in told
    assert "Welcome to VIP!" in told
    page = await purchases(grove)
    assert "A gift from staff" in text_of(page)
    assert "Given to you · " in text_of(page)
    assert "$" not in text_of(page) + told
    assert set(buttons_of(page)) == {"Show gift"}
    [logged] = grove.logged()
    assert "Given by staff" in logged
    assert f"To <@{grove.shop.alice.id}>, by <@{grove.boss.id}>" in logged
    assert "Role: given" in logged
    [(action, actor, written)] = audited(grove)
    assert (action, actor) == ("given", grove.boss.id)
    assert "contest" in written["reason"]
    assert grove.shop.rows("SELECT kind, subtotal, status FROM sales") == [
        {"kind": "given", "subtotal": None, "status": "paid"}
    ]


async def test_what_is_given_for_days_ends_and_says_so_without_asking_for_money(grove: Grove) -> None:
    await grove.benefit()

    assert "**VIP** role for 3 days" in await give(grove, days=3)
    assert grove.roles() == {"VIP"}
    await grove.days(3.1)

    assert grove.roles() == set()
    assert "Your time with the **VIP** role is over." in grove.told()[-1]
    assert "/buy" not in grove.told()[-1]


async def test_days_that_are_given_add_to_those_that_were_bought(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()

    await give(grove, days=5)
    await grove.days(32)
    assert grove.roles() == {"VIP"}

    await grove.days(4)
    assert grove.roles() == set()


async def test_a_subscription_that_is_given_lasts_without_one(grove: Grove) -> None:
    await grove.benefit("Sprout membership")

    await give(grove, "Sprout membership")

    assert grove.roles() == {"VIP"}
    assert "subscription" not in grove.told()[-1]
    assert "Manage subscription" not in buttons_of(await purchases(grove))
    await grove.days(40)
    assert grove.roles() == {"VIP"}


async def test_two_at_once_give_once(grove: Grove) -> None:
    await grove.benefit(days=30)
    other = grove.shop.guild.add_member(grove.shop.env.create_user("carol"), roles=[grove.staff_role])
    options = {"member": grove.shop.alice, "product": grove.till.product().id, "days": 3}

    answers = await commands_at_once(
        grove.shop, "store give", *((staff, options) for staff in (grove.boss, other))
    )
    await grove.till.settled()

    assert sum("just now, so it wasn't given twice" in answer for answer in answers) == 1, answers
    assert len(grove.grants()) == 1


async def test_a_restart_in_between_loses_nothing_that_was_given(grove: Grove) -> None:
    await grove.benefit()
    grove.shop.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=500, times=1)
    await grove.store("give", product=grove.till.product().id, member=grove.shop.alice)

    async with grove.outage():
        pass
    await grove.days(0.1)

    assert grove.roles() == {"VIP"}
    assert len(grove.grants()) == 1


async def test_what_earns_nothing_here_is_not_given(grove: Grove) -> None:
    assert f"**{PRODUCT}** gives no role here" in await give(grove)
    assert grove.shop.rows("SELECT * FROM sales") == []


async def test_who_has_it_for_good_is_given_nothing(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()

    assert "already has everything" in await give(grove)


async def test_a_role_that_cant_be_given_is_refused_with_what_to_do(grove: Grove) -> None:
    await grove.benefit()
    grove.put_role(above=True)

    answer = await give(grove)

    assert "above the bot's highest role" in answer
    assert grove.shop.rows("SELECT * FROM sales") == []


async def test_nobody_gives_a_role_that_allows_more_than_they_may(grove: Grove) -> None:
    keeper = grove.shop.guild.create_role("Keeper", permissions=discord.Permissions(kick_members=True))
    grove.shop.write(
        "INSERT INTO benefits (guild_id, product_id, variant_id, title, role_id, kept, created_at, reference)"
        " VALUES (?, ?, '', 'x', ?, FALSE, 0, 'abcdefghij')",
        grove.shop.guild.id,
        grove.till.product().id,
        keeper.id,
    )

    assert "allows more than you can do yourself" in await give(grove)
    assert grove.roles() == set()


@pytest.mark.settings(staff={"role_ids": [1]})
async def test_staff_alone_give_and_to_people_alone(grove: Grove) -> None:
    await grove.benefit()
    product = grove.till.product().id

    refused = await grove.shop.alice.slash(
        grove.shop.channel, "store give", product=product, member=grove.shop.alice
    )

    assert "Only staff can do this" in text_of(refused.response)
    assert grove.roles() == set()


async def test_bots_and_who_has_left_are_given_nothing(grove: Grove) -> None:
    await grove.benefit()
    product = grove.till.product().id
    bot = grove.shop.guild.add_member(grove.shop.env.create_user("helper", bot=True))

    assert "Bots can't be given anything." in await grove.store("give", product=product, member=bot)
    await grove.leave(grove.bob)
    assert "aren't in the server" in await grove.store("give", product=product, member=grove.bob.user)
    assert grove.grants() == []


async def test_colleagues_give_different_things_and_to_different_members_at_once(grove: Grove) -> None:
    await grove.benefit(days=1)
    await grove.benefit("Lobby pack", days=1)
    guard, pack = (grove.till.product(title).id for title in (PRODUCT, "Lobby pack"))

    for product, member in ((guard, grove.shop.alice), (guard, grove.bob), (pack, grove.bob)):
        assert "Given" in await grove.store("give", product=product, member=member)
    assert "just now" in await grove.store("give", product=pack, member=grove.bob)
    assert len(grove.grants()) == 3


async def test_a_variant_is_chosen_from_the_list(grove: Grove) -> None:
    await grove.benefit("EconomyPlus", variant="Lifetime")
    choices = await grove.boss.autocomplete(grove.shop.channel, "store give", "product", "economyplus")
    value = next(each["value"] for each in choices if "Lifetime" in each["name"])

    assert "comes in several variants" in await give(grove, "EconomyPlus")
    await grove.store("give", product=value, member=grove.shop.alice)
    await grove.till.settled()

    assert grove.roles() == {"VIP"}
