"""What an owner can take away as tables: sales, orders, invoices, subscriptions, roles, the audit."""

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TextIO

from bot.storage.address import DatabaseAddress
from bot.storage.inspection import Row, rows
from bot.storage.values import instant

EXPORTS: Final[Mapping[str, str]] = {
    "sales": (
        "SELECT reference, kind, status, guild_id, buyer_id, recipient_id, lines, currency, subtotal,"
        " coupon, created_at FROM sales ORDER BY id"
    ),
    "orders": (
        "SELECT orders.order_number, sales.reference AS sale, orders.money, orders.status, orders.amount,"
        " orders.discount, orders.currency, orders.paid_at, orders.created_at"
        " FROM orders JOIN sales ON sales.id = orders.sale_id ORDER BY orders.id"
    ),
    "invoices": (
        "SELECT guild_id, number, state, issuer_id, payer_id, lines, currency, subtotal, title, due_at,"
        " created_at, sent_at FROM invoices WHERE number IS NOT NULL ORDER BY id"
    ),
    "subscriptions": (
        "SELECT subscriptions.subscription_id, sales.reference AS sale, subscriptions.status,"
        " subscriptions.product_id, subscriptions.amount, subscriptions.current_period_end,"
        " subscriptions.ends_at FROM subscriptions JOIN sales ON sales.id = subscriptions.sale_id"
        " ORDER BY subscriptions.id"
    ),
    "roles": (
        "SELECT grants.guild_id, grants.user_id, grants.role_id, grants.state, sales.reference AS sale,"
        " grants.begins_at, grants.ends_at FROM grants JOIN sales ON sales.id = grants.sale_id"
        " ORDER BY grants.id"
    ),
    "audit": "SELECT guild_id, at, actor_id, action, invoice_id, details FROM audit ORDER BY id",
}
"""What is exported, by its name. Amounts are cents, instants UTC, people and servers Discord's ids."""
_INSTANTS: Final = ("at", "_end")
"""How the names of columns end that hold instants, all of them UTC."""
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


async def exported(url: DatabaseAddress, what: str) -> list[Row]:
    """Raises DatabaseError, and KeyError for what isn't exported."""
    return [
        {name: _iso(value) if name.endswith(_INSTANTS) else value for name, value in row.items()}
        for row in await rows(url, EXPORTS[what])
    ]


def _iso(milliseconds: int | None) -> str | None:
    """As ISO 8601 writes it."""
    return None if milliseconds is None else instant(milliseconds).isoformat(timespec="seconds")


def write_csv(found: Sequence[Row], file: TextIO) -> None:
    """With a line of names; what a spreadsheet would take for a formula begins with an apostrophe."""
    writer = csv.writer(file)
    if found:
        writer.writerow(found[0])
    writer.writerows([csv_cell(value) for value in row.values()] for row in found)


def write_json(found: Sequence[Row], file: TextIO) -> None:
    """One list of objects."""
    json.dump([{name: _plain(value) for name, value in row.items()} for row in found], file, indent=1)
    file.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)  # a document
        except ValueError:
            return value
    return value


def csv_cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula begins with an apostrophe."""
    value = _plain(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return value
