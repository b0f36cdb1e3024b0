"""What the database does for each statement that the bot executes: look rows up, or read a whole table."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import aiosqlite
import asyncpg
import pytest

from tests.harness.database import on_a_server, outside

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
_WHOLE_INDEXES: Final = """
    SELECT indexrelid::regclass::text AS name, indrelid::regclass::text AS of
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE indpred IS NULL AND relnamespace = 'public'::regnamespace AND pg_relation_size(indrelid) > 0
"""
_Node = Mapping[str, Any]
_ONE_SERVER: Final = "(guild_id=?)"
"""Nearly every bot serves one server, so that this is all there is."""


@contextmanager
def statements_caught() -> Iterator[dict[str, Any]]:
    """Fills with the statements that are executed meanwhile, and what they were last given."""
    caught: dict[str, Any] = {}
    execute, fetch = aiosqlite.Connection.execute_fetchall, asyncpg.Connection.fetch

    def remember(statement: str, values: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            caught[statement] = values

    def of_file(connection: aiosqlite.Connection, statement: str, values: Any = None) -> Any:
        remember(statement, values or {})
        return execute(connection, statement, values)

    def on_server(connection: "asyncpg.Connection[asyncpg.Record]", statement: str, *values: Any) -> Any:
        remember(statement, values)
        return fetch(connection, statement, *values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiosqlite.Connection, "execute_fetchall", of_file)
        patch.setattr(asyncpg.Connection, "fetch", on_server)
        yield caught


def scans(database: Path, caught: Mapping[str, Any]) -> dict[str, str]:
    """The statements that read all of a growing table, or all of one of its indexes, and which that is.

    The plan follows from the schema alone: no statistics are kept.
    """
    if on_a_server():
        return _scans_there(database, caught)
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


def _scans_there(database: Path, caught: Mapping[str, Any]) -> dict[str, str]:
    """The same of a server that believes that its tables are large, and knows nothing of what is in them.

    Most of its indexes that are read as a whole are partial, and hold no more than what is asked for.
    """
    found: dict[str, str] = {}
    with outside(database) as rows:
        rows("UPDATE pg_class SET relpages = 1, reltuples = 1000000 WHERE relkind IN ('r', 'i')")
        for way in ("seqscan", "hashjoin", "mergejoin", "material"):
            rows(f"SET enable_{way} = off")
        whole = {row["name"]: row["of"] for row in rows(_WHOLE_INDEXES)}
        for statement, values in caught.items():
            [explained] = rows(f"EXPLAIN (FORMAT JSON) {statement}", *values)
            for node, parent in _nodes(json.loads(explained["QUERY PLAN"])[0]["Plan"], {}):
                table, index = node.get("Relation Name"), node.get("Index Name")
                if node["Node Type"] == "Seq Scan" and table in GROWING:
                    found[statement] = table
                # Of the lowest or highest, and with a limit, the first that is found is enough.
                elif (
                    whole.get(index) in GROWING and parent.get("Node Type") != "Limit" and not _looks_up(node)
                ):
                    found[statement] = index
    return found


def _nodes(node: _Node, parent: _Node) -> Iterator[tuple[_Node, _Node]]:
    yield node, parent
    for part in node.get("Plans", ()):
        yield from _nodes(part, node)


def _looks_up(node: _Node) -> bool:
    return re.fullmatch(r"(\(guild_id = \S+\))?", node.get("Index Cond", "")) is None
