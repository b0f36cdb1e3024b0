"""Transactions: one `async with` is one commit, or none; the commit wakes whoever waits for its rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.engine import Database
from bot.storage.queues import Mark, Queue, nobody_waits
from bot.storage.trouble import Trouble


class Transaction:
    """What repositories are made from; it knows none of them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.marked: dict[Queue, datetime | None] = {}

    def mark(self, queue: Queue, due: datetime | None = None) -> None:
        """Have the queue looked at after the commit: at once, or no later than `due` (UTC)."""
        before = self.marked.get(queue, due)
        self.marked[queue] = None if before is None or due is None else min(before, due)


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
