"""What many joins, and a start with many live roles, cost: `python -m bench.members`.

Every measurement is a process of its own, `bamboo run` against a Discord and a store on this machine.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bench.rows import make_paid
from bench.startup import memory_of
from sandbox.server import Sandbox
from tests.wire.discord_server import FakeDiscord
from tests.wire.shop_process import ShopProcess

ROWS: Final = 100_000
JOINS: Final = 300
ROUNDS: Final = 3
BUDGET: Final = 1.0
"""Seconds that so many rows may add to a purchase, whatever else goes on."""
_BEGINS_AFTER: Final = 0.5
"""Seconds after which the bot is in the middle of what a start begins."""


@dataclass(frozen=True)
class Busy:
    """One measurement, or the medians of several: seconds, and megabytes."""

    ready: float
    """From the start of the process until it serves commands."""
    first: float
    """A /buy at once when it is ready."""
    joins: float
    """A /buy behind so many members who join at once."""
    memory: float


async def measure(rows: int, joins: int) -> Busy:
    with tempfile.TemporaryDirectory() as folder:
        async with _shop(Path(folder), rows) as shop:
            began = time.perf_counter()
            await shop.bot.start(within=120)
            ready = time.perf_counter() - began
            first = await _purchase(shop)
            await asyncio.sleep(_BEGINS_AFTER)
            for number in range(joins):
                shop.discord.member(f"newcomer{number}", shop.guild)
            behind = await _purchase(shop)
            return Busy(ready, first, behind, memory_of(shop.bot.pid or 0))


@asynccontextmanager
async def _shop(folder: Path, rows: int) -> AsyncIterator[ShopProcess]:
    async with FakeDiscord() as discord, Sandbox.running() as sandbox:
        discord.specification = None  # whether all is as Discord wants it is for the tests to say
        shop = ShopProcess(folder, discord, sandbox)
        # The file is made by a thread of its own: it has an event loop.
        await asyncio.to_thread(make_paid, shop.database, rows, guild_id=shop.guild.id)
        async with shop.bot:
            shop.bot.imports = True  # as at an owner's
            yield shop


async def _purchase(shop: ShopProcess) -> float:
    shop.welcome_another_alice()
    began = time.perf_counter()
    await (await shop.buy()).answered_with("direct message", within=120)
    return time.perf_counter() - began


def main() -> bool:
    """Measure and print; whether the budget is kept."""
    kinds = {"empty file": 0, f"{ROWS:,} paid sales with a live role each": ROWS}
    # In turns, so that what else the machine does meets both of them.
    measured: dict[str, list[Busy]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, rows in kinds.items():
            measured[name].append(asyncio.run(measure(rows, JOINS)))
    medians = {name: median(times) for name, times in measured.items()}
    show(medians)
    empty, full = medians.values()
    return full.first - empty.first < BUDGET and full.joins - empty.joins < BUDGET


def median(measured: list[Busy]) -> Busy:
    return Busy(*map(statistics.median, zip(*map(astuple, measured), strict=True)))


def show(medians: dict[str, Busy]) -> None:
    title = f"Members: medians of {ROUNDS}; budget {BUDGET:.0f} s more for a purchase"
    table = Table(box=SIMPLE, pad_edge=False, title=title)
    columns: dict[str, Callable[[Busy], str]] = {
        "ready": lambda busy: f"{busy.ready:.2f} s",
        "first /buy": lambda busy: f"{busy.first * 1000:.0f} ms",
        f"/buy behind {JOINS} joins": lambda busy: f"{busy.joins * 1000:.0f} ms",
        "memory": lambda busy: f"{busy.memory:.0f} MB",
    }
    for column in ("", *columns):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for name, busy in medians.items():
        table.add_row(name, *(shown(busy) for shown in columns.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
