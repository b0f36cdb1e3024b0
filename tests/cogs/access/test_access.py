"""`/store access`, `/store block`, `/store unblock`: who may buy."""

from typing import Any

import pytest

from tests.harness.at_once import commands_at_once
from tests.harness.grove import PRODUCT, Grove
from tests.harness.shop import Shop, buttons_of, link_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


async def buy(grove: Grove, **options: Any) -> str:
    product = grove.till.product().id
    result = await grove.shop.alice.slash(grove.shop.channel, "buy", product=product, **options)
    return text_of(result.response)


async def for_role(grove: Grove, role: Any) -> str:
    return await grove.store("access", product=grove.till.product().id, role=role)


async def test_only_members_with_the_role_buy_the_product(grove: Grove) -> None:
    fan, friend = grove.shop.guild.create_role("Fan"), grove.shop.guild.create_role("Friend")

    standing = await for_role(grove, fan)
    await for_role(grove, friend)

    assert f"- **{PRODUCT}**: only <@&{fan.id}>" in standing
    refused = await buy(grove)
    assert f"{PRODUCT} is only for members with one of these roles: **Fan**, **Friend**." in refused
    assert grove.shop.sandbox.sessions == {}
    grove.give_by_hand(grove.shop.alice, friend)
    assert "Your payment link is ready" in await buy(grove)


async def test_a_product_that_is_for_others_isnt_suggested_and_its_page_says_for_whom(grove: Grove) -> None:
    fan = grove.shop.guild.create_role("Fan")
    await for_role(grove, fan)

    assert await grove.shop.alice.autocomplete(grove.shop.channel, "buy", "product", "groveguard") == []
    visitor = await Visitor(grove.shop).look_at("grove-guard")
    assert "only for members with the **Fan** role." in text_of(visitor.page)
    assert list(buttons_of(visitor.page)) == ["Buy", "Back"]
    assert buttons_of(visitor.page)["Buy"]["disabled"]
    grove.give_by_hand(grove.shop.alice, fan)
    visitor = await Visitor(grove.shop).look_at("grove-guard")
    await visitor.click("Buy for $24.99")
    assert "Your payment link is ready" in text_of(visitor.last.response)


async def test_a_page_that_is_open_when_the_rules_change_says_so_once_it_is_pressed(grove: Grove) -> None:
    visitor = await Visitor(grove.shop).look_at("grove-guard")
    await grove.store("access", closed="Back on Monday.")

    await visitor.click("Buy for $24.99")

    assert "The shop is closed right now. Back on Monday." in text_of(visitor.last.response)
    assert "The shop is closed right now. Back on Monday." in text_of(visitor.page)
    assert grove.shop.sandbox.sessions == {}


async def test_without_a_role_everyone_buys_it_again(grove: Grove) -> None:
    await for_role(grove, grove.role)

    shown = await grove.store("access", product=grove.till.product().id)
    assert "No product needs a role." in shown
    assert "blocked" not in shown

    assert "Your payment link is ready" in await buy(grove)


async def test_a_closed_shop_says_its_sentence_until_it_is_opened_and_over_a_restart(grove: Grove) -> None:
    assert "The shop is closed" in await grove.store("access", closed="Back on *Monday*.")
    async with grove.outage():
        pass

    assert r"The shop is closed right now. Back on \*Monday\*." in await buy(grove)
    assert grove.shop.sandbox.sessions == {}
    assert "The shop is open" in await grove.store("access", opened=True)
    assert "Your payment link is ready" in await buy(grove)


async def test_who_is_blocked_buys_nothing_keeps_what_they_have_and_is_let_back(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()

    assert "can't buy here anymore" in await grove.store(
        "block", member=grove.shop.alice, reason="Disputed a payment."
    )
    async with grove.outage():
        pass

    refused = await buy(grove)
    assert "blocked you from buying here: Disputed a payment. What you have stays yours." in refused
    assert grove.roles() == {"VIP"}
    assert "can buy here again" in await grove.store("unblock", member=grove.shop.alice)
    assert "isn't blocked" in await grove.store("unblock", member=grove.shop.alice)
    assert "blocked" not in await buy(grove)


async def test_an_expired_link_isnt_renewed_for_who_was_blocked_since(grove: Grove) -> None:
    await grove.till.link()
    await grove.shop.pass_time(hours=7)
    await grove.store("block", member=grove.shop.alice)

    [message] = grove.shop.dms(grove.shop.alice)
    answer = await grove.shop.alice.user.click(message, label="Get a new link")

    assert "Staff have blocked you from buying here." in text_of(answer.response) + "".join(grove.told())
    assert len(grove.shop.sandbox.sessions) == 1


async def test_what_is_free_isnt_taken_by_who_may_not_buy(grove: Grove) -> None:
    free = grove.shop.sandbox.product("wallpapers").id
    await grove.store("benefit add", product=free, role=grove.role)
    await grove.store("block", member=grove.shop.alice)

    answer = await grove.shop.alice.slash(grove.shop.channel, "buy", product=free)

    assert "blocked you" in text_of(answer.response)
    assert grove.grants() == []


async def test_a_block_while_somebody_buys_comes_before_the_link_or_after(grove: Grove) -> None:
    product = grove.till.product().id

    [bought] = await commands_at_once(grove.shop, "buy", (grove.shop.alice, {"product": product}))
    block = commands_at_once(grove.shop, "store block", (grove.boss, {"member": grove.shop.alice}))
    await block
    later = await buy(grove)

    assert "Your payment link is ready" in bought
    assert "blocked you" in later
    assert len(grove.shop.sandbox.sessions) == 1


async def test_what_is_refused_takes_nothing_back_that_was_changed_at_the_same_time(grove: Grove) -> None:
    await grove.store("block", member=grove.shop.alice)

    unblocked, refused = await commands_at_once(
        grove.shop,
        "store unblock",
        (grove.boss, {"member": grove.shop.alice}),
        (grove.boss, {"member": grove.bob}),
    )

    assert "can buy here again" in unblocked
    assert "isn't blocked" in refused
    assert "Your payment link is ready" in await buy(grove)


async def test_what_staff_changed_is_written_down(grove: Grove) -> None:
    await for_role(grove, grove.role)
    await grove.store("block", member=grove.shop.alice, reason="x")
    await grove.store("access", closed="Soon.")

    shown = await grove.store("access")
    assert "1 member is blocked.\nOnly for members with a role:\n- " in shown
    rows = grove.shop.rows("SELECT action, actor_id FROM audit ORDER BY id")
    assert [row["action"] for row in rows] == ["access", "blocked", "shop_closed"]
    assert {row["actor_id"] for row in rows} == {grove.boss.id}


async def test_options_that_dont_go_together_change_nothing(grove: Grove) -> None:
    assert "Choose a product as well" in await grove.store("access", role=grove.role)
    assert "not both" in await grove.store("access", closed="x", opened=True)
    assert grove.shop.rows("SELECT * FROM audit") == []


@pytest.mark.settings(staff={"role_ids": [1]})
@pytest.mark.parametrize("command", ["access", "block", "unblock"])
async def test_staff_alone_decide(shop: Shop, command: str) -> None:
    options = {} if command == "access" else {"member": shop.alice}

    refused = await shop.alice.slash(shop.channel, f"store {command}", **options)

    assert "Only staff can do this" in text_of(refused.response)
    assert link_of(refused.response) is None
