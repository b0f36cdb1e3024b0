"""Two processes on one database, as during a rolling restart with a database server.

A file is opened by the second one beside the first, as nobody else may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.wire.invariants import assert_nothing_is_lost_or_twice, links_shown
from tests.wire.process import BotProcess
from tests.wire.shop_process import ShopProcess, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgres]


@pytest.fixture
def shop(shared_shop: ShopProcess) -> ShopProcess:
    return shared_shop


@pytest_asyncio.fixture(loop_scope="module")
async def second(shop: ShopProcess) -> AsyncIterator[BotProcess]:
    arguments = ["-m", "tests.wire.beside_another", "run", "--config", str(shop.config)]
    log = shop.database.with_name("second.log")
    async with BotProcess(shop.discord, arguments, log_path=log, folder=log.parent) as process:
        await process.start()
        assert len(shop.discord.gateway.connected) == 2
        yield process


async def test_both_hear_a_command_and_one_serves_it(shop: ShopProcess, second: BotProcess):
    made = len(shop.sandbox.sessions)
    message = await shop.bought()
    assert message.links == {"Pay $24.99": shop.link()}
    await eventually(shop.at_rest)
    assert len(shop.sandbox.sessions) == made + 1
    assert_nothing_is_lost_or_twice(shop)
    assert await second.terminate() == 0
    assert shop.bot.errors + second.errors == []


@pytest.mark.parametrize("delay", [0.0, 0.5], ids=["a quick store", "a slow store"])
async def test_a_double_click_that_goes_to_both_makes_one_link(
    shop: ShopProcess, second: BotProcess, delay: float
):
    made = len(shop.sandbox.sessions)
    shop.sandbox.fail_next("POST", "*/checkouts", delay=delay or 0.001)
    both = shop.discord.gateway.sessions
    purchases = []
    for heard_by in both:
        shop.discord.gateway.sessions = [heard_by]
        purchases.append(await shop.buy())
    shop.discord.gateway.sessions = both
    answers = [await purchase.answered() for purchase in purchases]
    await eventually(shop.at_rest)
    assert len(shop.sandbox.sessions) == len(shop.rows("SELECT * FROM sessions")) == made + 1
    [message] = shop.discord.dms(shop.alice)
    assert message.links == {"Pay $24.99": shop.link()}
    assert len(links_shown(shop, shop.alice)) == 1
    assert {"as a direct message" in answer.text for answer in answers} == {True, False}
    assert {link for answer in answers for link in answer.links.values() if "/c/" in link} == {shop.link()}
    assert_nothing_is_lost_or_twice(shop)
    assert shop.bot.errors + second.errors == []


async def test_a_button_that_both_hear_is_served_by_one(shop: ShopProcess, second: BotProcess):
    message = await shop.bought()
    made = len(shop.sandbox.sessions)
    await eventually(shop.at_rest)
    await shop.bot.kill()
    await second.kill()
    shop.pass_time(hours=6)
    await shop.bot.start()
    await second.start()
    await eventually(lambda: "link expired" in message.text)
    await shop.discord.click(shop.alice, message, label="Get a new link")
    await eventually(lambda: message.links)
    await eventually(shop.at_rest)
    assert len(shop.sandbox.sessions) == made + 1
    assert message.links == {"Pay $24.99": shop.link()}
    assert_nothing_is_lost_or_twice(shop)
    assert shop.bot.errors + second.errors == []
