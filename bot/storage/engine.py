"""Opening the database: checked before anything is written to it, then migrated."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from bot.errors import DatabaseError
from bot.private_files import keep_private, make_private
from bot.storage.file_lock import served_alone
from bot.storage.integrity import check_file, explained, too_new, use_write_ahead_log
from bot.storage.migrations import current_revisions, known_revisions, upgrade
from bot.storage.sqlite_driver import Opened

BUSY_TIMEOUT: Final = 5.0
"""Seconds that a connection waits for another process's write."""
_READERS: Final = 4
_LAST_TRANSACTIONS: Final = 2.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Database:
    """Engines on one database.

    SQLite takes one writer at a time and its waiting is unfair, so writers queue for one connection here
    rather than in the file. Other processes are kept out by the file's own lock. What the `inbox` commits
    outlives a power cut, which costs a write to the disk each time.
    """

    writer: AsyncEngine
    reader: AsyncEngine
    inbox: AsyncEngine
    is_ours_alone: bool = False
    """Whether no other process serves it: what is leased then belongs to this one, or to nobody."""
    opened: Opened = field(default_factory=Opened)

    async def close(self) -> None:
        """Whoever is in the middle of a transaction may end it, for two seconds; then it is cut off.

        A connection that comes back to a pool that was closed before would stay open.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_TRANSACTIONS):
                while any(map(_is_used, (self.inbox, self.reader, self.writer))):  # noqa: ASYNC110 -- nothing tells
                    await asyncio.sleep(0.01)
        await self.inbox.dispose()
        await self.reader.dispose()
        await self.writer.dispose()
        await self.opened.close()


@asynccontextmanager
async def open_database(
    url: URL, *, busy_timeout: float = BUSY_TIMEOUT, alone: bool = False
) -> AsyncIterator[Database]:
    """Check, migrate and open the database at an address.

    `busy_timeout` is in seconds. `alone` keeps other processes from serving the same file; a database server
    has room for several. Raises DatabaseLocked, DatabaseReadOnly, DatabaseTooNew, DatabaseCorrupt
    or another DatabaseError, and leaves the file as it was in all these cases.
    """
    with ExitStack() as locks:
        if url.get_backend_name() == "sqlite":
            path = Path(url.database or "")
            await asyncio.to_thread(check_file, path, busy_timeout)
            if alone:
                locks.enter_context(_lock(path))
            database = await _sqlite_database(url, busy_timeout, alone=alone)
        else:
            engine = _engine(url)
            database = Database(engine, engine, engine)
        try:
            await _migrate(database, url.render_as_string())
            yield database
        finally:
            await database.close()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with ExitStack() as held:
        try:
            held.enter_context(served_alone(path))
        except OSError as error:
            raise explained(error, str(path)) from error
        yield


async def look_at_database(url: URL, *, busy_timeout: float = BUSY_TIMEOUT) -> str | None:
    """The revision that the database was last brought up to, None for a new one; nothing is changed.

    Raises as `open_database` does.
    """
    if url.get_backend_name() == "sqlite":
        return await asyncio.to_thread(check_file, Path(url.database or ""), busy_timeout)
    engine = _engine(url)
    where = url.render_as_string()
    try:
        async with engine.connect() as connection:
            revisions = await connection.run_sync(current_revisions)
    except (DBAPIError, OSError) as error:
        raise _explained(error, where) from error
    finally:
        await engine.dispose()
    _refuse_unknown(revisions, where)
    return next(iter(revisions), None)


async def _migrate(database: Database, where: str) -> None:
    try:
        async with database.writer.begin() as connection:
            _refuse_unknown(await connection.run_sync(current_revisions), where)
            await connection.run_sync(upgrade)
    except (DBAPIError, OSError) as error:
        raise _explained(error, where) from error


def _refuse_unknown(revisions: Iterable[str], where: str) -> None:
    for revision in revisions:
        if revision not in known_revisions():
            raise too_new(where, revision)


def _explained(error: DBAPIError | OSError, where: str) -> DatabaseError:
    return explained(error.orig if isinstance(error, DBAPIError) else error, where)


async def _sqlite_database(url: URL, busy_timeout: float, *, alone: bool) -> Database:
    path = Path(url.database or "")
    await asyncio.to_thread(_close_to_others, path)
    await asyncio.to_thread(use_write_ahead_log, path, busy_timeout)
    url = url.set(drivername="sqlite+aiosqlite")
    opened = Opened()
    engine = partial(_sqlite_engine, url, busy_timeout, opened)
    return Database(
        writer=engine(begin="BEGIN IMMEDIATE", size=1),
        reader=engine(begin="BEGIN", size=_READERS),
        inbox=engine(begin="BEGIN IMMEDIATE", size=1, synchronous="FULL"),
        is_ours_alone=alone,
        opened=opened,
    )


def _close_to_others(path: Path) -> None:
    """SQLite gives what it makes beside the file the file's own rights."""
    try:
        make_private(path)
    except OSError as error:
        raise explained(error, str(path)) from error
    keep_private(*(path.with_name(f"{path.name}-{beside}") for beside in ("wal", "shm", "journal")))


def _sqlite_engine(
    url: URL, busy_timeout: float, opened: Opened, *, begin: str, size: int, synchronous: str = "NORMAL"
) -> AsyncEngine:
    engine = _engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        connect_args={"timeout": busy_timeout, "async_creator_fn": opened.connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # Python's sqlite3 would begin transactions by itself, late and deferred: two that read before they
        # write could then not both go on.
        connection.isolation_level = None
        cursor = connection.cursor()
        # What is removed, such as a token, is gone from the file too.
        for pragma in (f"synchronous={synchronous}", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _is_used(engine: AsyncEngine) -> bool:
    return isinstance(engine.pool, QueuePool) and engine.pool.checkedout() > 0


def _engine(url: URL, **options: Any) -> AsyncEngine:
    try:
        return create_async_engine(url, **options)
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"{url.render_as_string()}: {error.name} is missing; "
            "in Bamboo's folder: pip install '.[postgres]'"
        ) from error
