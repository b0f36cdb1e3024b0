"""The SQL of what staff take away: of one server, some rows at a time, oldest first."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from bot.checkout.row_repository import lines_of
from bot.exports.models import Export, ExportPage, ExportPosition
from bot.money import Money
from bot.storage.transaction import Transaction
from bot.storage.values import Row, instant, instant_or_none, stored

_SALES: Final = """
    SELECT page.id, page.reference, page.kind, page.status, page.buyer_id, page.recipient_id, page.issuer_id,
        page.lines, page.currency, page.subtotal, page.coupon, page.created_at, orders.order_number,
        orders.money, orders.amount, orders.discount, orders.paid_at
    FROM (
        SELECT * FROM sales WHERE guild_id = :guild_id AND id > 0 AND (created_at, id) > (:at, :after)
        ORDER BY created_at, id LIMIT :limit
    ) AS page LEFT JOIN orders ON orders.sale_id = page.id
    ORDER BY page.created_at, page.id, orders.id
"""
_INVOICES: Final = """
    SELECT number AS id, number, state, issuer_id, issuer_name, payer_id, payer_name, lines, currency,
        subtotal, title, due_at, created_at, sent_at, reason
    FROM invoices WHERE guild_id = :guild_id AND number > :after AND created_at > :at
    ORDER BY number LIMIT :limit
"""
_AUDIT: Final = """
    SELECT audit.id, audit.at AS created_at, audit.actor_id, audit.action, invoices.number AS invoice,
        audit.details
    FROM audit LEFT JOIN invoices ON invoices.id = audit.invoice_id
    WHERE audit.guild_id = :guild_id AND audit.id > :after AND audit.at > :at
    ORDER BY audit.id LIMIT :limit
"""
_STATEMENTS: Final[Mapping[Export, str]] = {
    Export.SALES: _SALES,
    Export.INVOICES: _INVOICES,
    Export.AUDIT: _AUDIT,
}


class ExportRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def page(self, what: Export, guild_id: int, after: ExportPosition, limit: int) -> ExportPage:
        """What comes after that place; of each sale all payments, so that there may be more than `limit`."""
        rows = await self._tx.rows(
            _STATEMENTS[what], guild_id=guild_id, at=after.at, after=after.id, limit=limit
        )
        if not rows:
            return ExportPage((), None)
        # Invoices and the audit go on by their numbers alone: `at` stays where the period begins.
        at = instant(rows[-1]["created_at"]) if what is Export.SALES else after.at
        return ExportPage(rows, ExportPosition(at, rows[-1]["id"]))


def shaped(what: Export, row: Row) -> Mapping[str, Any]:
    """A row as it is written into the table: readable, its amounts in whole units, its instants in UTC."""
    return _SHAPES[what](row)


def _sale(row: Row) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "purchase": row["reference"],
        "date": _written(row["created_at"]),
        "kind": row["kind"],
        "status": row["status"],
        "buyer": _id(row["buyer_id"]),
        "recipient": _id(row["recipient_id"]),
        "issuer": _id(row["issuer_id"]),
        "products": _products(row["lines"]),
        "currency": currency,
        "subtotal": _units(row["subtotal"], currency),
        "coupon": row["coupon"],
        "order": row["order_number"],
        "payment": row["money"],
        "paid": _units(row["amount"], currency),
        "discount": _units(row["discount"], currency),
        "paid_at": _written(row["paid_at"]),
    }


def _invoice(row: Row) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "invoice": row["number"],
        "date": _written(row["created_at"]),
        "state": row["state"],
        "issuer": _id(row["issuer_id"]),
        "issuer_name": row["issuer_name"],
        "member": _id(row["payer_id"]),
        "member_name": row["payer_name"],
        "products": _products(row["lines"]),
        "currency": currency,
        "subtotal": _units(row["subtotal"], currency),
        "title": row["title"],
        "due": _written(row["due_at"]),
        "sent": _written(row["sent_at"]),
        "reason": row["reason"],
    }


def _entry(row: Row) -> dict[str, Any]:
    return {
        "date": _written(row["created_at"]),
        "by": _id(row["actor_id"]) or "bot",
        "action": row["action"],
        "invoice": row["invoice"],
        "details": row["details"],
    }


_SHAPES: Final = {Export.SALES: _sale, Export.INVOICES: _invoice, Export.AUDIT: _entry}


def _id(discord_id: int | None) -> str | None:
    """A spreadsheet would round a number of so many digits."""
    return None if discord_id is None else f"id:{discord_id}"


def _written(milliseconds: int | None) -> str | None:
    """In UTC, as spreadsheets read it."""
    at = instant_or_none(milliseconds)
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _units(cents: int | None, currency: str) -> str | None:
    return None if cents is None else str(Money(cents, currency).decimal)


@lru_cache(1024)
def _products(kept: str) -> str:
    return "; ".join(f"{line.quantity} × {line.title}" for line in lines_of(kept))


def before(since: datetime | None) -> ExportPosition:
    """The place before all that is not older than `since`."""
    return ExportPosition(instant(stored(since) - 1 if since else -1), 0)
