"""The benchmark measures what it says: its files are what the bot itself would have left."""

import asyncio
import re
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench import members, webhooks
from bench.__main__ import PARTS, main
from bench.rows import LIFETIME, make_file, make_paid
from bench.scores import Scores
from bench.side_by_side import SECTIONS, Size
from bench.side_by_side import measure as compare
from bench.startup import EMPTY, KINDS, Kind, measure
from bot.checkout.repository import SaleRepository
from bot.jobs.models import Lane
from bot.jobs.repository import JobRepository
from bot.storage.engine import open_database
from bot.storage.transaction import UnitOfWork
from tests.harness import postgres, processes
from tests.harness.books import ALICE, SHOP
from tests.harness.database import address_of

ROWS = 30
GUILD = 7
TINY = Size(
    purchases=4,
    products=(20,),
    sales=(50,),
    sales_on_a_server=(50,),
    pays_on_a_server=False,
    until_they_expire=timedelta(0),
    expiring=0,
    expire_within=timedelta(0),
    open_sessions=20,
    rounds=2,
)
MEASURED = {
    "sales": {"50 stored sales"},
    "postgres": {"10 at once, PostgreSQL", "50 stored sales, PostgreSQL"},
    "starts": {"a start, empty", "a start, 20 open links, 20 products"},
}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("nothing", f"there is no part nothing; there are {', '.join(PARTS)}"),
        ("write quick", "quick and write are the same comparison: name one of them"),
        ("side_by_side write", "side_by_side and write are the same comparison: name one of them"),
        ("write --only sales", "write is for the whole comparison: leave --only out"),
        ("members --only sales", "--only is for side_by_side and quick"),
        ("quick --only nothing", "invalid choice: 'nothing' (choose from 'purchases', 'postgres',"),
    ],
)
def test_what_cant_be_measured_is_refused_with_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: str, said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_parts_are_told_by_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert [name for name in (*PARTS, *SECTIONS) if name not in said] == []


@pytest.mark.postgres
@pytest.mark.parametrize(("opened_before", "overdue"), [(timedelta(0), 0), (LIFETIME, ROWS)])
def test_the_bot_reads_the_rows_as_its_own(tmp_path: Path, opened_before: timedelta, overdue: int) -> None:
    make_file(tmp_path / "bamboo.db", open_sessions=ROWS, opened_before=opened_before)

    async def settle() -> None:
        async with open_database(address_of(tmp_path / "bamboo.db")) as opened:
            async with UnitOfWork(opened).write() as tx:
                expired = await SaleRepository(tx).expire(datetime.now(UTC), limit=2 * ROWS)
                await JobRepository(tx).refresh_messages(expired, datetime.now(UTC))
            async with UnitOfWork(opened).write() as tx:
                taken, _ = await JobRepository(tx).take_due(
                    Lane.PEOPLE, datetime.now(UTC), lease=datetime.now(UTC), limit=2 * ROWS
                )
                sale = await SaleRepository(tx).by_id(1)
            assert len(expired) == len(taken) == overdue
            assert sale.basket.lines[0].title == "GroveGuard"

    asyncio.run(settle())


@pytest.mark.postgres
def test_the_bot_reads_paid_sales_as_its_own_and_goes_on_counting(tmp_path: Path) -> None:
    make_paid(tmp_path / "bamboo.db", ROWS, guild_id=GUILD)

    async def buy() -> int:
        async with open_database(address_of(tmp_path / "bamboo.db")) as opened:
            async with UnitOfWork(opened).write() as tx:
                sold = await SaleRepository(tx).by_id(ROWS)
                new, _ = await SaleRepository(tx).add(
                    ALICE, SHOP, sold.basket, kind="purchase", now=datetime.now(UTC)
                )
            return new

    assert asyncio.run(buy()) == ROWS + 1


@pytest.fixture
def _forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a process imports what it needs is for the benchmark to say; one test waits for it."""
    start = processes.start

    def forked(*arguments: Any, **options: Any) -> Coroutine[Any, Any, processes.Process]:
        return start(*arguments, **{**options, "imports": False})

    monkeypatch.setattr(processes, "start", forked)


@pytest.mark.usefixtures("_forked")
@pytest.mark.parametrize("section", MEASURED)
async def test_each_section_is_measured_on_its_own(section: str, capsys: pytest.CaptureFixture[str]) -> None:
    if section == "postgres" and (reason := postgres.missing()):
        pytest.skip(reason)
    scores = Scores(rounds=TINY.rounds)

    await compare(TINY, scores, only=[section])

    measured = {which for which, _, _ in scores.figures}
    assert measured == MEASURED[section]
    assert all(len(figures) == TINY.rounds for figures in scores.figures.values())
    assert re.fullmatch(rf"{section}: \d+ s\n", capsys.readouterr().err)


async def test_a_start_is_measured(tmp_path: Path) -> None:
    kind = Kind("a few overdue links", ROWS, LIFETIME + timedelta(minutes=1))
    await asyncio.to_thread(
        make_file, tmp_path / "prepared.db", open_sessions=kind.rows, opened_before=kind.opened_before
    )
    start = await measure(kind, tmp_path / "prepared.db")
    assert 0 < start.ready < 30
    assert 0 < start.purchase < 30
    assert 0 < start.settled < 30
    assert 20 < start.memory < 500


async def test_a_burst_of_webhooks_is_measured() -> None:
    burst = await webhooks.measure(20)

    assert burst.refused == 0
    assert 0 < burst.slowest < 30
    assert burst.slowest <= burst.applied < 60
    assert burst.spent > 0
    assert burst.wait > 0


def test_everything_is_compared_with_an_empty_file() -> None:
    assert KINDS[0] is EMPTY
    assert EMPTY.rows == 0


@pytest.mark.usefixtures("_forked")
async def test_joins_and_a_start_with_roles_are_measured() -> None:
    busy = await members.measure(30, 3)

    assert 0 < busy.ready < 120
    assert 0 < busy.first < 60
    assert 0 < busy.joins < 60
    assert 20 < busy.memory < 500
