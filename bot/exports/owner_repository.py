"""The SQL of what an owner takes away with `bamboo export`: whole tables, of all servers."""

from collections.abc import Mapping
from typing import Final

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


async def exported(url: DatabaseAddress, what: str) -> list[Row]:
    """Raises DatabaseError, and KeyError for what isn't exported."""
    return [
        {name: _iso(value) if name.endswith(_INSTANTS) else value for name, value in row.items()}
        for row in await rows(url, EXPORTS[what])
    ]


def _iso(milliseconds: int | None) -> str | None:
    """As ISO 8601 writes it."""
    return None if milliseconds is None else instant(milliseconds).isoformat(timespec="seconds")
