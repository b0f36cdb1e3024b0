"""Alembic and SQLAlchemy are in the process for the moment of a migration, and in no other."""

import subprocess
import sys
from pathlib import Path

from tests.harness.database import put_database, url_of

_START = """
import asyncio, sys
from datetime import UTC, datetime
import bot.app
from bot.storage.address import DatabaseAddress
from bot.storage.events import nobody_reacts
from bot.storage.queues import nobody_waits
from bot.wiring.opening import opening

async def main():
    address = DatabaseAddress(sys.argv[1])
    opened = opening(address, nobody_waits, nobody_reacts, lambda: datetime.now(UTC))
    async with opened as database, database.look() as tx:
        assert await tx.value("SELECT count(*) FROM sales") == 0

asyncio.run(main())
print(sorted({"alembic", "sqlalchemy"}.intersection(sys.modules)))
"""


def _imported_by_a_start(path: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", _START, url_of(path)], capture_output=True, text=True, check=True, timeout=120
    )
    return ended.stdout.strip()


async def test_a_start_without_a_migration_imports_neither(tmp_path: Path) -> None:
    path = tmp_path / "bamboo.db"
    await put_database(path)

    assert _imported_by_a_start(path) == "[]"


def test_a_start_with_one_brings_both(tmp_path: Path) -> None:
    """So that the test before this one can fail."""
    assert _imported_by_a_start(tmp_path / "bamboo.db") == "['alembic', 'sqlalchemy']"
