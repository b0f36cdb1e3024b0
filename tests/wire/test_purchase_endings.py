"""SIGTERM and SIGINT: everything comes to its end, and the exit code is 0."""

from __future__ import annotations

import asyncio
import signal
from time import monotonic

import pytest

from tests.harness.patience import allowed
from tests.wire import kills
from tests.wire.invariants import assert_nothing_is_lost_or_twice
from tests.wire.shop_process import ShopProcess, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.specification]

PROMPT = allowed(4.0)
"""Seconds in which a process with nothing to wait for ends."""
PATIENT = allowed(9.0)
"""Seconds in which it ends at the latest: Docker kills after ten."""


@pytest.fixture
def shop(shared_shop: ShopProcess) -> ShopProcess:
    return shared_shop


async def end(shop: ShopProcess, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
    """Send the signal; returns the exit code and the seconds that it took."""
    began = monotonic()
    ended = shop.bot.terminate if number is signal.SIGTERM else shop.bot.interrupt
    return await ended(), monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_purchase_under_way_is_finished_first(shop: ShopProcess, number: signal.Signals):
    before = shop.checkouts
    shop.sandbox.fail_next("POST", "*/checkouts", delay=0.5)
    purchase = await shop.buy()
    await eventually(lambda: shop.checkouts > before)
    code, took = await end(shop, number)
    assert (code, took < PROMPT) == (0, True)
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert "payment link is ready" in (await purchase.answered()).text
    assert shop.at_rest()
    assert_nothing_is_lost_or_twice(shop)
    assert shop.bot.errors == []
    await shop.bot.start()
    code, took = await end(shop, number)
    assert (code, took < PROMPT) == (0, True)


async def test_a_purchase_that_takes_too_long_is_interrupted_and_gone_on_with(shop: ShopProcess):
    before = shop.checkouts
    shop.sandbox.fail_next("POST", "*/checkouts", delay=30)
    purchase = await shop.buy()
    await eventually(lambda: shop.checkouts > before)
    code, took = await end(shop)
    assert (code, took < PATIENT) == (0, True)
    assert "We're restarting" in (await purchase.answered()).text
    assert shop.bot.errors == []
    shop.pass_time(seconds=61)
    await shop.bot.start()
    await eventually(shop.at_rest)
    await purchase.answered_with("payment link is ready")
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert_nothing_is_lost_or_twice(shop)


async def test_asked_twice_it_hurries(shop: ShopProcess):
    hold = shop.discord.hold(*kills.DIRECT_MESSAGE)
    purchase = await shop.buy()
    await hold.arrived()
    ending = asyncio.create_task(end(shop))
    await asyncio.sleep(0.3)
    assert not ending.done()
    code, took = await end(shop)
    assert (code, took < PROMPT) == (0, True)
    await ending
    hold.drop()
    assert shop.bot.errors == []
    shop.pass_time(seconds=61)
    await shop.bot.start()
    await eventually(shop.at_rest)
    await purchase.answered_with("payment link is ready")
    assert_nothing_is_lost_or_twice(shop)


async def test_a_worker_with_much_to_do_stops_between_two_pieces(shop: ShopProcess):
    members = [shop.welcome_another_alice() for _ in range(12)]
    messages = [await shop.bought(member) for member in members]
    await eventually(shop.at_rest)
    await shop.bot.kill()
    shop.pass_time(hours=6)
    hold = shop.discord.hold(*kills.EDIT_IT)
    await shop.bot.launch()
    await hold.arrived()
    ending = asyncio.create_task(end(shop))
    await asyncio.sleep(1)  # until the process has noticed; nothing tells of it
    hold.release()
    code, took = await ending
    assert (code, took < PROMPT) == (0, True)
    assert 0 < sum("link expired" in message.text for message in messages) < 12
    assert shop.bot.errors == []
    shop.pass_time(seconds=61)
    await shop.bot.start()
    await eventually(shop.at_rest)
    assert all("link expired" in message.text for message in messages)
    assert_nothing_is_lost_or_twice(shop)


async def test_a_process_that_is_still_starting_ends_too(shop: ShopProcess):
    await shop.bot.kill()
    hold = shop.discord.hold("GET", "/users/@me")
    await shop.bot.launch()
    await hold.arrived()
    code, took = await end(shop)
    assert (code, took < PROMPT) == (0, True)
    assert shop.bot.errors == []
