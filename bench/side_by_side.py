"""Bamboo beside the plain floor: `python -m bench side_by_side`, or `… quick` in less than three minutes.

Both serve in turns, so that what else the machine does meets both: what counts are ratios in the same round.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from bench.contenders import Contender, Prepare, bamboo, floor
from bench.rows import LIFETIME, make_file, make_paid
from bench.scores import Scores
from tests.harness import postgres
from tests.harness.database import databases_on_a_server, end_server

ROUNDS: Final = 3
TABLE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
_WARM_UP: Final = 20
_AT_ONCE: Final = 10
_WHILE_THEY_EXPIRE: Final = 4
"""Rounds of purchases."""
_AT_A_START: Final = 3
"""Purchases, so that what comes with the first of them counts."""


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    purchases: int
    """Of each bot in each round."""
    products: tuple[int, ...]
    sales: tuple[int, ...]
    sales_on_a_server: tuple[int, ...]
    pays_on_a_server: bool
    until_they_expire: timedelta
    """From the file's making: by then the bot is up."""
    expiring: int
    expire_within: timedelta
    open_sessions: int
    rounds: int = ROUNDS

    @property
    def members(self) -> int:
        """How many buy at most while a bot runs."""
        return _WARM_UP + 10 * self.rounds * self.purchases


FULL: Final = Size(
    purchases=100,
    products=(1_000, 10_000),
    sales=(0, 10_000, 1_000_000),
    sales_on_a_server=(1_000_000,),
    pays_on_a_server=True,
    until_they_expire=timedelta(seconds=15),
    expiring=10_000,
    expire_within=timedelta(minutes=1),
    open_sessions=100_000,
)
QUICK: Final = Size(
    purchases=20,
    products=(10_000,),
    sales=(100_000,),
    sales_on_a_server=(),
    pays_on_a_server=False,
    until_they_expire=timedelta(seconds=8),
    expiring=500,
    expire_within=timedelta(seconds=5),
    open_sessions=100_000,
)


async def measure(size: Size, scores: Scores, only: Collection[str] = ()) -> None:
    """Put every section, or those that are named, into `scores`, one after the other."""
    for name, section in SECTIONS.items():
        if only and name not in only:
            continue
        began = time.perf_counter()
        await section(size, scores)
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


async def _on_an_empty_file(size: Size, scores: Scores) -> None:
    async with _both(size) as (theirs, ours):
        for at_once in (1, _AT_ONCE, 50):
            await _purchases(size, scores, theirs, ours, at_once=at_once, which=f"{at_once} at once")
        await _webhooks(size, scores, theirs, ours)


async def _on_a_server(size: Size, scores: Scores) -> None:
    """The same beside PostgreSQL, whose own processes take CPU that isn't counted."""
    if reason := postgres.missing():
        scores.remark(f"PostgreSQL isn't measured: {reason}.")
        return
    # Starting it waits on another loop; nothing else is served meanwhile.
    with databases_on_a_server(Path(tempfile.gettempdir())):
        async with _both(size) as (theirs, ours):
            which = f"{_AT_ONCE} at once, PostgreSQL"
            await _purchases(size, scores, theirs, ours, which=which)
            if size.pays_on_a_server:
                await _webhooks(size, scores, theirs, ours, beside=", PostgreSQL")
        for number in size.sales_on_a_server:
            await _sold_before(size, scores, number, beside=", PostgreSQL")
    end_server()
    scores.remark("PostgreSQL's own processes, on the same machine, aren't counted.")


async def _with_many_products(size: Size, scores: Scores) -> None:
    for number in size.products:
        async with _both(size, products=number) as (theirs, ours):
            await _purchases(size, scores, theirs, ours, which=f"{number:,} products")
            if number == max(size.products):
                await _autocomplete(size, scores, ours)


async def _with_many_sales(size: Size, scores: Scores) -> None:
    for number in size.sales:
        await _sold_before(size, scores, number)


async def _sold_before(size: Size, scores: Scores, number: int, *, beside: str = "") -> None:
    async with _both(size, prepare=partial(_paid, number)) as (theirs, ours):
        await _purchases(size, scores, theirs, ours, which=f"{number:,} stored sales{beside}")


async def _while_links_expire(size: Size, scores: Scores) -> None:
    async with _both(size, links=size.expiring, prepare=partial(_expiring, size)) as (theirs, ours):
        await _expiries(size, scores, theirs, ours)


@asynccontextmanager
async def _both(
    size: Size, *, products: int = 0, links: int = 0, prepare: Prepare | None = None
) -> AsyncIterator[tuple[Contender, Contender]]:
    async with _started(size.members, products=products, links=links, prepare=prepare) as (theirs, ours):
        for each in (theirs, ours):
            await each.buy(5, _WARM_UP)
        yield theirs, ours


@asynccontextmanager
async def _started(
    members: int, *, products: int, links: int = 0, prepare: Prepare | None
) -> AsyncIterator[tuple[Contender, Contender]]:
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            theirs = await stack.enter_async_context(floor(Path(folder), members=members))
            ours = await stack.enter_async_context(
                bamboo(Path(folder), members=members, products=products, links=links, prepare=prepare)
            )
            yield theirs, ours


async def _purchases(
    size: Size, scores: Scores, theirs: Contender, ours: Contender, *, which: str, at_once: int = _AT_ONCE
) -> None:
    for _ in range(size.rounds):
        lowest, run = await theirs.buy(at_once, size.purchases), await ours.buy(at_once, size.purchases)
        for name, attribute in (
            ("CPU a purchase", "cpu"),
            ("acknowledged, p99", "acknowledged"),
            ("link, p99", "linked"),
        ):
            scores.add(which, name, "ms", getattr(lowest, attribute), getattr(run, attribute))


async def _webhooks(
    size: Size, scores: Scores, theirs: Contender, ours: Contender, *, beside: str = ""
) -> None:
    """Paid webhooks with a role, a receipt, the sales log and the living message."""
    which = f"{size.purchases} payments at once{beside}"
    role = next(one for one in ours.guild.roles.values() if one.name == "VIP")
    log = next(one for one in ours.guild.channels.values() if one.name == "sales-log")
    await ours.command("store benefit add", product=ours.product, role=role)
    await ours.command("store saleslog", channel=log)
    for number in range(1, size.rounds + 1):
        lowest = await theirs.buy(_AT_ONCE, size.purchases)
        alone = await ours.buy(1, size.purchases // 2)
        await ours.buy(_AT_ONCE, size.purchases)
        sessions = list(ours.sandbox.sessions)[-size.purchases :]
        spent, began = ours.cpu(), time.perf_counter()
        for session in sessions:
            ours.sandbox.store.pay(session)
        await ours.holding(role, size.purchases * (2 * number - 1))
        ended = await ours.quiet()
        each = (ours.cpu() - spent) / len(sessions) * 1000
        scores.add(which, "CPU a payment : a purchase", "ms", lowest.cpu, each)
        scores.add(which, "until the last message", "s", None, ended - began)
        # Another burst, while others buy.
        await ours.buy(_AT_ONCE, size.purchases)
        for session in list(ours.sandbox.sessions)[-size.purchases :]:
            ours.sandbox.store.pay(session)
        among = await ours.buy(1, size.purchases // 2)
        scores.add(which, "link meanwhile : alone, p99", "ms", alone.linked, among.linked)
        await ours.holding(role, size.purchases * 2 * number)
        await ours.quiet()


async def _expiries(size: Size, scores: Scores, theirs: Contender, ours: Contender) -> None:
    """So many links expire in a short time, each with a message that shows it, while others buy."""
    span = size.expire_within.total_seconds()
    which = f"{size.expiring:,} links expire in {span:.0f} s"
    until_then = size.until_they_expire.total_seconds() - (time.time() - ours.prepared_at)
    await asyncio.sleep(max(0.0, until_then))
    began = time.perf_counter()
    for number in range(1, _WHILE_THEY_EXPIRE + 1):
        lowest = await theirs.buy(_AT_ONCE, size.purchases)
        run = await ours.buy(_AT_ONCE, size.purchases, then_quiet=False)
        scores.add(which, "link meanwhile, p99", "ms", lowest.linked, run.linked)
        await asyncio.sleep(max(0.0, began + span * number / _WHILE_THEY_EXPIRE - time.perf_counter()))
    scores.add(which, "until the last message", "s", None, await ours.quiet() - began)
    edited = ours.edited(size.expiring)
    assert edited == size.expiring, f"{edited} messages were edited"


async def _autocomplete(size: Size, scores: Scores, ours: Contender) -> None:
    which = f"{max(size.products):,} products"
    member = ours.members[-1]
    for _ in range(size.rounds):
        spent, waits = ours.cpu(), []
        for number in range(size.purchases):
            typed = await ours.discord.autocomplete(
                member, ours.channel, "buy", focused="product", value=f"golden {number}"
            )
            await typed.choices()
            assert typed.acknowledged_after is not None
            waits.append(typed.acknowledged_after * 1000)
        scores.add(which, "CPU an autocomplete", "ms", None, (ours.cpu() - spent) / size.purchases * 1000)
        scores.add(which, "choices, p99", "ms", None, sorted(waits)[-1 - len(waits) // 100])


async def _starts(size: Size, scores: Scores) -> None:
    """A start on a database that is there, with the catalog of the last time beside it."""
    products = max(size.products)
    for which, sessions, sold in (
        ("a start, empty", 0, 0),
        (f"a start, {size.open_sessions:,} open links, {products:,} products", size.open_sessions, products),
    ):
        buyers = _AT_A_START * size.rounds
        async with _started(buyers, products=sold, prepare=partial(_open, sessions)) as (theirs, ours):
            for _ in range(size.rounds):
                for each in (theirs, ours):
                    await each.start_again()
                scores.add(which, "time to ready", "s", theirs.ready, ours.ready)
                for each in (theirs, ours):
                    await each.buy(1, _AT_A_START)
                scores.add(which, "CPU, with three purchases", "s", theirs.cpu(), ours.cpu())
                scores.add(which, "memory", "MB", theirs.memory, ours.memory)


def _paid(number: int, path: Path, guild_id: int) -> None:
    make_paid(path, number, guild_id=guild_id)


def _open(number: int, path: Path, guild_id: int) -> None:
    make_file(path, open_sessions=number, opened_before=timedelta(0), guild_id=guild_id)


def _expiring(size: Size, path: Path, guild_id: int) -> None:
    """The first of them expire as soon as the bot is up."""
    make_file(
        path,
        open_sessions=size.expiring,
        opened_before=LIFETIME - size.expire_within - size.until_they_expire,
        within=size.expire_within,
        guild_id=guild_id,
    )


SECTIONS: Final[Mapping[str, Callable[[Size, Scores], Awaitable[None]]]] = {
    "purchases": _on_an_empty_file,
    "postgres": _on_a_server,
    "products": _with_many_products,
    "sales": _with_many_sales,
    "expiries": _while_links_expire,
    "starts": _starts,
}
"""What can be measured by itself."""


def main(size: Size = FULL, *, only: Collection[str] = (), table: Path | None = None) -> bool:
    """Measure and print, also into a page's `table`. The goals stand beside it, and nothing fails by them."""
    scores = Scores(rounds=size.rounds)
    try:
        asyncio.run(measure(size, scores, only))
    finally:
        scores.show()
    if table is not None:
        scores.write(table)
    return True
