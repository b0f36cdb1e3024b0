"""Looking into a database that another process may be serving: read-only, and without its schema's help."""

import asyncio
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bot.errors import DatabaseError
from bot.storage.address import DatabaseAddress
from bot.storage.integrity import explained, read_only

_PATIENCE: Final = 5.0
"""Seconds that a writer may keep the file locked, or a server may take to answer."""

Row = Mapping[str, Any]


async def rows(address: DatabaseAddress, statement: str) -> list[Row]:
    """What a SELECT finds, each row by the names of its columns. Raises DatabaseError."""
    if address.is_file:
        return await asyncio.to_thread(_rows_of_file, Path(address.database), statement)
    return await _rows_of_server(address, statement)


def free_space(address: DatabaseAddress) -> int | None:
    """Bytes that are left where the database's file is; None for a database on a server."""
    if not address.is_file:
        return None
    folder = Path(address.database).absolute().parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _rows_of_file(path: Path, statement: str) -> list[Row]:
    try:
        with closing(read_only(path, _PATIENCE)) as file:
            file.row_factory = sqlite3.Row
            return [dict(row) for row in file.execute(statement)]
    except sqlite3.Error as error:
        raise explained(error, str(path)) from error


async def _rows_of_server(address: DatabaseAddress, statement: str) -> list[Row]:
    where = str(address)
    try:
        import asyncpg  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"{where}: asyncpg is missing; in Bamboo's folder: pip install '.[postgres]'"
        ) from error
    try:
        async with asyncio.timeout(_PATIENCE):
            connection = await asyncpg.connect(address.for_server())
            try:
                return [dict(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise DatabaseError(f"{where}: the database can't be read ({error}); look at storage.url") from error


# --- what is asked of it ------------------------------------------------------------------------------


BENEFITS: Final = "SELECT guild_id, role_id, title FROM benefits WHERE removed_at IS NULL ORDER BY id"
SALES_LOGS: Final = (
    "SELECT guild_id, sales_log_channel_id FROM guild_settings WHERE sales_log_channel_id IS NOT NULL"
)
LAST_EVENT: Final = "SELECT max(id) AS last_id FROM events"
"""Every webhook that was accepted is a row, so a greater number means that another one came."""
ORDERS: Final = "SELECT count(*) AS number FROM orders"
LIVE_SESSIONS: Final = (
    "SELECT state, count(*) AS number FROM sessions WHERE state IN ('creating', 'open') GROUP BY state"
)
OPEN_QUARANTINE: Final = "SELECT count(*) AS number FROM quarantine WHERE decision IS NULL"
QUEUES: Final = (
    "SELECT 'people' AS queue, count(*) AS number, min(next_attempt_at) AS due"
    " FROM jobs WHERE lane = 'people' AND next_attempt_at IS NOT NULL"
    " UNION ALL SELECT 'notes', count(*), min(next_attempt_at)"
    " FROM jobs WHERE lane = 'notes' AND next_attempt_at IS NOT NULL"
    " UNION ALL SELECT 'audit', count(*), min(next_attempt_at)"
    " FROM jobs WHERE lane = 'audit' AND next_attempt_at IS NOT NULL"
    " UNION ALL SELECT 'webhooks', count(*), min(due_at) FROM events WHERE due_at IS NOT NULL"
    " UNION ALL SELECT 'given_up', count(*), NULL FROM events WHERE applied_at IS NULL AND due_at IS NULL"
)
"""Each by an index of what waits: none of them gets slower with what was sold."""
NEWEST_ORDERS: Final = (
    "SELECT created_at,"
    " EXISTS (SELECT 1 FROM events WHERE events.order_number = newest.order_number) AS heard"
    " FROM (SELECT id, order_number, created_at FROM orders"
    " WHERE status <> 'given' ORDER BY id DESC LIMIT 20) AS newest"
    " ORDER BY id DESC"
)
"""What was learned of last, and whether a webhook told of it; none tells of what staff gave."""
