"""Database files as a busy shop leaves them."""

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.checkout.models import SESSION_LIFETIME_HOURS
from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database
from bot.storage.values import columns, document, places, stored

LIFETIME: Final = timedelta(hours=SESSION_LIFETIME_HOURS)
_ID: Final = 10**18
"""Discord ids begin there: today they have 19 digits."""
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


def make_file(path: Path, *, open_sessions: int, opened_before: timedelta, within: timedelta = _HOUR) -> None:
    """A migrated database with that many sales, each with an open session, its DM, and who brought it.

    `opened_before` is how long ago, at most; the moments spread over an hour, or `within`, before that.
    """
    asyncio.run(_migrate(path))
    first_moment = datetime.now(UTC) - opened_before - within
    # In the order of time, as rows are.
    moments = [
        (number, first_moment + within * number / open_sessions) for number in range(1, open_sessions + 1)
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, row in (("sales", _sale), ("sessions", _session), ("messages", _message), ("jobs", _job)):
            _insert(connection, table, (row(*each) for each in moments))


async def _migrate(path: Path) -> None:
    async with open_database(DatabaseAddress.of_file(path)):
        pass


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    kept = (
        {
            name: document(value) if isinstance(value, list | dict) else stored(value)
            for name, value in row.items()
        }
        for row in rows
    )
    first = next(kept, None)
    if first is None:
        return
    statement = f"INSERT INTO {table} ({columns(first)}) VALUES ({places(first)})"  # noqa: S608
    connection.execute(statement, first)
    connection.executemany(statement, kept)


def _sale(number: int, moment: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "reference": f"sale{number:06}",
        "kind": "purchase",
        "guild_id": _ID,
        "channel_id": _ID + 1,
        "buyer_id": _ID + number % 20_000,
        "recipient_id": _ID + number % 20_000,
        "lines": [_LINE],
        "fingerprint": f"{number:064x}",
        "currency": "USD",
        "subtotal": 2499,
        "status": "open",
        "created_at": moment,
    }


def _session(number: int, moment: datetime) -> dict[str, Any]:
    return {
        "sale_id": number,
        "session_id": f"cs_{number:024}",
        "url": f"https://pandabase.io/c/cs_{number:024}",
        "amount": 2499,
        "discount": 0,
        "state": "open",
        "created_at": moment,
        "expires_at": moment + LIFETIME,
        "attempts": 1,
    }


def _message(number: int, moment: datetime) -> dict[str, Any]:
    return {
        "sale_id": number,
        "channel_id": 2 * _ID + number,
        "message_id": 3 * _ID + number,
        "shows": "open",
        "created_at": moment,
    }


def _job(number: int, moment: datetime) -> dict[str, Any]:
    return {
        "sale_id": number,
        "lane": "people",
        "kind": "link",
        "key": str(number),
        "priority": 0,
        "payload": {},
        "created_at": moment,
        "attempts": 1,
        "done_at": moment,
        "outcome": "dm",
    }


def make_paid(path: Path, number: int, *, guild_id: int) -> None:
    """A migrated database with so many paid sales, each to another buyer who holds its role for ever."""
    asyncio.run(_migrate(path))
    moment = datetime.now(UTC) - LIFETIME
    benefit = {
        "id": 1,
        "guild_id": guild_id,
        "product_id": _LINE["product_id"],
        "variant_id": "",
        "title": _LINE["title"],
        "role_id": 5,
        "kept": False,
        "created_at": moment,
    }
    paid = (("sales", _paid_sale), ("sessions", _paid_session), ("orders", _order), ("grants", _grant))
    with closing(sqlite3.connect(path)) as connection, connection:
        _insert(connection, "benefits", [benefit])
        for table, row in paid:
            _insert(connection, table, (row(each, moment) for each in range(1, number + 1)))
        for table in ("sales", "grants"):
            connection.execute(f"UPDATE {table} SET guild_id = ?", (guild_id,))  # noqa: S608


def _paid_sale(number: int, moment: datetime) -> dict[str, Any]:
    buyer = 10**17 + number
    return _sale(number, moment) | {"buyer_id": buyer, "recipient_id": buyer, "status": "paid"}


def _paid_session(number: int, moment: datetime) -> dict[str, Any]:
    return _session(number, moment) | {"state": "paid"}


def _order(number: int, moment: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "order_id": f"ord_{number:024}",
        "order_number": f"cs_{number:024}",
        "sale_id": number,
        "session_id": number,
        "money": "paid",
        "status": "COMPLETED",
        "payment_status": "COMPLETED",
        "amount": 2499,
        "discount": 0,
        "currency": "USD",
        "items": [],
        "custom_fields": {},
        "late": False,
        "again": False,
        "changed_at": moment,
        "dispute_closed": False,
        "created_at": moment,
        "paid_at": moment,
    }


def _grant(number: int, moment: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "sale_id": number,
        "benefit_id": 1,
        "earned_by": str(number),
        "order_id": number,
        "guild_id": 1,
        "user_id": 10**17 + number,
        "role_id": 5,
        "money": "paid",
        "kept": False,
        "state": "live",
        "earned_at": moment,
        "begins_at": moment,
        "given_at": moment,
    }
