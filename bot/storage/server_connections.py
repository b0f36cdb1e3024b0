"""Connections to a PostgreSQL server. Importing this doesn't need its driver, which is an extra."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

from bot.storage.connection import Connection, all_or_nothing, given_values, prepared_statement
from bot.storage.values import Row, stored

if TYPE_CHECKING:
    import asyncpg

_AT_ONCE: Final = 10
"""Connections of one process."""
_STATEMENTS_KEPT: Final = 1024
_CONNECTS_WITHIN: Final = 5.0
_ANSWERS_WITHIN: Final = 30.0
"""Seconds, as above. Whoever doesn't answer by then is gone."""
WRITERS: Final = 0x62616D626F6F
"""The lock of who writes, within one database: "bamboo"."""

# A process that stands still in the middle of a transaction keeps nobody waiting for long, and nobody waits
# for long for what another program locks.
_GUARDED: Final = (
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '30s'; SET LOCAL lock_timeout = '5s'"
)
READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""All of it sees the database as it is at its first statement."""
WRITING: Final = f"{_GUARDED}; SELECT pg_advisory_xact_lock({WRITERS})"
"""Writers take turns, as they do for a file: what one looks at stays as it is until its commit."""
KEEPING: Final = _GUARDED
"""What only adds rows that nobody else adds needn't wait for a turn."""


class ServerLost(Exception):
    """The database server, or the connection to it, is gone."""


class ServerBusy(ServerLost):
    """Somebody has kept the others from writing for too long."""


class ServerFull(ServerLost):
    """There is no room on its disk."""


class _ServerConnection:
    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
        self._connection = connection

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        lengths, given = given_values(statement, values)
        prepared = prepared_statement(statement, lengths, numbered=True)
        values_in_order = [stored(given[name]) for name in prepared.order]
        with _losses_raised():
            return cast("Sequence[Row]", await self._connection.fetch(prepared.text, *values_in_order))

    async def rows_of_each(
        self, statements: Sequence[str], values: Mapping[str, Any], *, ends: bool
    ) -> Sequence[Sequence[Row]]:
        del ends  # the commit is a trip of its own
        return [await self.rows(statement, values) for statement in statements]

    async def execute(self, statement: str, values: Mapping[str, Any]) -> None:
        await self.rows(statement, values)

    async def begin(self, statements: str) -> None:
        """All of them in one trip."""
        with _losses_raised():
            await self._connection.execute(statements)

    async def commit(self) -> None:
        with _losses_raised():
            ended = await self._connection.execute("COMMIT")
        if ended != "COMMIT":
            raise RuntimeError("an error before has rolled the transaction back")

    async def rollback(self) -> None:
        await self._connection.execute("ROLLBACK")


class ServerPool:
    """Connections to one server, opened as they are needed."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()
        self.lent = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[_ServerConnection]:
        self.lent += 1
        try:
            with _losses_raised():
                pool = await self._opened()
                connection = await pool.acquire()
            try:
                yield _ServerConnection(connection)
            finally:
                with suppress(Exception):  # it is lost, and isn't lent again
                    await pool.release(connection)
        finally:
            self.lent -= 1

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        import asyncpg  # noqa: PLC0415  # only where a server is served is it there

        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._address,
                    min_size=1,
                    max_size=_AT_ONCE,
                    timeout=_CONNECTS_WITHIN,
                    command_timeout=_ANSWERS_WITHIN,
                    statement_cache_size=_STATEMENTS_KEPT,
                    reset=_nothing_to_reset,
                )
        return self._pool

    async def close(self) -> None:
        """What is in use is cut off."""
        if self._pool is None:
            return
        if self.lent:
            self._pool.terminate()
        else:
            await self._pool.close()


async def _nothing_to_reset(_connection: object) -> None:
    """Settings and locks end with their transaction: it would only be one more trip."""


class ServerConnections:
    """A pool's connections, each of whose transactions begins with the same statements."""

    def __init__(self, pool: ServerPool, begin: str) -> None:
        self._pool = pool
        self._begin = begin

    @property
    def are_used(self) -> bool:
        return self._pool.lent > 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._pool.one() as connection, all_or_nothing(connection):
            await connection.begin(self._begin)
            yield connection

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Connection]:
        async with self._pool.one() as connection:
            yield connection

    async def close(self) -> None:
        await self._pool.close()


@contextmanager
def _losses_raised() -> Iterator[None]:
    """Raises ServerLost for what keeps everybody from the server; errors of statements stay as they are."""
    import asyncpg  # noqa: PLC0415

    try:
        yield
    except asyncpg.DiskFullError as error:
        raise ServerFull(str(error)) from error
    except (asyncpg.LockNotAvailableError, asyncpg.TransactionRollbackError) as error:
        raise ServerBusy(str(error)) from error
    except (
        OSError,
        asyncpg.InterfaceError,
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
        asyncpg.IdleInTransactionSessionTimeoutError,
        asyncpg.InternalClientError,  # what it says of a connection that ended between two statements
    ) as error:
        raise ServerLost(str(error) or "it doesn't answer") from error
