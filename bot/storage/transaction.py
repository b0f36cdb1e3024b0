"""Transactions: one `async with` is one commit, or none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.engine import Database
from bot.storage.trouble import Trouble


class Transaction:
    """What repositories are made from; it knows none of them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection


class UnitOfWork:
    """`write()` holds the one write lock from its first line: keep it short, never call out in it.

    All three raise DatabaseAway when another program locks the database, or the disk is full.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
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
        with self._trouble.told():
            async with engine.begin() as connection:
                yield Transaction(connection)
