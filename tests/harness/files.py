"""Real database files: made by the migrations, compared byte for byte."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from bot.storage.address import DatabaseAddress
from bot.storage.engine import BUSY_TIMEOUT, open_database
from tests.harness.database import put_file
from tests.harness.instants import milliseconds

NOBODY = 65534
"""An id without any rights, on every Linux."""
_HOLD_A_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
print("locked", flush=True)
sys.stdin.read()
"""


def address(path: Path) -> DatabaseAddress:
    return DatabaseAddress.of_file(path)


def try_to_open(path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Open the database as a starting bot does, and close it again."""

    async def start() -> None:
        async with open_database(address(path), busy_timeout=busy_timeout):
            pass

    asyncio.run(start())


def make_database(path: Path) -> None:
    """A database as a bot leaves it: up to date, with so many sales that they take several pages."""
    asyncio.run(put_file(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO sales (reference, kind, guild_id, channel_id, buyer_id, recipient_id, lines,"
            " fingerprint, currency, status, created_at)"
            " VALUES (?, 'purchase', 1, 2, ?, ?, '[]', ?, 'USD', 'open',"
            f" {milliseconds('2026-01-01 00:00:00')})",
            [(f"sale{number:06}", number, number, f"{number:064}") for number in range(500)],
        )


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of the folder. The index of SQLite's log only counts as there: it has its readers' marks."""
    return {
        entry.name: b"" if entry.name.endswith("-shm") else entry.read_bytes() for entry in folder.iterdir()
    }


@contextmanager
def held_by_another_process(path: Path, statement: str) -> Iterator[None]:
    """Another program has begun a transaction with `statement` and doesn't end it."""
    with Popen(
        [sys.executable, "-c", _HOLD_A_LOCK, str(path), statement], stdin=PIPE, stdout=PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            process.stdin.close()


@contextmanager
def without_root_rights() -> Iterator[None]:
    """For root no file is read-only: the block runs as somebody else."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(NOBODY)
    except OSError as error:
        pytest.skip(f"root can't put down its rights here ({error}), and for root no file is read-only")
    try:
        yield
    finally:
        os.seteuid(0)
