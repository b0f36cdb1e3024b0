"""Bamboo and the plain floor, each with a fake Discord and a simulated store of its own.

The fakes run in this process and take their share of the CPU; what is counted is each bot's own.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.rows import shown_in
from bench.startup import memory_of
from sandbox import generate_products
from sandbox.models import Product
from sandbox.server import Sandbox
from tests.wire.changes import NotHappenedError
from tests.wire.discord_server import FakeDiscord
from tests.wire.process import BotProcess
from tests.wire.settings import write_settings
from tests.wire.shop_process import PRODUCT, SECRET, listening
from tests.wire.world import MANAGE_GUILD, Channel, Guild, Message, Role, User

Prepare = Callable[[Path, int], None]
"""Makes a database file with rows of the server of that id."""

_LOOKED_AT: Final = 0.25
_IS_QUIET: Final = 0.01
"""Seconds of CPU in so many seconds, below which a bot has done what it had to."""
_PATIENCE: Final = 300.0


@dataclass(frozen=True)
class Run:
    """Purchases of one bot, or whatever else it was asked for so often."""

    cpu: float
    """Milliseconds of the bot's CPU for each."""
    acknowledged: float
    """Milliseconds within which 99 of 100 were acknowledged."""
    linked: float
    """Milliseconds within which 99 of 100 had their link."""


@dataclass
class Contender:
    """A bot with the world around it."""

    discord: FakeDiscord
    guild: Guild
    channel: Channel
    members: list[User]
    product: str
    process: BotProcess
    sandbox: Sandbox
    ready: float
    """Seconds from the start to the first command that it takes."""
    prepared_at: float = 0.0
    """When its database was made, in seconds since 1970."""

    async def buy(self, at_once: int, count: int, *, then_quiet: bool = True) -> Run:
        """Have `count` new members buy, `at_once` of them at the same time."""
        waiting = [self.members.pop() for _ in range(count)]
        spent = self.cpu()
        acknowledged: list[float] = []
        linked: list[float] = []

        async def queue() -> None:
            while waiting:
                member = waiting.pop()
                used = await self.discord.slash(member, self.channel, "buy", product=self.product)
                await used.answered(within=_PATIENCE)
                assert used.acknowledged_after is not None
                assert used.answered_after is not None
                [_link] = self.discord.dms(member)
                acknowledged.append(used.acknowledged_after * 1000)
                linked.append(used.answered_after * 1000)

        await asyncio.gather(*(queue() for _ in range(at_once)))
        if then_quiet:
            await self.quiet()  # what a bot does after its answer is its cost too
        return Run((self.cpu() - spent) / count * 1000, p99(acknowledged), p99(linked))

    async def quiet(self) -> float:
        """Wait until it has done what it had to; returns when that was, by `perf_counter`."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                before, then = self.cpu(), time.perf_counter()
                await asyncio.sleep(_LOOKED_AT)
                if self.cpu() - before <= _IS_QUIET:
                    return then

    async def holding(self, role: Role, number: int) -> None:
        """Wait until so many members hold the role."""
        async with asyncio.timeout(_PATIENCE):
            while sum(one.has(role) for one in self.guild.members.values()) < number:  # noqa: ASYNC110
                await asyncio.sleep(_LOOKED_AT / 5)

    async def start_again(self) -> None:
        """On what the last start has left."""
        await self.process.terminate(within=_PATIENCE)
        self.ready = await _started(self.process)

    def edited(self, links: int) -> int:
        """How many of the links that were shown before the start are shown in another way now."""
        shown = (shown_in(number) for number in range(1, links + 1))
        channels = self.discord.world.channels
        return sum(channels[channel].messages[message].edited_at is not None for channel, message in shown)

    def cpu(self) -> float:
        """Seconds of CPU of the process so far, with what its threads took."""
        # The number of another process's clock, as clock_getcpuclockid(3) makes it.
        return time.clock_gettime(~(self.process.pid or 0) << 3 | 2)

    @property
    def memory(self) -> float:
        """Megabytes."""
        return memory_of(self.process.pid or 0)

    async def command(self, words: str, **options: object) -> None:
        """A command of the server's owner."""
        boss = next(one for one in self.guild.members.values() if one.user.name == "boss").user
        await (await self.discord.slash(boss, self.channel, words, **options)).answered(within=_PATIENCE)


def p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0]


@asynccontextmanager
async def floor(folder: Path, *, members: int) -> AsyncIterator[Contender]:
    """The plain floor, running."""
    async with FakeDiscord() as discord, Sandbox.running() as sandbox:
        guild, channel, people = _populate(discord, members)
        sold = _sold(sandbox)
        checkouts = f"{sandbox.base_url}/stores/{sandbox.store_id}/checkouts"
        arguments = [discord.api_base_url, discord.token, str(guild.id), checkouts, sold.id, str(sold.price)]
        module = ["-m", "bench.as_it_comes", "bench.floor_bot", *arguments]
        async with BotProcess(discord, module, log_path=folder / "floor.log") as process:
            ready = await _started(process)
            yield Contender(discord, guild, channel, people, sold.id, process, sandbox, ready)


@asynccontextmanager
async def bamboo(
    folder: Path, *, members: int, products: int = 0, links: int = 0, prepare: Prepare | None = None
) -> AsyncIterator[Contender]:
    """Bamboo, running; with `products` the store has so many, with `links` so many are shown in Discord."""
    catalog = generate_products(products, datetime.now(UTC)) if products else None
    async with FakeDiscord() as discord, Sandbox.running(products=catalog) as sandbox:
        guild, channel, people = _populate(discord, members)
        _show(discord, links)
        prepared_at = time.time()
        if prepare is not None:
            # The file is made by a thread of its own: it has an event loop.
            await asyncio.to_thread(prepare, folder / "bamboo.db", guild.id)
        web = listening()
        sandbox.send_webhooks_to(f"http://127.0.0.1:{web['port']}/webhooks/pandabase", SECRET)
        config = write_settings(
            folder,
            discord,
            guild,
            pandabase_base_url=sandbox.base_url,
            store_id=sandbox.store_id,
            web=web,
            logging={"level": "WARNING"},
        )
        async with BotProcess.bamboo(discord, config, log_path=folder / "bamboo.log") as process:
            process.imports = True  # as at an owner's
            ready = await _started(process)
            sold = _sold(sandbox)
            ours = Contender(discord, guild, channel, people, sold.id, process, sandbox, ready, prepared_at)
            await ours.quiet()
            yield ours


def _populate(discord: FakeDiscord, members: int) -> tuple[Guild, Channel, list[User]]:
    discord.specification = None  # whether all is as Discord wants it is for the tests to say
    guild = discord.guild("Bamboo Grove")
    channel = discord.channel(guild, "shop")
    discord.channel(guild, "sales-log")
    discord.role(guild, "VIP")
    discord.member("boss", guild, discord.role(guild, "Boss", permissions=MANAGE_GUILD))
    return guild, channel, [discord.member(f"member{number}", guild) for number in range(members)]


def _show(discord: FakeDiscord, links: int) -> None:
    """The direct messages that `rows.make_file` writes of."""
    for number in range(1, links + 1):
        channel_id, message_id = shown_in(number)
        channel = Channel(channel_id, "buyer", recipient=User(number, "buyer"))
        channel.messages[message_id] = Message(message_id, channel, discord.world.bot)
        discord.world.channels[channel_id] = channel


def _sold(sandbox: Sandbox) -> Product:
    products = sandbox.products.values()
    return next((one for one in products if one.title == PRODUCT), next(iter(products)))


async def _started(process: BotProcess) -> float:
    began = time.perf_counter()
    try:
        await process.start(within=_PATIENCE)
    except NotHappenedError as error:
        raise SystemExit(str(error)) from error
    return time.perf_counter() - began
