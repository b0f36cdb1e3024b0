from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from tests.wire.discord_server import FakeDiscord
from tests.wire.earning import Benefits
from tests.wire.process import BotProcess
from tests.wire.shop_process import ShopProcess, listening, running_shop
from tests.wire.small_bot import SmallBot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.wire.world import Channel, Guild, User

SMALL_BOT: Final = ("-m", "tests.wire.small_bot")


@pytest.fixture
async def discord_server() -> AsyncIterator[FakeDiscord]:
    """A fake Discord; the test fails if the bot broke Discord's rules, or the fake its own."""
    async with FakeDiscord() as server:
        yield server
    assert server.violations == []
    assert server.own_violations == []


@pytest.fixture
def guild(discord_server: FakeDiscord) -> Guild:
    return discord_server.guild("Bamboo's shop")


@pytest.fixture
def channel(discord_server: FakeDiscord, guild: Guild) -> Channel:
    return discord_server.channel(guild, "shop")


@pytest.fixture
def alice(discord_server: FakeDiscord, guild: Guild) -> User:
    return discord_server.member("alice", guild)


@pytest.fixture
def discord_py_here(discord_server: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point discord.py in this process at the fake."""
    monkeypatch.setattr(Route, "BASE", discord_server.api_base_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(discord_server.gateway_url))


@pytest.fixture
async def small_bot(
    discord_server: FakeDiscord,
    alice: User,
    channel: Channel,
    discord_py_here: None,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[SmallBot]:
    """The small bot inside the test's process, on a server that Alice has joined and that has a channel."""
    assert channel.guild is not None
    async with SmallBot(channel.guild.id) as bot:
        running = asyncio.create_task(bot.start(discord_server.token))
        await discord_server.until(lambda: discord_server.gateway.identified)
        await bot.wait_until_ready()
        yield bot
    await running
    assert [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


@pytest.fixture
async def small_bot_process(
    discord_server: FakeDiscord, guild: Guild, alice: User, channel: Channel, tmp_path: Path
) -> AsyncIterator[BotProcess]:
    """The same bot in a process of its own."""
    arguments = [*SMALL_BOT, discord_server.api_base_url, discord_server.token, str(guild.id)]
    async with BotProcess(discord_server, arguments, log_path=tmp_path / "bot.log") as process:
        await process.start()
        yield process
    assert "Traceback" not in process.log, process.log


@pytest.fixture
async def shop(
    discord_server: FakeDiscord, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[ShopProcess]:
    """A shop whose process runs; `@pytest.mark.settings(logging={…})` changes its settings."""
    marker = request.node.get_closest_marker("settings")
    sections = marker.kwargs if marker else {}
    async with running_shop(tmp_path, discord_server, **sections) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_shop(tmp_path_factory: pytest.TempPathFactory, _engine: None) -> AsyncIterator[ShopProcess]:
    """One shop for a whole file, because starting a process takes a second."""
    async with (
        FakeDiscord() as discord,
        running_shop(tmp_path_factory.mktemp("shop"), discord) as running,
    ):
        yield running
    assert discord.violations == []
    assert discord.own_violations == []


@pytest_asyncio.fixture(loop_scope="module")
async def shared_shop(lasting_shop: ShopProcess) -> ShopProcess:
    """The file's one shop, running, with another Alice for every test."""
    lasting_shop.welcome_another_alice()
    if not lasting_shop.bot.running:
        await lasting_shop.bot.start()
    return lasting_shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_benefits(
    tmp_path_factory: pytest.TempPathFactory, _engine: None
) -> AsyncIterator[Benefits]:
    """One shop for a whole file, to which the store tells of payments, and what these earn there."""
    async with (
        FakeDiscord() as discord,
        running_shop(tmp_path_factory.mktemp("shop"), discord, web=listening()) as shop,
    ):
        yield await Benefits.of(shop)
    assert discord.violations == []
    assert discord.own_violations == []


@pytest_asyncio.fixture(loop_scope="module")
async def benefits(lasting_benefits: Benefits) -> Benefits:
    """The same, running."""
    if not lasting_benefits.shop.bot.running:
        await lasting_benefits.shop.bot.start()
    return lasting_benefits
