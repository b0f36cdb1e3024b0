"""Databases as a busy shop leaves them: filled by the engine itself, a million sales in a minute."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.checkout.models import SESSION_LIFETIME_HOURS
from bot.storage.values import columns, document, stored
from tests.harness.database import on_a_server, outside, put_database

Execute = Callable[[str], object]

LIFETIME: Final = timedelta(hours=SESSION_LIFETIME_HOURS)
_ID: Final = 10**18
"""Discord ids begin there: today they have 19 digits."""
_FIRST_CHANNEL: Final = 2 * _ID
_FIRST_MESSAGE: Final = 3 * _ID
_BUYERS: Final = 20_000
_HOUR: Final = timedelta(hours=1)
_LINE: Final = {
    "product_id": "prd_grove_guard",
    "variant_id": None,
    "title": "GroveGuard",
    "unit_amount": 2499,
    "quantity": 1,
    "currency": "USD",
    "product_type": "LICENSE_KEY",
    "pricing_model": "STANDARD",
    "minimum": 0,
    "billing_interval": None,
    "trial_days": 0,
}


class _Each(str):
    """What a column has in each row, as SQL: `number` counts the rows from 1."""

    __slots__ = ()


_NUMBER: Final = _Each("number")
_MOMENT: Final = _Each("first_moment + number * span / rows")
"""In the order of time, as rows are."""
_DIGITS: Final = "substr(CAST(1000000000000000000 + number AS TEXT), 2)"
"""The number in eighteen digits."""
_SESSION_ID: Final = _Each(f"'cs_000000' || {_DIGITS}")

_SALE: Final = {
    "id": _NUMBER,
    "reference": _Each("'sa' || substr(CAST(100000000 + number AS TEXT), 2)"),
    "kind": "purchase",
    "guild_id": _ID,
    "channel_id": _ID + 1,
    "buyer_id": _Each(f"{_ID} + number % {_BUYERS}"),
    "recipient_id": _Each(f"{_ID} + number % {_BUYERS}"),
    "lines": document([_LINE]),
    "fingerprint": _Each(f"'{46 * '0'}' || {_DIGITS}"),
    "currency": "USD",
    "subtotal": 2499,
    "status": "open",
    "created_at": _MOMENT,
}
_SESSION: Final = {
    "sale_id": _NUMBER,
    "session_id": _SESSION_ID,
    "url": _Each(f"'https://pandabase.io/c/' || {_SESSION_ID}"),
    "amount": 2499,
    "discount": 0,
    "state": "open",
    "created_at": _MOMENT,
    "expires_at": _Each(f"{_MOMENT} + {LIFETIME // timedelta(milliseconds=1)}"),
    "attempts": 1,
}
_MESSAGE: Final = {
    "sale_id": _NUMBER,
    "channel_id": _Each(f"{_FIRST_CHANNEL} + number"),
    "message_id": _Each(f"{_FIRST_MESSAGE} + number"),
    "shows": "open",
    "created_at": _MOMENT,
}
_JOB: Final = {
    "sale_id": _NUMBER,
    "lane": "people",
    "kind": "link",
    "key": _Each("CAST(number AS TEXT)"),
    "priority": 0,
    "payload": document({}),
    "created_at": _MOMENT,
    "attempts": 1,
    "done_at": _MOMENT,
    "outcome": "dm",
}
_ANOTHER_BUYER: Final = _Each(f"{10**17} + number")
_PAID_SALE: Final = _SALE | {"buyer_id": _ANOTHER_BUYER, "recipient_id": _ANOTHER_BUYER, "status": "paid"}
_PAID_SESSION: Final = _SESSION | {"state": "paid"}
_ORDER: Final = {
    "id": _NUMBER,
    "order_id": _Each(f"'ord_000000' || {_DIGITS}"),
    "order_number": _SESSION_ID,
    "sale_id": _NUMBER,
    "session_id": _NUMBER,
    "money": "paid",
    "status": "COMPLETED",
    "payment_status": "COMPLETED",
    "amount": 2499,
    "discount": 0,
    "currency": "USD",
    "items": document([]),
    "custom_fields": document({}),
    "late": False,
    "again": False,
    "changed_at": _MOMENT,
    "dispute_closed": False,
    "created_at": _MOMENT,
    "paid_at": _MOMENT,
}
_GRANT: Final = {
    "id": _NUMBER,
    "sale_id": _NUMBER,
    "benefit_id": 1,
    "earned_by": _Each("CAST(number AS TEXT)"),
    "order_id": _NUMBER,
    "user_id": _ANOTHER_BUYER,
    "role_id": 5,
    "money": "paid",
    "kept": False,
    "state": "live",
    "earned_at": _MOMENT,
    "begins_at": _MOMENT,
    "given_at": _MOMENT,
}


def make_file(
    path: Path,
    *,
    open_sessions: int,
    opened_before: timedelta,
    within: timedelta = _HOUR,
    guild_id: int = _ID,
) -> None:
    """A migrated database with that many sales, each with an open session, its DM, and who brought it.

    `opened_before` is how long ago, at most; the moments spread over an hour, or `within`, before that.
    """
    first_moment = datetime.now(UTC) - opened_before - within
    sale = _SALE | {"guild_id": guild_id}
    with _filling(path) as execute:
        for table, row in (("sales", sale), ("sessions", _SESSION), ("messages", _MESSAGE), ("jobs", _JOB)):
            _fill(execute, table, row, rows=open_sessions, first_moment=first_moment, within=within)


def shown_in(number: int) -> tuple[int, int]:
    """The channel and the message in which the open link of that number is shown, by their ids."""
    return _FIRST_CHANNEL + number, _FIRST_MESSAGE + number


def make_paid(path: Path, number: int, *, guild_id: int) -> None:
    """A migrated database with so many paid sales, each to another buyer who holds its role for ever."""
    of_the_server = {"guild_id": guild_id}
    benefit = {
        "id": 1,
        "guild_id": guild_id,
        "product_id": _LINE["product_id"],
        "variant_id": "",
        "title": _LINE["title"],
        "role_id": 5,
        "kept": False,
        "created_at": _MOMENT,
    }
    first_moment = datetime.now(UTC) - LIFETIME - _HOUR
    with _filling(path) as execute:
        _fill(execute, "benefits", benefit, rows=1, first_moment=first_moment, within=_HOUR)
        for table, row in (
            ("sales", _PAID_SALE | of_the_server),
            ("sessions", _PAID_SESSION),
            ("orders", _ORDER),
            ("grants", _GRANT | of_the_server),
        ):
            _fill(execute, table, row, rows=number, first_moment=first_moment, within=_HOUR)


@contextmanager
def _filling(path: Path) -> Iterator[Execute]:
    """The migrated database, whose indexes are built once all rows are there: a sort, not a search each.

    Nothing of it has to outlive a power cut.
    """
    asyncio.run(put_database(path))
    with _filling_on_a_server(path) if on_a_server() else _filling_a_file(path) as execute:
        yield execute


@contextmanager
def _filling_a_file(path: Path) -> Iterator[Execute]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        with connection:
            indexes = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            ).fetchall()
            for name, _ in indexes:
                connection.execute(f"DROP INDEX {name}")
            yield connection.execute
            for _, statement in indexes:
                connection.execute(statement)
        connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def _filling_on_a_server(path: Path) -> Iterator[Execute]:
    with outside(path) as rows:
        rows("SET session_replication_role = replica")  # every row that another one names is there
        indexes = rows(
            "SELECT indexname AS name, indexdef AS statement FROM pg_indexes WHERE schemaname = 'public'"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)"
        )
        for index in indexes:
            rows(f"DROP INDEX {index['name']}")
        yield rows
        for index in indexes:
            rows(index["statement"])
        rows("VACUUM ANALYZE")  # as the server does by itself, sooner or later


def _fill(
    execute: Execute,
    table: str,
    row: Mapping[str, Any],
    *,
    rows: int,
    first_moment: datetime,
    within: timedelta,
) -> None:
    if not rows:
        return
    written = ", ".join(value if isinstance(value, _Each) else _literal(value) for value in row.values())
    milliseconds = within // timedelta(milliseconds=1)
    execute(f"""
        WITH RECURSIVE numbers (number, first_moment, span, rows) AS (
            SELECT CAST(1 AS BIGINT), {stored(first_moment)}, {milliseconds}, {rows}
            UNION ALL SELECT number + 1, first_moment, span, rows FROM numbers WHERE number < {rows}
        )
        INSERT INTO {table} ({columns(row)}) SELECT {written} FROM numbers
    """)  # noqa: S608  # words of ours
    if on_a_server() and "id" in row:
        execute(f"SELECT setval('{table}_id_seq', {rows})")


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    quoted = value.replace("'", "''")
    return f"'{quoted}'"
