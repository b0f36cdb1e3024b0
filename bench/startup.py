"""What open links in the file cost at the start: `python -m bench.startup`.

Every start is a process of its own, `bamboo run` against a Discord and a store on this machine.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from dataclasses import astuple, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bench.rows import LIFETIME, make_file
from sandbox.server import Sandbox
from tests.wire.discord_server import FakeDiscord
from tests.wire.shop_process import ShopProcess

ROWS: Final = 100_000
ROUNDS: Final = 3
BUDGET: Final = 2.0
"""Seconds that so many rows may add to a start."""
MOST_GROWTH: Final = 1.1
"""Times the memory of a start on an empty file."""


@dataclass(frozen=True)
class Kind:
    name: str
    rows: int
    opened_before: timedelta = timedelta(0)


EMPTY: Final = Kind("empty file", 0)
KINDS: Final = (
    EMPTY,
    Kind(f"{ROWS:,} open links", ROWS),
    Kind(f"{ROWS:,} overdue links", ROWS, LIFETIME + timedelta(minutes=1)),
)


@dataclass(frozen=True)
class Start:
    """One start, or the medians of several."""

    ready: float
    """Seconds until it serves commands; Python's own start is in it."""
    purchase: float
    """Seconds that the first /buy takes, used at once when it is ready."""
    settled: float
    """Seconds from being ready to the last overdue link being expired."""
    memory: float
    """Megabytes after the first purchase."""


async def measure(kind: Kind, prepared: Path) -> Start:
    with tempfile.TemporaryDirectory() as folder:
        async with FakeDiscord() as discord, Sandbox.running() as sandbox:
            discord.specification = None  # whether all is as Discord wants it is for the tests to say
            shop = ShopProcess(Path(folder), discord, sandbox)
            shutil.copy(prepared, shop.database)
            async with shop.bot as process:
                process.imports = True  # as at an owner's
                began = time.perf_counter()
                await process.start(within=120)
                ready = time.perf_counter()
                await shop.bought()
                bought = time.perf_counter()
                memory = memory_of(process.pid or 0)
                while kind.opened_before and overdue(shop):  # noqa: ASYNC110 a file changes without telling anybody
                    await asyncio.sleep(0.05)
                settled = time.perf_counter()
                return Start(ready - began, bought - ready, settled - ready, memory)


def memory_of(pid: int) -> float:
    """Megabytes of a process that are in memory, as Linux counts them."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(kilobytes) / 1024


def overdue(shop: ShopProcess) -> int:
    [row] = shop.rows("SELECT count(*) AS number FROM sessions WHERE state = 'open'")
    return int(row["number"]) - 1  # without the one that was just bought


def main() -> bool:
    """Measure and print; whether the budgets are kept."""
    with tempfile.TemporaryDirectory() as folder:
        files = {kind: Path(folder) / f"{number}.db" for number, kind in enumerate(KINDS)}
        for kind, path in files.items():
            make_file(path, open_sessions=kind.rows, opened_before=kind.opened_before)
        # In turns, so that what else the machine does meets all of them.
        starts: dict[Kind, list[Start]] = {kind: [] for kind in KINDS}
        for _ in range(ROUNDS):
            for kind, path in files.items():
                starts[kind].append(asyncio.run(measure(kind, path)))
    medians = {kind: median(measured) for kind, measured in starts.items()}
    show(medians)
    empty = medians[EMPTY]
    return all(
        start.ready - empty.ready < BUDGET and start.memory < MOST_GROWTH * empty.memory
        for start in medians.values()
    )


def median(starts: list[Start]) -> Start:
    return Start(*(statistics.median(values) for values in zip(*map(astuple, starts), strict=True)))


def show(medians: dict[Kind, Start]) -> None:
    empty = medians[EMPTY]
    table = Table(
        box=SIMPLE,
        pad_edge=False,
        title=f"Starts: medians of {ROUNDS}; budget {BUDGET:.0f} s and {MOST_GROWTH - 1:.0%} more memory",
    )
    for column in ("", "ready", "×", "first /buy", "settled", "memory", "×"):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for kind, start in medians.items():
        table.add_row(
            kind.name,
            f"{start.ready:.2f} s",
            f"{start.ready / empty.ready:.2f}",
            f"{start.purchase * 1000:.0f} ms",
            f"{start.settled:.1f} s" if kind.opened_before else "",
            f"{start.memory:.0f} MB",
            f"{start.memory / empty.memory:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
