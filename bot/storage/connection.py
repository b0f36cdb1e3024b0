"""Connections to a database, spoken to in plain SQL, and those to a SQLite file.

Each statement is one trip: to the connection's thread and back, or to the server and back.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final, Protocol, cast

import aiosqlite

from bot.storage.values import Row, stored

_KEPT: Final = 1024
"""Statements that are kept as the driver takes them; there are a few hundred."""
_LIST: Final = re.compile(r"\bIN \(:(\w+)\)")
_NAME: Final = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_CHANGES: Final = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Connection(Protocol):
    """A transaction's connection: it begins with its first statement.

    Where `IN (:ids)` stands, the value is a list or tuple.
    """

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        """Execute it and fetch all that it finds or returns."""

    async def rows_of_each(
        self, statements: Sequence[str], values: Mapping[str, Any], *, ends: bool
    ) -> Sequence[Sequence[Row]]:
        """Execute several, in one trip to a file, and fetch what each finds or returns.

        With `ends` nothing comes after them if any of them finds something: then the same trip to a file
        brings the commit.
        """

    async def execute(self, statement: str, values: Mapping[str, Any]) -> None:
        """Execute it no later than the next statement, or the commit; what goes wrong is raised by then."""


class ConnectionPool(Protocol):
    """Connections of one kind, lent one transaction at a time."""

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Committed at its end, or nothing of it."""

    def look(self) -> AbstractAsyncContextManager[Connection]:
        """For one statement that only reads: it needs no transaction of its own."""

    @property
    def are_used(self) -> bool: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as a driver takes it. `order` is the names by their number, where it counts them."""

    text: str
    changes: bool
    order: tuple[str, ...]


def given_values(
    statement: str, values: Mapping[str, Any]
) -> tuple[tuple[tuple[str, int], ...], Mapping[str, Any]]:
    """How long each list is, and the values one by one."""
    lists = _lists(statement)
    if not lists:
        return (), values
    given = dict(values)
    lengths = []
    for name in lists:
        each = given.pop(name)
        lengths.append((name, len(each)))
        given |= {f"{name}_{place}": value for place, value in enumerate(each)}
    return tuple(lengths), given


@lru_cache(_KEPT)
def _lists(statement: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_LIST.findall(statement)))


@lru_cache(_KEPT)
def prepared_statement(statement: str, lengths: tuple[tuple[str, int], ...], *, numbered: bool) -> _Prepared:
    for name, length in lengths:
        places = ", ".join(f":{name}_{place}" for place in range(length)) or "NULL"
        statement = statement.replace(f"IN (:{name})", f"IN ({places})")
    statement = statement.strip()
    order: tuple[str, ...] = ()
    if numbered:
        order = tuple(dict.fromkeys(_NAME.findall(statement)))
        numbers = {name: f"${number}" for number, name in enumerate(order, 1)}
        statement = _NAME.sub(lambda found: numbers[found[1]], statement)
    return _Prepared(statement, statement.upper().startswith(_CHANGES), order)


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Whoever is cancelled meanwhile: the next transaction must not find half of this one."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError, Exception):
            await asyncio.shield(task)


class Undoable(Protocol):
    """A connection with a transaction under way."""

    async def commit(self) -> None: ...

    async def rollback(self) -> None: ...


@asynccontextmanager
async def all_or_nothing(connection: Undoable) -> AsyncIterator[None]:
    """Commits what was done on it; whatever is raised, the commit's own error too, undoes all of it."""
    try:
        yield
        await connection.commit()
    except BaseException:
        await to_its_end(connection.rollback())
        raise


# --- SQLite -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InOneTrip:
    """The values of a statement, and what is executed right before it."""

    before: Sequence[tuple[str, Mapping[str, Any]]]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AllFetched:
    """Statements whose rows are fetched one after the other; where it `ends`, a commit follows any rows."""

    before: Sequence[tuple[str, Mapping[str, Any]]]
    asked: Sequence[tuple[str, Mapping[str, Any]]]
    ends: bool


@dataclass(frozen=True, slots=True)
class _FoundByEach:
    """Stands for a cursor that has found the rows of several statements."""

    rows: list[list[Any]]

    def fetchall(self) -> list[list[Any]]:
        return self.rows


class _File(sqlite3.Connection):
    """Takes several statements in one trip to its thread."""

    def execute(self, statement: str, values: Any = (), /) -> Any:
        if isinstance(values, AllFetched):
            return self._fetched(values)
        if isinstance(values, InOneTrip):
            for before, given in values.before:
                super().execute(before, given)
            values = values.values
        return super().execute(statement, values)

    def _fetched(self, wanted: AllFetched) -> _FoundByEach:
        for before, given in wanted.before:
            super().execute(before, given)
        found = []
        for statement, given in wanted.asked:
            found.append(super().execute(statement, given).fetchall())
        if wanted.ends and any(found):
            self.commit()
        return _FoundByEach(found)


class _FileConnection:
    """Python's sqlite3 begins a transaction by itself before what changes something, in the same trip."""

    def __init__(self, connection: aiosqlite.Connection, begin: str | None) -> None:
        self._connection = connection
        self._begin = begin
        self._has_begun = False
        self._has_ended = False
        self._waiting: list[tuple[str, Mapping[str, Any]]] = []

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        return await self._sent(*self._prepared(statement, values))

    async def rows_of_each(
        self, statements: Sequence[str], values: Mapping[str, Any], *, ends: bool
    ) -> Sequence[Sequence[Row]]:
        first, *others = statements
        asked = [self._prepared(first, values), *(_as_taken(each, values)[0] for each in others)]
        waiting, self._waiting = self._waiting, []
        ends = ends and self._begin is not None
        found = cast("Sequence[Sequence[Row]]", await self._trip(first, AllFetched(waiting, asked, ends)))
        self._has_ended = ends and any(found)
        return found

    async def execute(self, statement: str, values: Mapping[str, Any]) -> None:
        prepared = self._prepared(statement, values)
        if self._begin is None:
            await self._sent(*prepared)
        else:
            self._waiting.append(prepared)

    def _prepared(self, statement: str, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        taken, changes = _as_taken(statement, values)
        is_first = not (self._has_begun or self._waiting)
        if is_first and self._begin is not None and not changes:
            self._waiting.append((self._begin, {}))
        return taken

    async def _sent(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        waiting, self._waiting = self._waiting, []
        return await self._trip(statement, InOneTrip(waiting, values) if waiting else values)

    async def _trip(self, statement: str, given: Any) -> Sequence[Any]:
        if self._has_ended:
            raise sqlite3.ProgrammingError("the transaction has been ended by an earlier statement")
        if self._has_begun and not self._connection.in_transaction:
            raise sqlite3.OperationalError("an error before has rolled the transaction back")
        self._has_begun = self._begin is not None
        return cast("Sequence[Any]", await self._connection.execute_fetchall(statement, given))

    async def commit(self) -> None:
        if self._waiting:
            await self._sent("COMMIT", {})
        elif self._has_begun and not self._has_ended:
            await self._connection.commit()

    async def rollback(self) -> None:
        if self._has_begun:
            with suppress(ValueError):  # it was closed meanwhile
                await self._connection.rollback()


def _as_taken(statement: str, values: Mapping[str, Any]) -> tuple[tuple[str, Mapping[str, Any]], bool]:
    """Statement and values as sqlite3 takes them, and whether they change something."""
    lengths, each = given_values(statement, values)
    given = {name: stored(value) if isinstance(value, datetime) else value for name, value in each.items()}
    prepared = prepared_statement(statement, lengths, numbered=False)
    return (prepared.text, given), prepared.changes


class FileConnections:
    """Up to `size` connections to a file. `connect` opens one; `begin` begins what reads before it writes."""

    def __init__(
        self, connect: Callable[[], Awaitable[aiosqlite.Connection]], *, size: int, begin: str
    ) -> None:
        self._connect = connect
        self._begin = begin
        self._free = asyncio.Semaphore(size)
        self._idle: list[aiosqlite.Connection] = []
        self._all: list[aiosqlite.Connection] = []
        self._lent = 0

    @property
    def are_used(self) -> bool:
        return self._lent > 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._one() as raw:
            connection = _FileConnection(raw, self._begin)
            async with all_or_nothing(connection):
                yield connection

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Connection]:
        async with self._one() as raw:
            yield _FileConnection(raw, None)

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self._free:
            self._lent += 1
            try:
                if not self._idle:
                    opened = await self._connect()
                    self._all.append(opened)
                    self._idle.append(opened)
                connection = self._idle.pop()
                try:
                    yield connection
                finally:
                    self._idle.append(connection)
            finally:
                self._lent -= 1

    async def close(self) -> None:
        """What is in use is cut off."""
        while self._all:
            await self._all.pop().close()


async def connect_to_file(
    database: str, *, busy_timeout: float, begin: str, synchronous: str
) -> aiosqlite.Connection:
    """Open one connection; `busy_timeout` is seconds, `begin` the mode in which transactions begin."""
    made = partial(_made, synchronous)
    mode = cast("Any", begin)
    return await aiosqlite.connect(database, timeout=busy_timeout, isolation_level=mode, factory=made)


def _made(synchronous: str, *given: Any, **named: Any) -> _File:
    """In the connection's own thread: one trip there is enough to open it."""
    connection = _File(*given, **named)
    try:
        connection.row_factory = sqlite3.Row
        # What is removed, such as a token, is gone from the file too.
        for pragma in (f"synchronous={synchronous}", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection
