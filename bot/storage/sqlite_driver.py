"""SQLite connections that need one trip to their thread for a statement, where aiosqlite's need four.

A cursor of aiosqlite is opened, executed, fetched from and closed one by one, each by a message to the
connection's thread and back: in a transaction of thirty statements that is most of its time.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

_NO_ROWS: Sequence[Any] = ()


class _Cursor:
    """What SQLAlchemy asks of a cursor. All rows are there once `execute` has returned."""

    arraysize = 1

    def __init__(self, connection: "QuickConnection") -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows = _NO_ROWS

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> Self:
        return await self._run(sqlite3.Connection.execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Iterable[Any]) -> Self:
        return await self._run(sqlite3.Connection.executemany, operation, parameters)

    async def _run(self, execute: Any, operation: str, parameters: Any) -> Self:
        self._cursor, self._rows = await self._connection.run(_executed, execute, operation, parameters)
        return self

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is left to close: its rows are fetched."""

    @property
    def description(self) -> Any:
        return None if self._cursor is None else self._cursor.description

    @property
    def rowcount(self) -> int:
        return -1 if self._cursor is None else self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return None if self._cursor is None else self._cursor.lastrowid


def _executed(
    connection: sqlite3.Connection, execute: Any, operation: str, parameters: Any
) -> tuple[sqlite3.Cursor, Sequence[Any]]:
    cursor = execute(connection, operation, parameters)
    return cursor, cursor.fetchall() if cursor.description else _NO_ROWS


class QuickConnection(aiosqlite.Connection):
    def cursor(self) -> Any:
        """What is executed on it comes back with its rows."""
        return _Cursor(self)

    async def run(self, work: Any, *arguments: Any) -> Any:
        """Do it in the connection's thread, the only one that may touch what is SQLite's."""
        return await self._execute(work, self._conn, *arguments)  # type: ignore[no-untyped-call]


class Opened:
    """Connects, and closes what nobody else closed.

    A connection that is in use while its pool is closed comes back to a pool that nobody closes again. A
    process makes about ten connections in its life, so they are simply all remembered.
    """

    def __init__(self) -> None:
        self._connections: list[QuickConnection] = []

    def connect(self, database: str, **options: Any) -> QuickConnection:
        connection = connect(database, **options)
        self._connections.append(connection)
        return connection

    async def close(self) -> None:
        """To be called after the pools were closed; what they closed already stays so."""
        while self._connections:
            await self._connections.pop().close()


def connect(database: str, **options: Any) -> QuickConnection:
    """Not connected yet: await it. The options are `sqlite3.connect`'s."""
    connection = QuickConnection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    # As SQLAlchemy does it: a connection that nobody closed keeps no process alive.
    connection._thread.daemon = True  # noqa: SLF001
    return connection
