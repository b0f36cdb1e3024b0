"""What SQLite does for each statement that the bot executes: look rows up, or read a whole table."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import aiosqlite
import pytest

GROWING: Final = frozenset(
    {
        "sales", "sessions", "orders", "grants", "jobs", "events", "subscriptions", "invoices",
        "messages", "audit", "quarantine", "sale_logs",
    }
)  # fmt: skip
"""Tables that grow with every sale, or with what anybody sends."""
_ALIAS: Final = re.compile(r"\b(\w+) AS (\w+)\b")
_READ: Final = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (.*))?")
_INDEX: Final = re.compile(r"INDEX (\w+)")
_ONE_SERVER: Final = "(guild_id=?)"
"""Nearly every bot serves one server, so that this is all there is."""


@contextmanager
def statements_caught() -> Iterator[dict[str, Any]]:
    """Fills with the statements that are executed meanwhile, and what they were last given."""
    caught: dict[str, Any] = {}
    execute = aiosqlite.Connection.execute_fetchall

    def catch(connection: aiosqlite.Connection, statement: str, values: Any = None) -> Any:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            caught[statement] = values or {}
        return execute(connection, statement, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiosqlite.Connection, "execute_fetchall", catch)
        yield caught


def scans(database: Path, caught: Mapping[str, Any]) -> dict[str, str]:
    """The statements that read all of a growing table, or all of one of its indexes, and which that is.

    The plan follows from the schema alone: no statistics are kept.
    """
    found: dict[str, str] = {}
    with closing(sqlite3.connect(database)) as connection:
        for statement, parameters in caught.items():
            aliases = {alias: table for table, alias in _ALIAS.findall(statement)}
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
                read = _READ.match(row[3])
                if read is None or aliases.get(read[2], read[2]) not in GROWING:
                    continue
                # The lowest or highest of a column that has no index is also said to be searched for; a key
                # is the table's own order.
                of_key = read[3] is None and f"max({read[2]}.id)" in statement
                is_whole = read[1] == "SCAN" or read[3] is None or read[3].endswith(_ONE_SERVER)
                if is_whole and not of_key:
                    index = _INDEX.search(read[3] or "")
                    found[statement] = index[1] if index else aliases.get(read[2], read[2])
    return found
