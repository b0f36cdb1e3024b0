"""Copies of the database's file: made while it is served, and put back when it isn't."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.errors import BambooError, DatabaseError
from bot.private_files import make_private
from bot.storage.address import DatabaseAddress
from bot.storage.file_lock import served_alone
from bot.storage.integrity import check_file, explained, read_only

_PAGES_AT_ONCE: Final = 1000
"""Writers go on between two portions."""
_PATIENCE: Final = 10.0
"""Seconds."""
_BESIDE: Final = ("-wal", "-shm", "-journal")
_NAME: Final = re.compile(r"bamboo-(\d{8}T\d{6})Z\.db")

Progress = Callable[[int, int], None]
"""Told how many pages are left, and of how many."""


@dataclass(frozen=True, slots=True)
class Backup:
    path: Path
    made_at: datetime
    """UTC, as its name says."""


def file_of(address: DatabaseAddress) -> Path:
    """The database's file. Raises DatabaseError for a server, which has tools of its own."""
    if not address.is_file:
        raise DatabaseError(f"{address}: PostgreSQL keeps its own backups; use pg_dump and pg_restore")
    return Path(address.database)


def back_up(database: Path, target: Path, progress: Progress = lambda _left, _of: None) -> None:
    """Copy the database to a new file that only its owner may read, also while a bot serves it.

    The copy is looked through, and is there whole or not at all. Raises DatabaseError.
    """
    if not database.exists():
        raise DatabaseError(f"{database}: there is no database yet; look at storage.url")
    if target.exists():
        raise DatabaseError(f"{target} is there already; name another file")
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        make_private(unfinished)
        with (
            closing(read_only(database, _PATIENCE)) as source,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            source.backup(
                copy, pages=_PAGES_AT_ONCE, progress=lambda _status, left, of: progress(left, of), sleep=0.01
            )
            copy.execute("PRAGMA journal_mode=DELETE")
        check_file(unfinished, _PATIENCE)
        unfinished.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise explained(error, str(target)) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def restore(backup: Path, database: Path) -> Path | None:
    """Put a backup in the database's place; what was there is kept beside it, and its path returned.

    Raises DatabaseError, with everything as it was: the backup is damaged, another program's or of a newer
    version, or a bot serves the database.
    """
    if not backup.is_file():
        raise DatabaseError(f"{backup}: there is no such file")
    if check_file(backup, _PATIENCE) is None:
        raise DatabaseError(f"{backup}: this backup is empty")
    try:
        with served_alone(database):
            return _put_back(backup, database)
    except OSError as error:
        raise explained(error, str(database)) from error


def _put_back(backup: Path, database: Path) -> Path | None:
    ready = database.with_name(f".{database.name}.restored")
    ready.unlink(missing_ok=True)
    make_private(ready)
    shutil.copyfile(backup, ready)
    kept = None
    if database.exists():
        kept = _free_name(database.with_name(f"{database.name}.before-restore"))
        for suffix in ("", *_BESIDE):  # its log belongs to it, and not to what comes in its place
            beside = database.with_name(f"{database.name}{suffix}")
            if beside.exists():
                beside.replace(kept.with_name(f"{kept.name}{suffix}"))
    ready.replace(database)
    return kept


def _free_name(path: Path) -> Path:
    number = 1
    free = path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


# --- a folder of them, by the time at which they were made ----------------------------------------------


def new_backup_in(folder: Path, now: datetime) -> Path:
    """Where the backup made `now` is to be: `bamboo-20260601T120000Z.db` in the folder, which is made.

    Raises BambooError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BambooError(
            f"{folder}: backups can't be kept there ({error.strerror}); look at backup.folder"
        ) from error
    return folder / f"bamboo-{now.astimezone(UTC):%Y%m%dT%H%M%S}Z.db"


def backups_in(folder: Path) -> list[Backup]:
    """Newest first; other files are left alone."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                made_at = datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
                found.append(Backup(path, made_at))
    return sorted(found, key=lambda backup: backup.made_at, reverse=True)


def back_up_into(database: Path, folder: Path, now: datetime, *, keep: int) -> Path:
    """Make one more backup, and remove all but the newest `keep`. Raises DatabaseError or BambooError."""
    target = new_backup_in(folder, now)
    back_up(database, target)
    for old in backups_in(folder)[keep:]:
        with suppress(OSError):
            old.path.unlink()
    return target
