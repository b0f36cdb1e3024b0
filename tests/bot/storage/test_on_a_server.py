"""What only a server does: several processes write to it, and it is restarted under them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import asyncpg
import pytest

from bot.errors import DatabaseAway, DatabaseBusy
from bot.storage import engine, server_connections
from bot.storage.engine import Database, open_database
from bot.storage.migrations import newest_revision
from bot.storage.transaction import UnitOfWork
from tests.harness.database import address_of, run

_ADD = "INSERT INTO guild_settings (guild_id) VALUES (:guild_id)"
_COUNT = "SELECT count(*) FROM guild_settings"


@pytest.fixture
def file(on_a_server: None, tmp_path: Path) -> Path:
    """A database that is on a server wherever the others are."""
    return tmp_path / "bamboo.db"


@pytest.fixture
async def opened(file: Path) -> AsyncIterator[Database]:
    async with open_database(address_of(file)) as opened:
        yield opened


@pytest.fixture
def database(opened: Database) -> UnitOfWork:
    return UnitOfWork(opened)


@pytest.fixture
async def other(file: Path, opened: Database) -> AsyncIterator[UnitOfWork]:
    """Another process's."""
    async with open_database(address_of(file)) as others:
        yield UnitOfWork(others)


def cut_off(file: Path) -> None:
    """What a restart of the server does to those who are connected."""
    run(
        file,
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


async def count(database: UnitOfWork) -> int:
    async with database.read() as tx:
        return int(await tx.value(_COUNT))


async def test_several_processes_that_start_at_once_build_it_once(file: Path) -> None:
    async with AsyncExitStack() as processes:
        opening = [processes.enter_async_context(open_database(address_of(file))) for _ in range(3)]
        await asyncio.gather(*opening)
    assert run(file, "SELECT version_num FROM alembic_version") == [{"version_num": newest_revision()}]


async def test_a_start_looks_at_the_database_and_serves_it_by_the_same_connections(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(address_of(file)):
        pass
    made: list[object] = []
    create_pool = asyncpg.create_pool
    monkeypatch.setattr(asyncpg, "create_pool", lambda *a, **k: made.append(a) or create_pool(*a, **k))
    async with open_database(address_of(file)) as opened:
        await count(UnitOfWork(opened))
    assert len(made) == 1


async def test_who_writes_sees_all_that_others_have_written(database: UnitOfWork, other: UnitOfWork) -> None:
    async def add(to: UnitOfWork) -> None:
        async with to.write() as tx:
            seen = await tx.value(_COUNT)
            await asyncio.sleep(0.01)
            await tx.execute(_ADD, guild_id=seen + 1)

    await asyncio.gather(*(add(each) for each in (database, other) * 10))
    assert await count(database) == 20


async def test_what_is_read_in_one_transaction_is_of_one_moment(
    database: UnitOfWork, other: UnitOfWork
) -> None:
    async with database.read() as reading:
        before = await reading.value(_COUNT)
        async with other.write() as tx:
            await tx.execute(_ADD, guild_id=1)
        assert await reading.value(_COUNT) == before
    assert await count(database) == before + 1


async def test_what_is_read_is_not_written_by_mistake(database: UnitOfWork) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.read() as tx:
            await tx.execute(_ADD, guild_id=1)


async def test_a_process_that_stands_still_over_its_writing_is_told_of(
    database: UnitOfWork,
    other: UnitOfWork,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    impatient = server_connections.WRITING.replace("'5s'", "'50ms'")
    monkeypatch.setattr(database._database.writer, "_begin", impatient)
    async with other.write() as standing:
        await standing.execute(_ADD, guild_id=1)
        with pytest.raises(DatabaseBusy):
            async with database.write() as tx:
                await tx.execute(_ADD, guild_id=2)
        assert "another program keeps the database locked" in caplog.text
        async with database.inbox() as tx:  # what the store tells is kept meanwhile
            await tx.execute(_ADD, guild_id=3)
    async with database.write() as tx:
        await tx.execute(_ADD, guild_id=2)
    assert await count(database) == 3


async def test_what_a_process_that_stands_still_has_locked_is_free_after_a_while(
    database: UnitOfWork, other: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = server_connections.WRITING.replace("'30s'", "'50ms'")
    monkeypatch.setattr(other._database.writer, "_begin", impatient)

    async def stand_still() -> None:
        async with other.write() as standing:
            await standing.execute(_ADD, guild_id=1)
            async with database.write() as tx:
                await tx.execute(_ADD, guild_id=2)
            await standing.execute(_ADD, guild_id=3)

    with pytest.raises(DatabaseAway):
        await stand_still()
    assert await count(database) == 1


async def test_a_restart_of_the_server_is_told_and_got_over(
    database: UnitOfWork, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def write() -> None:
        async with database.write() as tx:
            await tx.execute(_ADD, guild_id=1)
            cut_off(file)
            await tx.execute(_ADD, guild_id=2)

    with pytest.raises(DatabaseAway):
        await write()
    [told] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "The database can't be used" in told.getMessage()

    async with database.write() as tx:
        await tx.execute(_ADD, guild_id=3)
    assert await count(database) == 1
    assert "The database can be written again" in caplog.text


async def test_connections_that_were_cut_off_unused_are_not_noticed(database: UnitOfWork, file: Path) -> None:
    assert await count(database) == 0
    cut_off(file)
    await asyncio.sleep(0.05)
    assert await count(database) == 0


async def test_an_error_in_a_transaction_undoes_it_though_somebody_swallows_it(database: UnitOfWork) -> None:
    async def write() -> None:
        async with database.write() as tx:
            await tx.execute(_ADD, guild_id=1)
            with suppress(asyncpg.UniqueViolationError):
                await tx.execute(_ADD, guild_id=1)

    with pytest.raises(RuntimeError, match="rolled"):
        await write()
    assert await count(database) == 0


async def test_who_is_cancelled_leaves_nothing_locked(database: UnitOfWork, other: UnitOfWork) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        async with database.write() as tx:
            await tx.execute(_ADD, guild_id=1)
            begun.set()
            await tx.execute("SELECT pg_sleep(60)")

    hanging = asyncio.create_task(hang())
    await begun.wait()
    waiting = asyncio.create_task(count(database))
    hanging.cancel()
    with suppress(asyncio.CancelledError):
        await hanging
    async with asyncio.timeout(5), other.write() as tx:
        await tx.execute(_ADD, guild_id=2)
    assert await waiting <= 1
    assert await count(other) == 1


async def test_closing_says_nothing_in_the_log(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine, "_LAST_TRANSACTIONS", 0.05)
    begun = asyncio.Event()

    async def hang(database: Database) -> None:
        async with UnitOfWork(database).write() as tx:
            await tx.execute(_ADD, guild_id=1)
            begun.set()
            await asyncio.Event().wait()

    async with open_database(address_of(file)) as opened:
        hanging = asyncio.create_task(hang(opened))
        await begun.wait()
    hanging.cancel()
    with suppress(asyncio.CancelledError):
        await hanging
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert run(file, _COUNT) == [{"count": 0}]
