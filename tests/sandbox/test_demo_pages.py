import asyncio
import json
import time
from datetime import datetime, timedelta

import aiohttp

from tests.sandbox.visiting import Visitor, words


async def test_the_start_page_leads_to_everyones_rooms_and_to_the_store(visitor: Visitor):
    page = await visitor.get("")
    for slug in ("shop-alice", "dm-alice", "shop-robin", "log-robin", "dm-robin", "shop-mia", "dm-mia"):
        assert f'href="/room/{slug}"' in page
        assert visitor.room(slug).token in await visitor.get(f"room/{slug}")
    assert f'href="{visitor.demo.stage.world.sandbox.url}/owner"' in page


async def test_people_see_the_channel_with_their_own_eyes(visitor: Visitor):
    alice, robin = await visitor.enter("shop-alice"), await visitor.enter("shop-robin")
    assert alice["channelId"] == robin["channelId"]
    assert alice["viewerId"] == str(visitor.room("shop-alice").person.member.id)
    assert robin["viewerId"] == str(visitor.room("shop-robin").person.member.id)
    assert (await visitor.now())["on_show"] == ["shop-alice", "shop-robin", "shop-kim", "shop-mia"]


async def test_entering_another_channel_ends_what_was_on_show_before(visitor: Visitor):
    await visitor.enter("shop-alice")
    await visitor.enter("dm-alice")
    assert (await visitor.look("shop-alice"))[0] == 410
    assert (await visitor.look("dm-alice"))[0] == 200
    assert (await visitor.now())["on_show"] == ["dm-alice"]
    await visitor.enter("shop-alice")
    assert (await visitor.look("shop-alice"))[0] == 200


async def test_a_direct_message_is_news_until_it_was_on_show(visitor: Visitor):
    await visitor.enter("shop-alice")
    await visitor.buy()
    assert (await visitor.now())["news"] == ["dm-alice"]
    assert "Your payment link" in words(await visitor.enter("dm-alice"))
    assert (await visitor.now())["news"] == []


async def test_a_click_on_what_was_just_shown_anew_counts_where_the_message_is_the_same(visitor: Visitor):
    await visitor.buy(gift_to=visitor.demo.stage.world.people.mia)
    seen = await visitor.enter("dm-alice")
    await visitor.move_time("1")
    assert (await visitor.look("dm-alice"))[1]["publishedRevision"] > seen["publishedRevision"]

    done = await visitor.click("dm-alice", seen, "Add a note")

    assert (done["rejected"], done["settlement"]) == (False, "settled")


async def test_a_click_on_what_has_changed_meanwhile_counts_for_nothing(visitor: Visitor):
    await visitor.buy(gift_to=visitor.demo.stage.world.people.mia)
    seen = await visitor.enter("dm-alice")
    await visitor.move_time("6")
    await visitor.until_seen("dm-alice", "Payment link expired")

    assert (await visitor.click("dm-alice", seen, "Add a note"))["rejected"]


async def test_a_payment_changes_roles_and_is_news_for_the_staff(visitor: Visitor):
    assert (await visitor.now())["roles"] == {
        "alice": "none yet",
        "robin": "Staff",
        "kim": "Staff",
        "mia": "none yet",
    }
    await visitor.buy()
    await visitor.enter("dm-alice")
    visitor.pay()
    await visitor.until_roles("alice", "Guardian")
    await visitor.until_seen("dm-alice", "Payment received. Thank you!")
    assert (await visitor.now())["news"] == ["log-robin"]
    await visitor.enter("log-robin")
    await visitor.until_seen("log-robin", "Purchase paid and delivered")
    assert "log-robin" not in (await visitor.now())["news"]


async def test_direct_messages_are_closed_and_opened_by_a_switch(visitor: Visitor):
    await visitor.enter("shop-alice")
    assert (await visitor.now())["closed"] == []

    assert (await visitor.post("dms", room="shop-alice")).status == 303
    await visitor.buy()

    assert (await visitor.now())["closed"] == ["alice"]
    assert "dm-alice" not in (await visitor.now())["news"]
    await visitor.until_seen("shop-alice", "couldn't send you a direct message")
    assert (await visitor.post("dms", room="shop-alice")).status == 303
    assert (await visitor.now())["closed"] == []


async def test_a_person_s_discord_is_in_the_language_of_the_switch(visitor: Visitor):
    world = visitor.demo.stage.world
    alice = world.people.alice
    assert "<select" in await visitor.get("room/shop-alice")

    assert (await visitor.post("language", room="shop-alice", locale="en-US")).status == 303
    assert (await visitor.post("language", room="shop-alice", locale="tlh")).status == 400
    assert (await visitor.post("language", room="nowhere", locale="en-US")).status == 400
    assert world.env.locale_of(alice.id) == "en-US"


async def test_products_are_named_by_their_ids(visitor: Visitor):
    product = visitor.demo.stage.world.sandbox.product("grove-guard")

    assert json.loads(await visitor.get("products"))[product.id] == product.title


async def test_a_payment_waits_for_staff_to_decide(visitor: Visitor):
    world = visitor.demo.stage.world
    await visitor.enter("shop-robin")
    async with visitor.demo.stage.turn:
        await world.robin.slash(world.shop, "store quarantine")

    await visitor.until_seen("shop-robin", "Payment that doesn't match (1 of 1)")


async def test_a_gift_gives_the_role_to_the_friend(visitor: Visitor):
    await visitor.buy(gift_to=visitor.demo.stage.world.people.mia)
    visitor.pay()
    await visitor.until_roles("mia", "Guardian")
    assert (await visitor.now())["roles"]["alice"] == "none yet"
    await visitor.enter("dm-mia")
    await visitor.until_seen("dm-mia", "@Alice gave you")
    assert "24.99" not in words((await visitor.look("dm-mia"))[1])


async def test_a_restarted_bot_is_another_one_that_goes_on_with_the_same_sale(visitor: Visitor):
    world = visitor.demo.stage.world
    await visitor.buy()
    seen = await visitor.enter("dm-alice")
    before = world.app
    response = await visitor.post("restart", room="dm-alice")
    assert (response.status, response.headers["Location"]) == (303, "/room/dm-alice")
    assert world.app is not before
    assert before.bot.is_closed()
    status, later = await visitor.look("dm-alice")
    assert (status, later["context"]["id"]) == (200, seen["context"]["id"]), "the visitor lost their room"
    assert later["botGeneration"] > seen["botGeneration"]
    visitor.pay()
    await visitor.until_roles("alice", "Guardian")
    await visitor.until_seen("dm-alice", "Payment received. Thank you!")


async def test_what_is_paid_while_the_bot_is_away_is_delivered_when_it_is_back(visitor: Visitor):
    world = visitor.demo.stage.world
    world.sandbox.webhooks.repeat_after = (0.05,) * 100
    await visitor.buy()
    async with visitor.demo.stage.turn:
        await world.env.settle()
        app = await world.process.start_again()
        world.sandbox.send_webhooks_to("http://127.0.0.1:9/nobody", "whsec_AAAA")
        visitor.pay()
        await world.env.restart_bot(app.bot)
    assert (await visitor.now())["roles"]["alice"] == "none yet"
    world.tell_bot_of_payments()
    await visitor.until_roles("alice", "Guardian")


async def test_moving_time_shows_an_expiry_without_being_asked_again(visitor: Visitor):
    await visitor.buy()
    await visitor.enter("dm-alice")
    before = datetime.fromisoformat((await visitor.now())["now"])
    assert await visitor.move_time("6") == 303
    _, seen = await visitor.look("dm-alice")
    assert "Payment link expired" in words(seen)
    after = datetime.fromisoformat((await visitor.now())["now"])
    assert timedelta(hours=6) <= after - before < timedelta(hours=6, minutes=1)


async def test_a_timer_that_rings_as_time_is_moved_holds_nothing_up(visitor: Visitor):
    world, loop = visitor.demo.stage.world, asyncio.get_running_loop()

    def keep_busy() -> None:
        with world.env._bot_scope():
            loop.call_later(0.06, lambda: None)
        time.sleep(0.1)  # so that the timer and the one below are late, and ring at once

    world.env.settle_timeout = 14.0  # two that wait for each other give up after that
    async with visitor.demo.stage.turn:
        await world.env.settle()
        loop.call_soon(keep_busy)
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await world.pass_time(timedelta(seconds=1))
    assert time.monotonic() - began < world.env.settle_timeout / 2


async def test_time_moves_by_one_or_six_hours_only(visitor: Visitor):
    before = datetime.fromisoformat((await visitor.now())["now"])
    for hours in ("-1", "600", "soon", ""):
        assert await visitor.move_time(hours) == 400
    assert datetime.fromisoformat((await visitor.now())["now"]) - before < timedelta(minutes=1)


async def test_while_nothing_happens_what_a_page_shows_stays_valid(visitor: Visitor):
    seen = await visitor.enter("shop-alice")
    await visitor.demo.stage.jump(timedelta(seconds=30))
    _, later = await visitor.look("shop-alice")
    assert later["publishedRevision"] == seen["publishedRevision"]


async def test_what_the_bot_does_by_itself_is_shown_even_while_somebody_types(visitor: Visitor):
    await visitor.enter("dm-alice")
    await visitor.buy()
    await visitor.press_nothing("dm-alice")
    # The next tick of the clock; far less than a minute.
    await visitor.until_seen("dm-alice", "Your payment link")


async def test_relative_times_do_not_grow_old(visitor: Visitor):
    await visitor.buy()
    seen = await visitor.enter("dm-alice")
    await visitor.demo.stage.jump(timedelta(minutes=2))
    _, later = await visitor.look("dm-alice")
    shown = [datetime.fromisoformat(each["profile"]["presentationTime"]) for each in (seen, later)]
    assert shown[1] - shown[0] >= timedelta(minutes=2)


async def test_pictures_from_the_store_are_shown(visitor: Visitor):
    world = visitor.demo.stage.world
    async with visitor.demo.stage.turn:
        await world.alice.slash(world.shop, "shop")
    seen = await visitor.enter("shop-alice")
    pictures = [name for name, asset in seen["assets"].items() if asset["filename"].endswith(".png")]
    assert len([name for name in pictures if seen["assets"][name]["available"]]) >= 6
    drawn = dict(visitor.demo.stage.pictures.values())
    for name in pictures:
        # As it was drawn, so not by way of SimCord, which takes a second for each.
        if (png := drawn.get(seen["assets"][name]["filename"])) is not None:
            assert await visitor.picture("shop-alice", name) == png


async def test_the_stores_pages_lead_back_to_the_room(visitor: Visitor, http: aiohttp.ClientSession):
    await visitor.buy()
    await visitor.enter("dm-alice")
    sandbox = visitor.demo.stage.world.sandbox
    page = f"{sandbox.url}/c/{next(iter(sandbox.sessions))}"
    back = f"{visitor.demo.address}back"
    async with http.get(page) as response:
        assert f'href="{back}"' in await response.text()
    async with http.post(page, data={"email": "alice@example.com", "action": "pay"}) as response:
        assert f'href="{back}"' in await response.text()
    async with http.get(back) as response:
        assert response.url.path == "/room/dm-alice"


async def test_other_sites_are_refused(visitor: Visitor, http: aiohttp.ClientSession):
    assert (await visitor.post("time", origin="https://evil.example", hours="6")).status == 403
    assert (await visitor.post("restart", origin="https://evil.example")).status == 403
    async with http.get(visitor.demo.address, headers={"Host": "evil.example"}) as response:
        assert response.status == 403
    async with http.post(f"{visitor.demo.address}api/pages", json={}) as response:
        assert response.status == 401


async def test_only_the_demos_own_pages_may_frame_the_room(visitor: Visitor, http: aiohttp.ClientSession):
    async with http.get(f"{visitor.demo.address}preview") as response:
        assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
        assert "/demo/preview.css" in await response.text()
    async with http.get(f"{visitor.demo.address}app.js") as response:
        assert response.status == 200


async def test_an_ended_preview_opens_again(visitor: Visitor):
    seen = await visitor.enter("shop-alice")
    await (await visitor.demo.stage.preview()).close()
    assert (await visitor.look("shop-alice"))[0] == 410
    assert (await visitor.enter("shop-alice"))["context"]["id"] != seen["context"]["id"]
