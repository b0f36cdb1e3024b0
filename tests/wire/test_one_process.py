"""A database file is served by one process; what a dead one had under way goes on at the next start."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

import pytest

from tests.wire import kills
from tests.wire.invariants import assert_nothing_is_lost_or_twice
from tests.wire.process import BotProcess
from tests.wire.shop_process import ShopProcess, eventually

if TYPE_CHECKING:
    from tests.wire.kills import Point

pytestmark = pytest.mark.asyncio(loop_scope="module")
OF_A_FILE = pytest.mark.sqlite
"""A server has room for several processes; what is leased there is so until the lease runs out."""
AT_ONCE = 20
"""Seconds: a third of a lease, and more than a busy machine takes for the work."""


@pytest.fixture
def shop(shared_shop: ShopProcess) -> ShopProcess:
    return shared_shop


@OF_A_FILE
async def test_a_second_process_is_refused_with_a_sentence_and_the_first_serves_on(shop: ShopProcess):
    async with shop.process("second.log") as second:
        await second.launch()
        assert await second.ended() == 1
        assert "another Bamboo serves this database" in second.log
        assert len(shop.discord.gateway.connected) == 1
    await shop.bought()
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)


async def test_check_works_beside_a_running_bot(shop: ShopProcess):
    arguments = ["-m", "bot", "check", "--config", str(shop.config)]
    async with BotProcess(shop.discord, arguments, log_path=shop.database.with_name("check.log")) as check:
        await check.launch()
        assert await check.ended() == 2
        assert "up to date" in check.log
        [wrong] = [line for line in check.log.splitlines() if line.startswith("✗")]
        assert "Nothing tells Bamboo about payments" in wrong  # as this shop has it


@OF_A_FILE
async def test_nobody_else_can_open_the_lock(shop: ShopProcess):
    lock = shop.database.with_name(f"{shop.database.name}-lock")
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


@pytest.mark.parametrize("ending", ["kill", "terminate"])
async def test_the_next_process_may_serve_once_the_first_is_gone(shop: ShopProcess, ending: str):
    await getattr(shop.bot, ending)()
    async with shop.process("next.log") as following:
        following.imports = True
        await following.start()
        await shop.bought()
        await eventually(shop.at_rest)
        await following.terminate()


@OF_A_FILE
@pytest.mark.parametrize(
    "point",
    [kills.STORE_ACTED, kills.MESSAGE_UNSENT, kills.MESSAGE_SENT, kills.OUTCOME_UNWRITTEN],
    ids=str,
)
async def test_what_a_dead_process_had_under_way_goes_on_at_once(shop: ShopProcess, point: Point):
    async with point.kills(shop):
        purchase = await shop.buy()
    await shop.bot.start()
    began = time.monotonic()
    await eventually(shop.at_rest, within=AT_ONCE)
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert "payment link is ready" in (await purchase.answered(within=AT_ONCE)).text
    assert time.monotonic() - began < AT_ONCE
    assert_nothing_is_lost_or_twice(shop)
