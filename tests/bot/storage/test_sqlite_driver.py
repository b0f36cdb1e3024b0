"""SQLite's answers come back in one trip to its thread, and are the same as before."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.storage.engine import Database, open_database
from bot.storage.sqlite_driver import QuickConnection
from bot.storage.tables import metadata
from tests.bot.storage.files import address

settings = metadata.tables["guild_settings"]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(address(tmp_path / "bamboo.db")) as opened:
        yield opened


async def test_a_statement_is_one_trip(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    trips = []
    execute = QuickConnection._execute

    async def counted(connection: QuickConnection, *arguments: Any) -> Any:
        trips.append(arguments)
        return await execute(connection, *arguments)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(QuickConnection, "_execute", counted)
    async with database.writer.begin() as connection:
        for guild in (1, 2, 3):
            await connection.execute(insert(settings).values(guild_id=guild))
        rows = (await connection.execute(select(settings.c.guild_id))).scalars().all()

    assert rows == [1, 2, 3]
    begin_commit_and_the_pools_rollback = 3
    assert len(trips) <= 4 + begin_commit_and_the_pools_rollback


async def test_what_a_statement_came_to_is_known(database: Database) -> None:
    async with database.writer.begin() as connection:
        added = await connection.execute(insert(settings), [{"guild_id": guild} for guild in (1, 2)])
        changed = await connection.execute(text("UPDATE guild_settings SET sales_log_channel_id = 5"))
        none = await connection.execute(text("SELECT guild_id FROM guild_settings WHERE guild_id = 9"))
        returned = await connection.execute(insert(settings).values(guild_id=3).returning(settings))

    assert (added.rowcount, changed.rowcount, none.first()) == (2, 2, None)
    assert returned.one()._asdict()["guild_id"] == 3


async def test_what_goes_wrong_is_said_as_before_and_undone(database: Database) -> None:
    async def add_twice() -> None:
        async with database.writer.begin() as connection:
            await connection.execute(insert(settings).values(guild_id=1))
            await connection.execute(insert(settings).values(guild_id=1))

    with pytest.raises(IntegrityError, match="UNIQUE"):
        await add_twice()

    async with database.reader.begin() as connection:
        assert (await connection.execute(select(settings))).first() is None
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT * FROM no_such_table"))
