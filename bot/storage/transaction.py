"""Transactions: one `async with` is one commit, or none; the commit wakes whoever waits for its rows."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.engine import Database
from bot.storage.queues import Mark, Queue, nobody_waits
from bot.storage.trouble import Trouble
from bot.storage.values import Row, stored

_LIST: Final = re.compile(r"\bIN \(:(\w+)\)")
"""Where a statement takes one of several values: `IN (:ids)`."""


class Transaction:
    """What repositories are made from; it knows none of them.

    Statements take their values by name (`:buyer_id`): aware datetimes as they are, documents as JSON text
    (`bot.storage.values.document`), and a list or tuple where `IN (:ids)` stands.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.marked: dict[Queue, datetime | None] = {}

    def mark(self, queue: Queue, due: datetime | None = None) -> None:
        """Have the queue looked at after the commit: at once, or no later than `due` (UTC)."""
        before = self.marked.get(queue, due)
        self.marked[queue] = None if before is None or due is None else min(before, due)

    async def rows(self, statement: str, /, **values: Any) -> list[Row]:
        """Everything that the statement finds or returns."""
        return list((await self._run(statement, values)).mappings())

    async def row(self, statement: str, /, **values: Any) -> Row | None:
        """The first of it."""
        found = await self.rows(statement, **values)
        return found[0] if found else None

    async def value(self, statement: str, /, **values: Any) -> Any:
        """The first column of the first row; None where nothing is found."""
        return (await self._run(statement, values)).scalar()

    async def execute(self, statement: str, /, **values: Any) -> None:
        """What returns nothing."""
        await self._run(statement, values)

    async def execute_many(self, statement: str, many: Iterable[Mapping[str, Any]]) -> None:
        """The same statement once for each."""
        for values in many:
            await self._run(statement, values)

    async def _run(self, statement: str, values: Mapping[str, Any]) -> CursorResult[Any]:
        given = dict(values)
        lengths = tuple((name, len(given[name])) for name in _lists(statement))
        for name, _ in lengths:
            given |= {f"{name}_{place}": each for place, each in enumerate(given.pop(name))}
        if self.connection.dialect.name == "sqlite":
            given = {name: stored(value) for name, value in given.items()}
        return await self.connection.execute(_clause(statement, lengths), given)


@lru_cache
def _lists(statement: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_LIST.findall(statement)))


@lru_cache(maxsize=1024)
def _clause(statement: str, lengths: tuple[tuple[str, int], ...]) -> TextClause:
    for name, length in lengths:
        places = ", ".join(f":{name}_{place}" for place in range(length)) or "NULL"
        statement = statement.replace(f"IN (:{name})", f"IN ({places})")
    return text(statement)


class UnitOfWork:
    """`write()` holds the one write lock from its first line: keep it short, never call out in it.

    What a transaction has marked is passed on to `mark` after its commit, and dropped with a rollback.
    All three raise DatabaseAway when another program locks the database, or the disk is full.
    """

    def __init__(self, database: Database, mark: Mark = nobody_waits) -> None:
        self._database = database
        self._mark = mark
        # Two writing connections of one process take turns here: SQLite's own waiting is unfair.
        self._turn = asyncio.Lock()
        self._trouble = Trouble()

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        return self._writing(self._database.writer)

    def inbox(self) -> AbstractAsyncContextManager[Transaction]:
        """Like `write()`, but what it commits outlives a power cut."""
        return self._writing(self._database.inbox)

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(self._database.reader)

    @asynccontextmanager
    async def _writing(self, engine: AsyncEngine) -> AsyncIterator[Transaction]:
        if engine is self._database.reader:  # a server's engine is one for all, and its writers don't queue
            async with self._transaction(engine) as tx:
                yield tx
            return
        met = self._trouble.met
        async with self._turn:
            if self._trouble.met != met:
                # Whoever was before it has waited as long as it did: in a row they would wait for minutes.
                raise self._trouble.last
            async with self._transaction(engine) as tx:
                yield tx
        self._trouble.over()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[Transaction]:
        written: dict[Queue, datetime | None] = {}
        try:
            with self._trouble.told():
                async with engine.begin() as connection:
                    tx = Transaction(connection)
                    yield tx
                    written = tx.marked
        finally:
            # Also where nobody knows how the commit ended: who is woken for nothing finds nothing.
            for queue, due in written.items():
                self._mark(queue, due)
