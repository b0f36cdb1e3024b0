"""Opening the database: checked before anything is written to it, then migrated."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bot.errors import DatabaseError
from bot.private_files import keep_private, make_private
from bot.storage.address import DatabaseAddress
from bot.storage.connection import ConnectionPool, FileConnections, connect_to_file
from bot.storage.file_lock import served_alone
from bot.storage.integrity import check_file, explained, too_new, use_write_ahead_log
from bot.storage.migrations import known_revisions, newest_revision
from bot.storage.server_connections import (
    KEEPING,
    READING,
    WRITING,
    ServerConnections,
    ServerLost,
    ServerPool,
)

BUSY_TIMEOUT: Final = 5.0
"""Seconds that a connection waits for another process's write."""
_READERS: Final = 4
_LAST_TRANSACTIONS: Final = 2.0
"""Seconds."""
_IS_NEW: Final = "SELECT to_regclass('alembic_version') IS NULL AS is_new"
_REVISION: Final = "SELECT max(version_num) AS revision FROM alembic_version"


@dataclass(frozen=True, slots=True)
class Database:
    """Connections to one database.

    SQLite takes one writer at a time and its waiting is unfair, so writers queue for one connection here
    rather than in the file. Other processes are kept out by the file's own lock. What the `inbox` commits
    outlives a power cut, which costs a write to the disk each time.
    """

    writer: ConnectionPool
    reader: ConnectionPool
    inbox: ConnectionPool
    is_ours_alone: bool = False
    """Whether no other process serves it: what is leased then belongs to this one, or to nobody."""

    async def close(self) -> None:
        """Whoever is in the middle of a transaction may end it, for two seconds; then it is cut off."""
        connections = (self.inbox, self.reader, self.writer)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_TRANSACTIONS):
                while any(each.are_used for each in connections):  # noqa: ASYNC110 -- nothing tells
                    await asyncio.sleep(0.01)
        for each in connections:
            await each.close()


@asynccontextmanager
async def open_database(
    address: DatabaseAddress, *, busy_timeout: float = BUSY_TIMEOUT, alone: bool = False
) -> AsyncIterator[Database]:
    """Check, migrate and open the database at an address.

    `busy_timeout` is in seconds. `alone` keeps other processes from serving the same file; a database server
    has room for several. Raises DatabaseLocked, DatabaseReadOnly, DatabaseTooNew, DatabaseCorrupt
    or another DatabaseError, and leaves the file as it was in all these cases.
    """
    with ExitStack() as locks:
        if address.is_file:
            path = Path(address.database)
            revision = await asyncio.to_thread(check_file, path, busy_timeout)
            if alone:
                locks.enter_context(_lock(path))
            await asyncio.to_thread(_make_ready, path, busy_timeout)
            database = _file(path, busy_timeout, alone=alone)
        else:
            server = _server(address)
            database = _on_server(server)
        try:
            if not address.is_file:
                revision = await _revision_on(server, address)
            if revision != newest_revision():
                await _migrate(address, busy_timeout)
            yield database
        finally:
            await database.close()


def _make_ready(path: Path, busy_timeout: float) -> None:
    _close_to_others(path)
    use_write_ahead_log(path, busy_timeout)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with ExitStack() as held:
        try:
            held.enter_context(served_alone(path))
        except OSError as error:
            raise explained(error, str(path)) from error
        yield


async def look_at_database(address: DatabaseAddress) -> str | None:
    """The revision that the database was last brought up to, None for a new one; nothing is changed.

    Raises as `open_database` does.
    """
    if address.is_file:
        return await asyncio.to_thread(check_file, Path(address.database), BUSY_TIMEOUT)
    server = _server(address)
    try:
        return await _revision_on(server, address)
    finally:
        await server.close()


async def _revision_on(server: ServerPool, address: DatabaseAddress) -> str | None:
    revision: str | None = None
    try:
        async with server.one() as connection:
            [found] = await connection.rows(_IS_NEW, {})
            if not found["is_new"]:
                [found] = await connection.rows(_REVISION, {})
                revision = found["revision"]
    except (ServerLost, OSError) as error:
        raise explained(error, str(address)) from error
    if revision is not None and revision not in known_revisions():
        raise too_new(str(address), revision)
    return revision


async def _migrate(address: DatabaseAddress, busy_timeout: float) -> None:
    """Alembic and SQLAlchemy come into the process for this moment only."""
    from bot.storage.migrations.upgrading import upgrade_database  # noqa: PLC0415

    await upgrade_database(address, busy_timeout)


def _close_to_others(path: Path) -> None:
    """SQLite gives what it makes beside the file the file's own rights."""
    try:
        make_private(path)
    except OSError as error:
        raise explained(error, str(path)) from error
    keep_private(*(path.with_name(f"{path.name}-{beside}") for beside in ("wal", "shm", "journal")))


def _file(path: Path, busy_timeout: float, *, alone: bool) -> Database:
    connect = partial(connect_to_file, str(path), busy_timeout=busy_timeout)
    writing = partial(connect, begin="IMMEDIATE")
    return Database(
        writer=FileConnections(partial(writing, synchronous="NORMAL"), size=1, begin="BEGIN IMMEDIATE"),
        reader=FileConnections(
            partial(connect, begin="DEFERRED", synchronous="NORMAL"), size=_READERS, begin="BEGIN"
        ),
        inbox=FileConnections(partial(writing, synchronous="FULL"), size=1, begin="BEGIN IMMEDIATE"),
        is_ours_alone=alone,
    )


def _on_server(server: ServerPool) -> Database:
    return Database(
        writer=ServerConnections(server, WRITING),
        reader=ServerConnections(server, READING),
        inbox=ServerConnections(server, KEEPING),
    )


def _server(address: DatabaseAddress) -> ServerPool:
    try:
        import asyncpg  # noqa: F401, PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"{address}: {error.name} is missing; in Bamboo's folder: pip install '.[postgres]'"
        ) from error
    return ServerPool(address.for_server())
