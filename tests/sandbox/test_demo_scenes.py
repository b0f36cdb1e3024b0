"""What there is to try in the demo besides buying: threads, claims, and who may buy."""

import re
from typing import Any

import discord

from tests.sandbox.visiting import Visitor


async def test_a_thread_is_a_room_below_its_channel_for_those_who_are_in_it(visitor: Visitor):
    await visitor.buy()
    visitor.pay()
    await visitor.until_roles("alice", "Guardian")
    seen = await visitor.enter("dm-alice")
    await visitor.until_seen("dm-alice", "Problem with this purchase")
    seen = await visitor.enter("dm-alice")
    await visitor.click("dm-alice", seen, "Problem with this purchase")

    [alices] = await visitor.until_threads("alice")
    assert alices in (await visitor.now())["news"]
    page = await visitor.get("room/shop-alice")
    assert page.index('href="/room/shop-alice"') < page.index(f'href="/room/{alices}"')
    assert page.index(f'href="/room/{alices}"') < page.index('href="/room/dm-alice"')
    await visitor.enter(alices)
    await visitor.until_seen(alices, "needs help with this purchase")

    await visitor.enter("log-robin")
    await visitor.until_seen("log-robin", "Join the thread")
    seen = await visitor.enter("log-robin")
    await visitor.click("log-robin", seen, "Join the thread")
    rooms = await visitor.until_threads("alice", "robin")
    robins = next(slug for slug in rooms if slug.endswith("robin"))
    await visitor.enter(robins)
    await visitor.until_seen(robins, "needs help with this purchase")


async def test_who_joins_a_thread_that_is_on_show_sees_it_with_their_own_eyes(visitor: Visitor):
    world = visitor.demo.stage.world
    async with visitor.demo.stage.turn:
        channel: Any = world.app.bot.get_channel(world.shop.id)
        with world.env.time_context():
            thread = await channel.create_thread(name="Help")
            await thread.add_user(discord.Object(world.alice.id))
            await thread.send("Hello")
        await world.env.settle()
    [alices] = await visitor.until_threads("alice")
    await visitor.enter(alices)
    async with visitor.demo.stage.turn:
        with world.env.time_context():
            await thread.add_user(discord.Object(world.robin.id))
        await world.env.settle()
    robins = next(slug for slug in await visitor.until_threads("alice", "robin") if slug.endswith("robin"))

    await visitor.enter(robins)

    await visitor.until_seen(robins, "Hello")


async def test_what_was_bought_on_the_website_is_claimed_with_what_the_start_page_says(visitor: Visitor):
    world = visitor.demo.stage.world
    number, email = re.findall(r"<kbd>(cs_\w+)</kbd> and the email <kbd>(.+?)</kbd>", await visitor.get(""))[
        0
    ]
    async with visitor.demo.stage.turn:
        form = await world.alice.slash(world.shop, "claim")
        await world.alice.submit_modal(form, {"key": "", "number": number, "email": email})

    await visitor.until_roles("alice", "Guardian")


async def test_some_things_are_for_some_only_and_robin_decides_who_buys(visitor: Visitor):
    world = visitor.demo.stage.world
    await visitor.enter("shop-mia")
    async with visitor.demo.stage.turn:
        product = world.sandbox.product("founder-rank").id
        await world.people.mia.slash(world.shop, "buy", product=product)
    await visitor.until_seen("shop-mia", "only for members with the")

    async with visitor.demo.stage.turn:
        await world.robin.slash(world.shop, "store block", member=world.people.mia, reason="Spam")
        await world.people.mia.slash(world.shop, "buy", product=world.sandbox.product("grove-guard").id)
    await visitor.until_seen("shop-mia", "Spam")

    async with visitor.demo.stage.turn:
        await world.robin.slash(world.shop, "store access", closed="Back on Monday")
        await world.alice.slash(world.shop, "buy", product=world.sandbox.product("grove-guard").id)
    await visitor.enter("shop-alice")
    await visitor.until_seen("shop-alice", "Back on Monday")
