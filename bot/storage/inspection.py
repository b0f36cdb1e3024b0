"""Looking into a database that another process may be serving: read-only, and without its schema's help."""

import asyncio
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL

from bot.errors import DatabaseError
from bot.storage.integrity import explained

_PATIENCE: Final = 5.0
"""Seconds that a writer may keep the file locked, or a server may take to answer."""

Row = Mapping[str, Any]


async def rows(url: URL, statement: str) -> list[Row]:
    """What a SELECT finds, each row by the names of its columns. Raises DatabaseError."""
    if url.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_rows_of_file, Path(url.database or ""), statement)
    return await _rows_of_server(url, statement)


def free_space(url: URL) -> int | None:
    """Bytes that are left where the database's file is; None for a database on a server."""
    if url.get_backend_name() != "sqlite":
        return None
    folder = Path(url.database or "").absolute().parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _rows_of_file(path: Path, statement: str) -> list[Row]:
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as file:
            file.row_factory = sqlite3.Row
            return [dict(row) for row in file.execute(statement)]
    except sqlite3.Error as error:
        raise explained(error, str(path)) from error


async def _rows_of_server(url: URL, statement: str) -> list[Row]:
    where = url.render_as_string()
    try:
        import asyncpg  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"{where}: asyncpg is missing; in Bamboo's folder: pip install '.[postgres]'"
        ) from error
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        async with asyncio.timeout(_PATIENCE):
            connection = await asyncpg.connect(address)
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
