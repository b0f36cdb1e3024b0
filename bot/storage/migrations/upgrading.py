"""Alembic's side of the storage. Whoever imports this brings Alembic and SQLAlchemy into the process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.storage.address import DatabaseAddress
from bot.storage.dialects import statements
from bot.storage.integrity import explained, too_new
from bot.storage.migrations import known_revisions
from bot.storage.server_connections import WRITERS


async def upgrade_database(address: DatabaseAddress, busy_timeout: float) -> None:
    """Bring a database up to date; `busy_timeout` is seconds. Raises the DatabaseErrors."""
    try:
        if address.is_file:
            await asyncio.to_thread(_upgrade_file, address.database, busy_timeout)
            return
        import asyncpg  # noqa: PLC0415  # an extra

        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=partial(asyncpg.connect, address.for_server()),
            poolclass=NullPool,
        )
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade_what_is_known, str(address))
        await engine.dispose()
    except (DBAPIError, OSError) as error:
        raise explained(error.orig if isinstance(error, DBAPIError) else error, str(address)) from error


def _upgrade_file(path: str, busy_timeout: float) -> None:
    with connected_to_file(path, busy_timeout) as connection:
        _upgrade_what_is_known(connection, path)


def _upgrade_what_is_known(connection: Connection, where: str) -> None:
    if connection.dialect.name == "postgresql":  # a file is locked by its transaction
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")
    for revision in current_revisions(connection):  # another process may have brought it up meanwhile
        if revision not in known_revisions():
            raise too_new(where, revision)
    upgrade(connection)


@contextmanager
def connected_to_file(path: str, busy_timeout: float) -> Iterator[Connection]:
    """A transaction in which migrations are all or nothing; `busy_timeout` is seconds."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": busy_timeout})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # Python's sqlite3 would commit before what changes the schema.
        connection.isolation_level = None
        for pragma in ("foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        yield connection


def configuration() -> Config:
    """Alembic's configuration: the scripts are found beside this file, wherever the package is installed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def current_revisions(connection: Connection) -> tuple[str, ...]:
    """What the database was last brought up to; nothing for a new one."""
    return MigrationContext.configure(connection).get_current_heads()


def upgrade(connection: Connection, config: Config | None = None, target: str = "head") -> None:
    """Bring the schema up to `target` inside the connection's transaction: all of it, or nothing."""
    config = config or configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def run_script_beside(revision: str) -> None:
    """Run the SQL of a revision: its file's neighbour of the same name, ending in `.sql`."""
    connection = op.get_bind()
    script = Path(revision).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in statements(script, connection.dialect.name):
        connection.exec_driver_sql(statement)
