"""No connection is left to the garbage collector, whoever still uses it when the database is closed."""

import asyncio
import gc
import warnings
from pathlib import Path
from typing import Any

import pytest

from bot.storage import engine
from bot.storage.engine import Database, open_database
from tests.harness.files import address


async def _read(database: Database, begun: asyncio.Event, go_on: asyncio.Event) -> Any:
    async with database.reader.transaction() as connection:
        await connection.rows("SELECT 1", {})
        begun.set()
        await go_on.wait()
        [row] = await connection.rows("SELECT 2", {})
        return row[0]


@pytest.mark.parametrize("in_time", [True, False])
async def test_what_is_in_use_when_the_database_closes_is_closed_too(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_time: bool,  # noqa: FBT001
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    if not in_time:
        monkeypatch.setattr(engine, "_LAST_TRANSACTIONS", 0.1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with open_database(address(tmp_path / "bamboo.db")) as database:
            reading = asyncio.create_task(_read(database, begun, go_on))
            await begun.wait()
            if in_time:
                asyncio.get_running_loop().call_later(0.1, go_on.set)
        go_on.set()
        [read] = await asyncio.gather(reading, return_exceptions=True)
        del reading, database
        gc.collect()
    assert (read == 2) is in_time
    assert [str(one.message) for one in caught if one.category is ResourceWarning] == []
