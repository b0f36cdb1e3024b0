"""Looking at an SQLite file before anything is written to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import stamina

from bot.errors import DatabaseCorrupt, DatabaseError, DatabaseLocked, DatabaseReadOnly, DatabaseTooNew
from bot.storage.migrations import known_revisions

_OUR_TABLES: Final = frozenset({"alembic_version", "sales"})
"""Other programs use Alembic too, and number their revisions as they like."""
_CORRUPT: Final = "{}: the database is damaged; stop Bamboo, keep a copy, and restore a backup"
_NOT_WRITABLE: Final = "{}: Bamboo may not write here; give its user the right to, for the folder too"
_LONGEST_WAIT: Final = 0.25
"""Seconds between two attempts at what SQLite doesn't wait for by itself."""


def check_file(path: Path, busy_timeout: float) -> str | None:
    """Look at the file without changing it: is it whole, ours, not newer than this program, writable?

    Returns the revision that it was last brought up to; None for a file that is new or yet to be made.
    `busy_timeout` is how many seconds another program may take to let go of it. Raises the DatabaseErrors.
    """
    if not _is_there(path):
        return None
    try:
        # SQLite takes a log that a crash left into the file when the last connection closes, but a reader
        # can't; without such a log only a connection that may write clears up behind itself.
        has_log = path.with_name(f"{path.name}-wal").exists()
        with closing(_connect(path, "ro" if has_log else "rw", busy_timeout)) as file:
            revision = _check_content(file, path)
            if not has_log:
                _take_write_lock(file)
        if has_log:
            with closing(_connect(path, "rw", busy_timeout)) as file:
                _take_write_lock(file)
    except sqlite3.Error as error:
        raise explained(error, str(path)) from error
    return revision


def _take_write_lock(file: sqlite3.Connection) -> None:
    """And give it back: nothing is written."""
    file.execute("BEGIN IMMEDIATE")
    file.execute("ROLLBACK")


def use_write_ahead_log(path: Path, busy_timeout: float) -> None:
    """Put the file, which is made if it isn't there, into the mode in which readers don't wait for writers.

    The mode is the file's own and stays. Raises the DatabaseErrors.
    """
    try:
        # The one statement for which SQLite's own waiting doesn't count: two processes that start together
        # on a new file would stand in each other's way.
        for attempt in stamina.retry_context(
            on=_is_busy,
            attempts=None,
            timeout=busy_timeout,
            wait_initial=0.01,
            wait_jitter=0.02,
            wait_max=_LONGEST_WAIT,
        ):
            with attempt, closing(_connect(path, "rwc", 0)) as file:
                file.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise explained(error, str(path)) from error


def read_only(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """A connection to the file that changes nothing, whoever serves it. Raises sqlite3.Error."""
    return _connect(path, "ro", busy_timeout)


def explained(error: BaseException | None, where: str) -> DatabaseError:
    """Tell SQLite's errors apart by their names (https://www.sqlite.org/rescode.html), not by their texts."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseLocked(
            f"{where}: another program keeps the database locked; stop it, then start Bamboo again"
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")):
        return DatabaseReadOnly(_NOT_WRITABLE.format(where))
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DatabaseCorrupt(_CORRUPT.format(where))
    if name.startswith("SQLITE_FULL"):
        return DatabaseError(f"{where}: the disk is full; make room, then start Bamboo again")
    return DatabaseError(f"{where}: the database can't be opened ({error}); look at storage.url")


def too_new(where: str, revision: str) -> DatabaseTooNew:
    return DatabaseTooNew(
        f"{where}: a newer Bamboo has written this database (revision {revision}); "
        "update Bamboo, or restore the backup from before the update"
    )


def _is_there(path: Path) -> bool:
    try:
        if not path.parent.is_dir():
            raise DatabaseError(
                f"{path}: the folder {path.parent} doesn't exist; create it or change storage.url"
            )
        if path.is_dir():
            raise DatabaseError(f"{path}: this is a folder; name a file in it in storage.url")
        there = path.exists()
    except PermissionError as error:
        raise DatabaseReadOnly(_NOT_WRITABLE.format(path)) from error
    # The folder too: SQLite makes its log beside the file.
    if not _may_write(path.parent) or (there and not _may_write(path)):
        raise DatabaseReadOnly(_NOT_WRITABLE.format(path))
    return there


def _may_write(place: Path) -> bool:
    return os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _connect(path: Path, mode: str, busy_timeout: float) -> sqlite3.Connection:
    # Without an isolation level Python begins no transactions by itself.
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=busy_timeout, isolation_level=None
    )


def _check_content(file: sqlite3.Connection, path: Path) -> str | None:
    (verdict,) = file.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DatabaseCorrupt(_CORRUPT.format(path))
    tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if not tables >= _OUR_TABLES:
        raise DatabaseError(
            f"{path}: this is another program's database; give Bamboo a file of its own in storage.url"
        )
    revision: str | None
    (revision,) = file.execute("SELECT max(version_num) FROM alembic_version").fetchone()
    if revision is not None and revision not in known_revisions():
        raise too_new(str(path), revision)
    return revision


def _is_busy(error: Exception) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
