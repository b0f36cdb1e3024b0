"""A commit wakes whoever waits for its rows; what is rolled back wakes nobody."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
import pytest

from bot.errors import DatabaseAway
from bot.jobs.models import Lane
from bot.jobs.repository import JobRepository
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.engine import Database, open_database
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork
from bot.texts import text
from tests.harness.database import address_of, on_a_server, put_database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NOTE = StaffNote(1, "key", text("A note"))


class Heard:
    """What was marked."""

    def __init__(self) -> None:
        self.marks: list[tuple[Queue, datetime | None]] = []

    def __call__(self, queue: Queue, due: datetime | None) -> None:
        self.marks.append((queue, due))


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Database]:
    file = tmp_path / "bamboo.db"
    await put_database(file)
    async with open_database(address_of(file)) as opened:
        yield opened


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def database(opened: Database, heard: Heard) -> UnitOfWork:
    return UnitOfWork(opened, heard)


async def test_nobody_is_woken_before_the_commit(database: UnitOfWork, heard: Heard) -> None:
    async with database.write() as tx:
        await StaffRepository(tx).write_note(NOTE, NOW)
        assert heard.marks == []

    assert heard.marks == [(Queue.STAFF_NOTES, None)]


async def test_what_is_rolled_back_wakes_nobody(database: UnitOfWork, heard: Heard) -> None:
    async def write() -> None:
        async with database.write() as tx:
            await StaffRepository(tx).write_note(NOTE, NOW)
            raise LookupError

    with pytest.raises(LookupError):
        await write()

    async with database.read() as tx:
        assert await JobRepository(tx).next_due(Lane.NOTES) is None
    assert heard.marks == []


async def test_the_commit_of_the_inbox_wakes_too(database: UnitOfWork, heard: Heard) -> None:
    async with database.inbox() as tx:
        tx.mark(Queue.EVENTS)

    assert heard.marks == [(Queue.EVENTS, None)]


async def test_of_several_marks_the_soonest_counts(database: UnitOfWork, heard: Heard) -> None:
    async with database.write() as tx:
        tx.mark(Queue.LIVE_GRANTS, LATER)
        tx.mark(Queue.LIVE_GRANTS, NOW)
        tx.mark(Queue.LIVE_GRANTS, LATER)
        tx.mark(Queue.EVENTS, NOW)
        tx.mark(Queue.EVENTS)
        tx.mark(Queue.EVENTS, NOW)

    assert heard.marks == [(Queue.LIVE_GRANTS, NOW), (Queue.EVENTS, None)]


async def test_a_commit_whose_end_nobody_knows_wakes_all_the_same(
    database: UnitOfWork, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write() -> None:
        async with database.write() as tx:
            await tx.execute("DELETE FROM events")
            tx.mark(Queue.EVENTS)

    connections: type[Any] = asyncpg.Connection if on_a_server() else aiosqlite.Connection
    way = "execute" if on_a_server() else "execute_fetchall"
    execute = getattr(connections, way)

    async def lost(connection: Any, statement: str, *values: Any, **options: Any) -> object:
        found = await execute(connection, statement, *values, **options)
        if statement == "COMMIT":
            raise TimeoutError  # it is written, and nobody hears of it
        return found

    monkeypatch.setattr(connections, way, lost)
    with pytest.raises(DatabaseAway if on_a_server() else TimeoutError):
        await write()

    assert heard.marks == [(Queue.EVENTS, None)]
