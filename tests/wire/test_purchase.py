"""A purchase over real sockets: `bamboo run`, Discord, the store and the file, and nothing else."""

from __future__ import annotations

import pytest

from tests.harness.patience import allowed
from tests.wire.invariants import assert_nothing_is_lost_or_twice, links_shown
from tests.wire.shop_process import ShopProcess, eventually
from tests.wire.world import COMPONENTS_V2, Message, snowflake

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.specification]

IN_TIME = allowed(1.0)
"""Seconds; Discord would wait for three."""


@pytest.fixture
def shop(shared_shop: ShopProcess) -> ShopProcess:
    return shared_shop


async def test_a_command_brings_the_stores_link_by_direct_message(shop: ShopProcess):
    purchase = await shop.buy()
    answer = await purchase.answered()
    assert purchase.acknowledged_after is not None
    assert purchase.acknowledged_after < IN_TIME
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert purchase.ephemeral
    assert answer.links == {
        "Pay $24.99": shop.link(),
        "Open the message": f"https://discord.com/channels/@me/{message.channel.id}/{message.id}",
    }
    public = [each.text for each in shop.discord.messages(shop.channel)]
    assert [text for text in public if "Let's set up your shop" not in text] == []
    [row] = shop.rows(
        "SELECT * FROM sessions JOIN sales ON sales.id = sale_id WHERE buyer_id = ?", shop.alice.id
    )
    assert (row["state"], row["status"], row["amount"], row["url"]) == ("open", "open", 2499, shop.link())
    assert row["guild_id"] == shop.guild.id
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


async def test_the_acknowledgement_does_not_wait_for_the_store(shop: ShopProcess):
    before = shop.checkouts
    shop.sandbox.fail_next("POST", "*/checkouts", delay=0.2)
    purchase = await shop.buy()
    await eventually(lambda: shop.checkouts > before)
    assert purchase.acknowledged_at is not None
    await purchase.answered_with("payment link is ready")


async def test_twenty_at_once_are_all_acknowledged_in_time_and_get_a_link_each(shop: ShopProcess):
    before = len(shop.sandbox.sessions)
    members = [shop.welcome_another_alice() for _ in range(20)]
    purchases = [await shop.buy(member) for member in members]
    for purchase in purchases:
        await purchase.answered_with("payment link is ready")
    assert max(purchase.acknowledged_after or 99 for purchase in purchases) < IN_TIME
    links = [link for member in members for one in shop.discord.dms(member) for link in one.links.values()]
    assert len(set(links)) == len(links) == len(shop.sandbox.sessions) - before == 20
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


async def test_asking_again_shows_the_same_link(shop: ShopProcess):
    message = await shop.bought()
    answer = await (await shop.buy()).answered_with("already have a link")
    assert list(answer.links.values()) == list(message.links.values())
    assert len(links_shown(shop, shop.alice)) == 1


async def test_a_link_that_expired_while_the_process_was_down_is_renewed_in_its_message(shop: ShopProcess):
    message = await shop.bought()
    old = shop.link()
    await shop.bot.kill()
    shop.pass_time(hours=6)
    await shop.bot.start()
    await eventually(lambda: "link expired" in message.text)
    assert message.links == {}
    click = await shop.discord.click(shop.alice, message, label="Get a new link")
    await eventually(lambda: message.links)
    assert message.links == {"Pay $24.99": shop.link()}
    assert shop.link() != old
    assert click.refusals == []
    await eventually(shop.at_rest)
    assert shop.discord.dms(shop.alice) == [message]
    assert_nothing_is_lost_or_twice(shop)


async def test_somebody_elses_button_does_nothing_for_others(shop: ShopProcess):
    message = await shop.bought()
    await shop.bot.kill()
    shop.pass_time(hours=6)
    await shop.bot.start()
    await eventually(lambda: "link expired" in message.text)
    bob = shop.discord.member("bob", shop.guild)
    # Nobody sees another's direct messages: this is the worst that could happen with such a button.
    copied = Message(
        snowflake(),
        shop.channel,
        shop.discord.world.bot,
        components=message.components,
        flags=COMPONENTS_V2,
    )
    shop.discord.show(copied)
    made = len(shop.sandbox.sessions)
    click = await shop.discord.click(bob, copied, label="Get a new link")
    refusal = await click.answered_with("someone else's purchase")
    assert refusal.ephemeral
    assert len(shop.sandbox.sessions) == made
    assert "link expired" in message.text
    assert shop.discord.dms(bob) == []
    shop.discord.delete_message(copied)


async def test_a_command_during_a_lost_gateway_connection_is_served_after_the_resume(shop: ShopProcess):
    identified = shop.discord.gateway.identified
    await shop.discord.gateway.disconnect()
    purchase = await shop.buy()
    await purchase.answered_with("payment link is ready")
    assert shop.discord.gateway.identified == identified


async def test_a_purchase_goes_on_while_the_gateway_connection_is_lost(shop: ShopProcess):
    made = shop.checkouts
    shop.sandbox.fail_next("POST", "*/checkouts", delay=0.3)
    purchase = await shop.buy()
    await eventually(lambda: shop.checkouts > made)
    await shop.discord.gateway.disconnect(resumable=False)
    await purchase.answered_with("payment link is ready")
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)
    await shop.discord.until(lambda: shop.discord.gateway.connected)
