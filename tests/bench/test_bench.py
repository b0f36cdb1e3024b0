"""The benchmark measures what it says: its files are what the bot itself would have left."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench import members, webhooks
from bench.__main__ import PARTS, main
from bench.rows import LIFETIME, make_file
from bench.startup import EMPTY, KINDS, Kind, measure
from bot.checkout.repository import SaleRepository
from bot.jobs.models import Lane
from bot.jobs.repository import JobRepository
from bot.storage.engine import open_database
from bot.storage.transaction import UnitOfWork
from tests.harness.files import address

ROWS = 30


def test_a_part_that_there_is_not_is_said_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["nothing"]) == 2
    assert capsys.readouterr().err == f"There is no part nothing; there are {', '.join(PARTS)}.\n"


@pytest.mark.parametrize(("opened_before", "overdue"), [(timedelta(0), 0), (LIFETIME, ROWS)])
def test_the_bot_reads_the_rows_as_its_own(tmp_path: Path, opened_before: timedelta, overdue: int) -> None:
    make_file(tmp_path / "bamboo.db", open_sessions=ROWS, opened_before=opened_before)

    async def settle() -> None:
        async with open_database(address(tmp_path / "bamboo.db")) as opened:
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


async def test_joins_and_a_start_with_roles_are_measured() -> None:
    busy = await members.measure(30, 3)

    assert 0 < busy.ready < 120
    assert 0 < busy.first < 60
    assert 0 < busy.joins < 60
    assert 20 < busy.memory < 500
