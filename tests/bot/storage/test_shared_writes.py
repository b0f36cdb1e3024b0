"""Writes that come at the same time share a transaction; one that fails undoes only itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.jobs.models import JobKind, NewJob
from bot.jobs.repository import JobRepository
from bot.storage.engine import open_database
from bot.storage.shared_writes import SharedWrites
from bot.storage.transaction import Transaction, UnitOfWork
from tests.harness.database import address_of, put_database, run
from tests.harness.trips import trips_counted

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Write = Callable[[Transaction], Awaitable[int]]


def adding(number: int, error: Exception | None = None) -> Write:
    async def add(tx: Transaction) -> int:
        await tx.execute(
            "INSERT INTO guild_settings (guild_id, sales_log_channel_id) VALUES (:id, 1)", id=number
        )
        if error is not None:
            raise error
        return number

    return add


async def added(file: Path, *writes: Write) -> list[int | BaseException]:
    await put_database(file)
    async with open_database(address_of(file)) as database:
        shared = SharedWrites(UnitOfWork(database))
        return await asyncio.gather(*map(shared.write, writes), return_exceptions=True)


def kept(file: Path) -> list[int]:
    return [row["guild_id"] for row in run(file, "SELECT guild_id FROM guild_settings ORDER BY guild_id")]


async def test_what_comes_at_the_same_time_is_one_transaction(tmp_path: Path) -> None:
    file = tmp_path / "bamboo.db"
    await put_database(file)  # building the first one of the process is transactions too

    with trips_counted() as trips:
        assert await added(file, *map(adding, range(1, 6))) == [1, 2, 3, 4, 5]

    assert trips.transactions == 1
    assert kept(file) == [1, 2, 3, 4, 5]


async def test_one_that_fails_undoes_only_itself_and_is_told(tmp_path: Path) -> None:
    file, broken = tmp_path / "bamboo.db", ValueError("a mistake")

    ended = await added(file, adding(1), adding(2, broken), adding(3))

    assert ended == [1, broken, 3]
    assert kept(file) == [1, 3]


async def test_whoever_is_cancelled_takes_nothing_from_the_others(tmp_path: Path) -> None:
    file = tmp_path / "bamboo.db"
    await put_database(file)
    async with open_database(address_of(file)) as database:
        shared = SharedWrites(UnitOfWork(database))
        tasks = [asyncio.ensure_future(shared.write(adding(number))) for number in (1, 2)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        assert await tasks[1] == 2

    assert 2 in kept(file)


async def test_the_same_job_planned_twice_in_a_transaction_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "bamboo.db"
    await put_database(file)
    async with open_database(address_of(file)) as opened:
        database = UnitOfWork(opened)
        with trips_counted() as trips:
            async with database.write() as tx:
                for key in ("1", "2", "1"):
                    await JobRepository(tx).plan_all_again([_job(key)], NOW)
        assert len(trips.statements) == 2
        assert trips.are_few(to_a_file=1, to_a_server=4), trips.made

    assert [row["key"] for row in run(file, "SELECT key FROM jobs ORDER BY key")] == ["1", "2"]


def _job(key: str) -> NewJob:
    return NewJob(JobKind.AUDIT_LINE, key)
