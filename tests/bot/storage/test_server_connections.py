"""Connections to a server, before a driver that answers as asyncpg does where no server can be made to."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from bot.errors import DatabaseAway
from bot.storage import engine
from bot.storage.engine import Database
from bot.storage.server_connections import WRITING, ServerConnections, ServerPool
from bot.storage.transaction import UnitOfWork

INSERT = "INSERT INTO instants (at) VALUES (:at)"


class Server:
    """A pool of one connection, which answers a statement with `error`."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.sent: list[tuple[Any, ...]] = []
        self.terminated = False

    async def acquire(self) -> "Server":
        return self

    async def release(self, _connection: "Server") -> None:
        pass

    async def execute(self, statement: str) -> str:
        return statement

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        self.sent.append((statement, *values))
        if self.error is not None:
            raise self.error
        return []

    def terminate(self) -> None:
        self.terminated = True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    pool = Server()

    async def create_pool(*_: object, **__: object) -> Server:
        return pool

    monkeypatch.setattr(asyncpg, "create_pool", create_pool)
    return pool


@pytest.fixture
def database(server: Server) -> Database:
    connections = ServerConnections(ServerPool("postgresql://nowhere/bamboo"), WRITING)
    return Database(connections, connections, connections)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.DiskFullError("could not extend file"),
        asyncpg.ConnectionDoesNotExistError("connection was closed"),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionRefusedError("nobody listens"),
    ],
)
async def test_a_server_that_serves_nobody_is_out_of_reach(
    server: Server, database: Database, error: Exception
) -> None:
    server.error = error
    with pytest.raises(DatabaseAway):
        async with UnitOfWork(database).write() as tx:
            await tx.execute("SELECT 1")


@pytest.mark.parametrize(
    "error", [asyncpg.DataError("value out of int32 range"), asyncpg.UniqueViolationError("there already")]
)
async def test_what_is_wrong_with_a_statement_is_told_as_it_is(
    server: Server, database: Database, error: Exception
) -> None:
    server.error = error
    with pytest.raises(type(error)):
        async with UnitOfWork(database).write() as tx:
            await tx.execute("SELECT 1")


async def test_an_instant_without_a_zone_is_refused_before_the_driver_guesses_one(
    server: Server, database: Database
) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        async with UnitOfWork(database).write() as tx:
            await tx.execute(INSERT, at=datetime(2026, 7, 1, 12))  # noqa: DTZ001 -- that is the point
    assert server.sent == []


async def test_a_transaction_that_hangs_is_cut_off_when_the_process_ends(
    server: Server, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_LAST_TRANSACTIONS", 0.05)

    async def hang() -> None:
        async with UnitOfWork(database).write():
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await database.close()
    assert server.terminated
    hanging.cancel()
    with suppress(asyncio.CancelledError):
        await hanging
