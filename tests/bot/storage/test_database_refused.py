"""A database that can't be used ends the start with a sentence, and stays as it was."""

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest

from bot.errors import (
    DatabaseCorrupt,
    DatabaseError,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseTooNew,
)
from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database
from tests.harness.files import (
    held_by_another_process,
    make_database,
    snapshot,
    try_to_open,
    without_root_rights,
)

PAGE = 4096
IMPATIENT = 0.1
"""Seconds: these locks are never let go of."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder with % and #"
    folder.mkdir()
    return folder / "bamboo.db"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can get to; pytest's own are their user's."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def refusal(path: Path) -> DatabaseError:
    """What opening the database raises. The folder must be the same before and after."""
    before = snapshot(path.parent)
    with pytest.raises(DatabaseError) as caught:
        try_to_open(path, busy_timeout=IMPATIENT)
    assert snapshot(path.parent) == before
    assert str(caught.value.sentence).startswith(f"{path}: ")
    return caught.value


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_database_that_another_program_writes_to_is_locked(path: Path, statement: str) -> None:
    make_database(path)
    with held_by_another_process(path, statement):
        error = refusal(path)
    assert type(error) is DatabaseLocked
    assert "stop it, then start Bamboo again" in str(error.sentence)


def test_a_database_that_another_program_keeps_to_itself_is_locked(path: Path) -> None:
    make_database(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as keeper:
        keeper.execute("PRAGMA locking_mode=EXCLUSIVE")
        keeper.execute("DELETE FROM sales WHERE id = 1")
        error = refusal(path)
    assert type(error) is DatabaseLocked


def test_a_new_file_that_another_program_locks_is_locked(path: Path) -> None:
    path.touch()
    with held_by_another_process(path, "BEGIN EXCLUSIVE"):
        error = refusal(path)
    assert type(error) is DatabaseLocked


def test_a_lock_that_is_let_go_of_in_time_is_waited_for(path: Path) -> None:
    make_database(path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        Timer(0.2, other.execute, ["COMMIT"]).start()
        try_to_open(path)
        assert not other.in_transaction


@pytest.mark.parametrize("file_mode", [0o444, 0o666], ids=["the file", "only the folder"])
def test_a_database_without_the_right_to_write_is_read_only(open_folder: Path, file_mode: int) -> None:
    path = open_folder / "bamboo.db"
    make_database(path)
    path.chmod(file_mode)
    # Where the file can be written and the folder can't, SQLite couldn't make its log.
    open_folder.chmod(0o777 if file_mode == 0o444 else 0o555)
    with without_root_rights():
        error = refusal(path)
    assert type(error) is DatabaseReadOnly
    assert "may not write here; give its user the right to, for the folder too" in str(error.sentence)


def test_a_folder_in_which_no_file_can_be_made_is_read_only(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with without_root_rights():
        error = refusal(open_folder / "bamboo.db")
    assert type(error) is DatabaseReadOnly


def test_a_folder_that_may_not_be_looked_into_is_read_only(open_folder: Path) -> None:
    (open_folder / "private" / "inner").mkdir(parents=True)
    (open_folder / "private").chmod(0)
    with without_root_rights(), pytest.raises(DatabaseReadOnly, match="give its user the right"):
        try_to_open(open_folder / "private" / "inner" / "bamboo.db")


def test_a_database_of_a_newer_version_says_which_way_out_there_is(path: Path) -> None:
    make_database(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00dfeed0001'")
    error = refusal(path)
    assert type(error) is DatabaseTooNew
    assert "revision f00dfeed0001" in str(error.sentence)
    assert "update Bamboo, or restore the backup" in str(error.sentence)


def test_a_refused_database_keeps_the_log_that_a_crash_left(path: Path) -> None:
    make_database(path)
    with closing(sqlite3.connect(path)) as connection:
        with connection:
            connection.execute("UPDATE alembic_version SET version_num = 'f00dfeed0001'")
        # A copy of an open database is what a power cut leaves: the last change is only in the log.
        left = path.parent / "left"
        left.mkdir()
        for name in ("bamboo.db", "bamboo.db-wal", "bamboo.db-shm"):
            (left / name).write_bytes((path.parent / name).read_bytes())
    assert (left / "bamboo.db-wal").stat().st_size > 0
    assert type(refusal(left / "bamboo.db")) is DatabaseTooNew


def test_garbage_is_damaged(path: Path) -> None:
    path.write_bytes(b"no database at all\n" * 1000)
    assert_damaged(path)


@pytest.mark.parametrize("kept", [50, PAGE + 1, 0.5, 0.99])
def test_a_truncated_database_is_damaged(path: Path, kept: float) -> None:
    make_database(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(len(whole) * kept)])
    assert_damaged(path)


@pytest.mark.parametrize("page", [0, 1, 0.5])
def test_a_database_with_an_overwritten_page_is_damaged(path: Path, page: float) -> None:
    make_database(path)
    content = bytearray(path.read_bytes())
    start = PAGE * (page if isinstance(page, int) else int(len(content) / PAGE * page))
    content[start : start + PAGE] = b"\xa5" * PAGE
    path.write_bytes(content)
    assert_damaged(path)


def assert_damaged(path: Path) -> None:
    error = refusal(path)
    assert type(error) is DatabaseCorrupt
    assert "stop Bamboo, keep a copy, and restore a backup" in str(error.sentence)


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE TABLE songs (title TEXT)",
        # Alembic is used by many, and many number their revisions.
        """
        CREATE TABLE alembic_version (version_num TEXT);
        CREATE TABLE songs (title TEXT);
        INSERT INTO alembic_version VALUES ('0001')
        """,
    ],
    ids=["without Alembic", "with Alembic"],
)
@pytest.mark.parametrize("journal_mode", ["DELETE", "WAL"])
def test_another_programs_database_is_left_alone(path: Path, statements: str, journal_mode: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal_mode}")
        connection.executescript(statements)
    error = refusal(path)
    assert type(error) is DatabaseError
    assert "another program's database; give Bamboo a file of its own in storage.url" in str(error.sentence)


def test_a_missing_folder_is_named_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "bamboo.db"
    with pytest.raises(DatabaseError, match=re.escape(f"the folder {path.parent} doesn't exist")):
        try_to_open(path)
    assert not path.parent.exists()


def test_a_folder_in_place_of_the_file_is_said_to_be_one(path: Path) -> None:
    path.mkdir()
    with pytest.raises(DatabaseError, match=r"this is a folder; name a file in it in storage\.url"):
        try_to_open(path)
    assert list(path.iterdir()) == []


async def test_a_database_server_that_is_not_there_is_named_without_its_password() -> None:
    url = DatabaseAddress("postgresql+asyncpg://bamboo:hunter2@127.0.0.1:1/bamboo")
    with pytest.raises(DatabaseError, match=r"127\.0\.0\.1:1/bamboo.*look at storage.url") as caught:
        async with open_database(url):
            pass
    assert "hunter2" not in str(caught.value)
