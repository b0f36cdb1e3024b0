"""What an open database is set to, and several that are opened at once."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import DatabaseError
from bot.storage.connection import ConnectionPool
from bot.storage.engine import Database, look_at_database, open_database
from bot.storage.migrations import newest_revision
from tests.harness.database import put_database
from tests.harness.files import address, snapshot
from tests.harness.patience import PATIENCE

_START_TOGETHER = """
import asyncio, sys
from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with open_database(DatabaseAddress(sys.argv[1])) as database, database.reader.look() as connection:
        [row] = await connection.rows("SELECT count(*) FROM sales", {})
        print(row[0], flush=True)

asyncio.run(main())
"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    await put_database(tmp_path / "bamboo.db")
    async with open_database(address(tmp_path / "bamboo.db")) as opened:
        yield opened


async def pragma(connections: ConnectionPool, name: str) -> object:
    async with connections.look() as connection:
        [row] = await connection.rows(f"PRAGMA {name}", {})
        return row[0]


@pytest.mark.parametrize("role", ["writer", "reader"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 1),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("secure_delete", 1),
    ],
)
async def test_every_connection_is_set_up(database: Database, role: str, name: str, value: object) -> None:
    assert await pragma(getattr(database, role), name) == value


async def test_foreign_keys_are_kept(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        async with database.writer.transaction() as connection:
            await connection.rows(
                "INSERT INTO sessions (sale_id, state, created_at) VALUES (1, 'creating', '2026-01-01')", {}
            )


async def test_readers_see_the_state_before_an_open_write_and_do_not_wait_for_it(database: Database) -> None:
    async with asyncio.timeout(PATIENCE), database.writer.transaction() as writing:
        await writing.rows("INSERT INTO guild_settings (guild_id) VALUES (1)", {})
        async with database.reader.transaction() as reading:
            assert await reading.rows("SELECT * FROM guild_settings", {}) == []


async def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    async def add(*, divided_by: int) -> None:
        async with database.writer.transaction() as connection:
            await connection.rows("INSERT INTO guild_settings (guild_id) VALUES (1)", {})
            1 / divided_by

    with pytest.raises(ZeroDivisionError):
        await add(divided_by=0)
    await add(divided_by=2)


async def test_writers_queue_instead_of_failing(database: Database) -> None:
    async with database.writer.transaction() as connection:
        await connection.rows("INSERT INTO guild_settings (guild_id, sales_log_channel_id) VALUES (1, 0)", {})

    async def count_up() -> None:
        async with database.writer.transaction() as connection:
            [row] = await connection.rows("SELECT sales_log_channel_id FROM guild_settings", {})
            change = "UPDATE guild_settings SET sales_log_channel_id = :value"
            await connection.rows(change, {"value": row[0] + 1})

    await asyncio.gather(*(count_up() for _ in range(50)))
    async with database.reader.transaction() as connection:
        [row] = await connection.rows("SELECT sales_log_channel_id FROM guild_settings", {})
        assert row[0] == 50


async def test_nothing_but_the_file_is_left_when_it_is_closed(tmp_path: Path) -> None:
    async with open_database(address(tmp_path / "bamboo.db")) as database:
        await pragma(database.writer, "journal_mode")
        assert {entry.name for entry in tmp_path.iterdir()} > {"bamboo.db"}  # noqa: ASYNC240 -- two names
    assert [entry.name for entry in tmp_path.iterdir()] == ["bamboo.db"]  # noqa: ASYNC240 -- one name


async def test_an_empty_file_is_as_good_as_none(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "bamboo.db")):
        pass
    async with open_database(address(tmp_path / "bamboo.db")) as database:
        assert await pragma(database.writer, "journal_mode") == "wal"


@pytest.mark.parametrize("number", [2, 4])
async def test_processes_that_start_at_once_on_a_new_file_all_succeed(tmp_path: Path, number: int) -> None:
    url = str(address(tmp_path / "bamboo.db"))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _START_TOGETHER,
            url,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(number)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0] * number, ended
    assert [printed for printed, _log in ended] == [b"0\n"] * number


async def test_starts_at_once_in_one_process_all_succeed(tmp_path: Path) -> None:
    """The same with less between them: what has to be waited for is met every few rounds."""

    async def start(path: Path) -> None:
        async with open_database(address(path)):
            pass

    for attempt in range(10):
        path = tmp_path / f"{attempt}.db"
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(start(path))


async def test_looking_at_a_database_changes_nothing(tmp_path: Path) -> None:
    url = address(tmp_path / "bamboo.db")
    assert await look_at_database(url) is None
    assert snapshot(tmp_path) == {}
    async with open_database(url):
        # Beside a bot that runs, too.
        assert await look_at_database(url) == newest_revision()
    before = snapshot(tmp_path)
    assert await look_at_database(url) == newest_revision()
    assert snapshot(tmp_path) == before


async def test_looking_refuses_what_opening_refuses(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="create it or change"):
        await look_at_database(address(tmp_path / "nowhere" / "bamboo.db"))
