"""Nobody but the bot's own user can read what it keeps, whatever the umask was."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checkout.signing import key_from_file
from bot.invoices.repository import InvoiceRepository
from bot.storage.engine import open_database
from bot.storage.transaction import UnitOfWork
from tests.harness.files import address, make_database
from tests.harness.ids import discord_id


@pytest.fixture(autouse=True)
def wide_open() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in folder.iterdir()}


def modes_while_open(folder: Path) -> dict[str, int]:
    async def look() -> dict[str, int]:
        async with open_database(address(folder / "bamboo.db"), alone=True) as database:
            async with UnitOfWork(database).write() as tx:
                await InvoiceRepository(tx).switch_reminders(discord_id(1), on=False)
            return modes(folder)

    return asyncio.run(look())


def test_a_new_database_and_what_is_beside_it_is_private(tmp_path: Path) -> None:
    names = ("bamboo.db", "bamboo.db-wal", "bamboo.db-shm", "bamboo.db-lock")
    assert modes_while_open(tmp_path) == dict.fromkeys(names, 0o600)


def test_a_database_that_others_could_read_is_mended_at_the_start(tmp_path: Path) -> None:
    make_database(tmp_path / "bamboo.db")
    (tmp_path / "bamboo.db-lock").touch()
    for entry in tmp_path.iterdir():
        entry.chmod(0o644)

    assert set(modes_while_open(tmp_path).values()) == {0o600}


def test_a_key_that_others_could_read_is_mended(tmp_path: Path) -> None:
    file = tmp_path / "bamboo.signing-key"
    file.write_text("key\n", encoding="ascii")
    file.chmod(0o644)

    assert key_from_file(file) == "key"
    assert modes(tmp_path) == {file.name: 0o600}
