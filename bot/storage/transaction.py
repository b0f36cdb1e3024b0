"""Transactions: one `async with` is one commit, or none; the commit wakes whoever waits for its rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

from bot.errors import DatabaseAway
from bot.storage.connection import Connection, ConnectionPool
from bot.storage.engine import Database
from bot.storage.events import Event, Publish, nobody_reacts
from bot.storage.queues import Mark, Queue, nobody_waits
from bot.storage.trouble import Trouble
from bot.storage.values import Row

Value = TypeVar("Value")
WriteAll = Callable[["Transaction", Sequence[Value]], Awaitable[None]]
"""Writes all that was gathered for it."""


class Transaction:
    """What repositories are made from; it knows none of them.

    Statements take their values by name (`:buyer_id`): aware datetimes as they are, documents as JSON text
    (`bot.storage.values.document`), and a list or tuple where `IN (:ids)` stands.
    """

    def __init__(self, connection: Connection, publish: Publish = nobody_reacts) -> None:
        self._connection = connection
        self._publish = publish
        self.marked: dict[Queue, datetime | None] = {}
        self._gathered: dict[WriteAll[Any], dict[object, Any]] = {}

    def mark(self, queue: Queue, due: datetime | None = None) -> None:
        """Have the queue looked at after the commit: at once, or no later than `due` (UTC)."""
        before = self.marked.get(queue, due)
        self.marked[queue] = None if before is None or due is None else min(before, due)

    def gather(self, write_all: WriteAll[Value], key: object, value: Value) -> None:
        """Have it written right before the commit, together with all that is gathered for `write_all`.

        Of the same key the last value counts. Whoever reads in this transaction doesn't see it yet.
        """
        self._gathered.setdefault(write_all, {})[key] = value

    async def write_gathered(self) -> None:
        """Write it now."""
        while self._gathered:
            gathered, self._gathered = self._gathered, {}
            for write_all, values in gathered.items():
                await write_all(self, list(values.values()))

    async def publish(self, event: Event) -> None:
        """Have all who react to it write what follows, here and now; what they raise undoes this all."""
        await self._publish(self, event)

    async def rows(self, statement: str, /, **values: Any) -> list[Row]:
        """Everything that the statement finds or returns."""
        return list(await self._connection.rows(statement, values))

    async def rows_of_each(
        self, *statements: str, ends: bool = False, **values: Any
    ) -> Sequence[Sequence[Row]]:
        """The same of several, which take the same values, in as few trips as can be.

        With `ends` nothing may come after them if any of them finds something: they are committed, where one
        trip brings both.
        """
        if ends:
            await self.write_gathered()
        return await self._connection.rows_of_each(statements, values, ends=ends)

    async def row(self, statement: str, /, **values: Any) -> Row | None:
        """The first of it."""
        found = await self._connection.rows(statement, values)
        return found[0] if found else None

    async def value(self, statement: str, /, **values: Any) -> Any:
        """The first column of the first row; None where nothing is found."""
        found = await self._connection.rows(statement, values)
        return found[0][0] if found else None

    async def execute(self, statement: str, /, **values: Any) -> None:
        """What returns nothing. It is sent together with what comes next: at the latest, the commit."""
        await self._connection.execute(statement, values)

    async def execute_many(self, statement: str, many: Iterable[Mapping[str, Any]]) -> None:
        """The same statement once for each."""
        for values in many:
            await self._connection.execute(statement, values)


class UnitOfWork:
    """`write()` holds the one write lock from its first line: keep it short, never call out in it.

    What a transaction publishes goes to `publish` at once. What it has marked goes to `mark` after its
    commit, and is dropped with a rollback.
    All four raise DatabaseAway when another program locks the database, or the disk is full.
    """

    def __init__(
        self, database: Database, mark: Mark = nobody_waits, publish: Publish = nobody_reacts
    ) -> None:
        self._database = database
        self._mark = mark
        self._publish = publish
        # Two writing connections of one process take turns here: SQLite's own waiting is unfair, and on a
        # server each that waits would be a connection less for the others.
        self._turn = asyncio.Lock()
        self._trouble = Trouble()

    @property
    def trouble(self) -> DatabaseAway | None:
        """What keeps everybody from the database, until something could be written."""
        return self._trouble.now

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        return self._writing(self._database.writer)

    def inbox(self) -> AbstractAsyncContextManager[Transaction]:
        """Like `write()`, but what it commits outlives a power cut."""
        return self._writing(self._database.inbox)

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """All of it sees the database as it is at its first statement."""
        return self._transaction_on(self._database.reader.transaction())

    def look(self) -> AbstractAsyncContextManager[Transaction]:
        """For one statement that only reads: it is a single trip."""
        return self._transaction_on(self._database.reader.look())

    @asynccontextmanager
    async def _writing(self, connections: ConnectionPool) -> AsyncIterator[Transaction]:
        met = self._trouble.met
        async with self._turn:
            if self._trouble.met != met:
                # Whoever was before it has waited as long as it did: in a row they would wait for minutes.
                raise self._trouble.last
            async with self._transaction_on(connections.transaction()) as tx:
                yield tx
            if tx.marked:
                await asyncio.sleep(0)  # whoever is woken stands in line before who writes again
        self._trouble.over()

    @asynccontextmanager
    async def _transaction_on(
        self, lent: AbstractAsyncContextManager[Connection]
    ) -> AsyncIterator[Transaction]:
        written: dict[Queue, datetime | None] = {}
        try:
            with self._trouble.raised():
                async with lent as connection:
                    tx = Transaction(connection, self._publish)
                    yield tx
                    await tx.write_gathered()
                    written = tx.marked
        finally:
            # Also where nobody knows how the commit ended: who is woken for nothing finds nothing.
            for queue, due in written.items():
                self._mark(queue, due)
