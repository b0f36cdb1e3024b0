"""Database files as a busy shop leaves them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, insert, update

from bot.checkout.models import SESSION_LIFETIME_HOURS
from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database
from bot.storage.fulfilment_tables import benefits, grants
from bot.storage.tables import jobs, messages, orders, sales, sessions

LIFETIME: Final = timedelta(hours=SESSION_LIFETIME_HOURS)
_ID: Final = 10**18
"""Discord ids begin there: today they have 19 digits."""
_HOUR: Final = timedelta(hours=1)
_BATCH: Final = 5_000
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
    engine = create_engine(f"sqlite:///{path}")
    first_moment = datetime.now(UTC) - opened_before - within
    for first in range(1, open_sessions + 1, _BATCH):
        numbers = range(first, min(first + _BATCH, open_sessions + 1))
        # In the order of time, as rows are.
        _insert(engine, [(number, first_moment + within * number / open_sessions) for number in numbers])
    engine.dispose()


async def _migrate(path: Path) -> None:
    async with open_database(DatabaseAddress.of_file(path)):
        pass


def _insert(engine: Engine, rows: list[tuple[int, datetime]]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(sales), [_sale(number, moment) for number, moment in rows])
        connection.execute(insert(sessions), [_session(number, moment) for number, moment in rows])
        connection.execute(insert(messages), [_message(number, moment) for number, moment in rows])
        connection.execute(insert(jobs), [_job(number, moment) for number, moment in rows])


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
    engine = create_engine(f"sqlite:///{path}")
    moment = datetime.now(UTC) - LIFETIME
    with engine.begin() as connection:
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
        connection.execute(insert(benefits), [benefit])
    for first in range(1, number + 1, _BATCH):
        numbers = range(first, min(first + _BATCH, number + 1))
        with engine.begin() as connection:
            for table, row in ((sales, _paid_sale), (sessions, _paid_session), (orders, _order)):
                connection.execute(insert(table), [row(each, moment) for each in numbers])
            connection.execute(insert(grants), [_grant(each, moment) for each in numbers])
            connection.execute(update(sales).values(guild_id=guild_id).where(sales.c.id >= first))
            connection.execute(update(grants).values(guild_id=guild_id).where(grants.c.id >= first))
    engine.dispose()


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
