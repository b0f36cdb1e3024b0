"""What the engine does for each statement that the bot executes: look rows up, or read a whole table."""

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

from bot.storage.connection import AllFetched, InOneTrip
from tests.harness.database import on_a_server, run, server, url_of

GROWING: Final = frozenset(
    {
        "sales", "sessions", "orders", "grants", "jobs", "events", "subscriptions", "invoices",
        "messages", "audit", "quarantine", "sale_logs", "alerts",
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
    execute, fetch = aiosqlite.Connection.execute_fetchall, asyncpg.Connection.fetch

    def catch(statement: str, values: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            caught[statement] = values

    def executed(connection: aiosqlite.Connection, statement: str, values: Any = None) -> Any:
        if isinstance(values, AllFetched):
            for each in (*values.before, *values.asked):
                catch(*each)
        elif isinstance(values, InOneTrip):
            for before in values.before:
                catch(*before)
            catch(statement, values.values)
        else:
            catch(statement, values or {})
        return execute(connection, statement, values)

    def fetched(connection: Any, statement: str, *values: Any, **options: Any) -> Any:
        catch(statement, values)
        return fetch(connection, statement, *values, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiosqlite.Connection, "execute_fetchall", executed)
        patch.setattr(asyncpg.Connection, "fetch", fetched)
        yield caught


def scans(database: Path, caught: Mapping[str, Any]) -> dict[str, str]:
    """The statements that read all of a growing table, or all of one of its indexes, and which that is."""
    return _on_a_server(database, caught) if on_a_server() else _in_a_file(database, caught)


def _in_a_file(database: Path, caught: Mapping[str, Any]) -> dict[str, str]:
    """The plan follows from the schema alone: no statistics are kept."""
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


# --- on a server --------------------------------------------------------------------------------------


def _on_a_server(database: Path, caught: Mapping[str, Any]) -> dict[str, str]:
    """What can be looked up is, once tables may not be read whole; of few rows it would not be."""
    rows = run(database, "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'")
    partial = {row["indexname"] for row in rows}  # all that such a one holds is what is asked for
    found: dict[str, str] = {}
    for statement, plan in server().outside.run(_plans(url_of(database), caught)).items():
        for node, above in _nodes(plan):
            relation = node.get("Relation Name")
            if node["Node Type"] == "Seq Scan" and relation in GROWING:
                found[statement] = relation
            index = node.get("Index Name")
            # The first few in an index's own order are no more than those.
            is_whole = "Index Cond" not in node and above != "Limit"
            if index and index not in partial and is_whole and relation in GROWING:
                found[statement] = index
    return found


async def _plans(url: str, caught: Mapping[str, Any]) -> dict[str, Any]:
    plans = {}
    connection = await asyncpg.connect(url)
    try:
        # A test's tables are so small that reading two of them from one end to the other costs least.
        for way in ("seqscan", "mergejoin", "hashjoin"):
            await connection.execute(f"SET enable_{way} = off")
        for statement, values in caught.items():
            [[said]] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {statement}", *values)
            plans[statement] = json.loads(said)[0]["Plan"]
    finally:
        await connection.close()
    return plans


def _nodes(plan: dict[str, Any], above: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """Each part of the plan, and what takes its rows."""
    yield plan, above
    for part in plan.get("Plans", ()):
        yield from _nodes(part, plan["Node Type"])
