"""indexes for whatever a join, a start, an hour or an event asks; and less of what webhooks told.

Payers' e-mails and addresses, and whatever else isn't read, go from the events that were kept before.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_PARTIAL: Final = (
    ("ix_sales_clearing", "sales", ["status"], "status = 'clearing'"),
    ("ix_sales_paid", "sales", ["guild_id", "recipient_id"], "status = 'paid'"),
    ("ix_orders_subscription_id", "orders", ["subscription_id"], "subscription_id IS NOT NULL"),
    ("ix_orders_disputed", "orders", ["money"], "money = 'disputed'"),
    ("ix_events_given_up", "events", ["applied_at"], "applied_at IS NULL AND due_at IS NULL"),
    ("ix_grants_live", "grants", ["guild_id", "id"], "state = 'live'"),
    ("ix_staff_notes_unposted", "staff_notes", ["guild_id", "next_attempt_at"], "posted_at IS NULL"),
)
_WHOLE: Final = (
    ("ix_sessions_created_at", "sessions", "created_at"),
    ("ix_subscriptions_order_number", "subscriptions", "order_number"),
    ("ix_quarantine_sale_id", "quarantine", "sale_id"),
    ("ix_quarantine_told_at", "quarantine", "told_at"),
)


_READ: Final[dict[str, Any]] = {
    "id": None,
    "event": None,
    "timestamp": None,
    "data": {
        "order": {
            **dict.fromkeys(("id", "orderNumber", "status", "amount", "currency", "discounted")),
            **dict.fromkeys(("discountCode", "customFields", "createdAt", "updatedAt")),
            "payment": dict.fromkeys(("status", "discountAmount", "taxAmount", "couponCode")),
            "customer": {"id": None},
            "items": dict.fromkeys(("productId", "variantId", "name", "quantity", "price", "amount")),
            "metadata": None,
        },
        "subscription": {
            **dict.fromkeys(("id", "status", "billingInterval", "amount", "currency", "productId")),
            **dict.fromkeys(("currentPeriodStart", "currentPeriodEnd", "trialEnd", "endsAt")),
            **dict.fromkeys(("cancelledAt", "createdAt")),
            "product": {"id": None},
            "customer": {"id": None},
        },
    },
}
"""What is read of an event; null: all that stands there."""
_METADATA: Final = dict.fromkeys(
    (
        *("discord_user_id", "discord_recipient_id", "discord_guild_id", "discord_channel_id"),
        *("sale", "invoice", "source", "signature"),
    )
)
_READ["data"]["order"]["metadata"] = _METADATA
_AT_ONCE: Final = 500
_events = sa.table("events", sa.column("id"), sa.column("payload", sa.LargeBinary))
_quarantine = sa.table("quarantine", sa.column("id"), sa.column("observation", sa.JSON))
_deliveries = sa.table(
    "deliveries",
    sa.column("id"),
    sa.column("reply", sa.JSON(none_as_null=True)),
    sa.column("reply_until", UtcDateTime),
)


def upgrade() -> None:
    op.drop_index("ix_sales_clearing", "sales")
    for name, table, columns, condition in _PARTIAL:
        op.create_index(
            name,
            table,
            columns,
            unique=False,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    for name, table, column in _WHOLE:
        op.create_index(name, table, [column], unique=False)
    op.add_column("deliveries", sa.Column("reply_until", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_deliveries_replies",
        "deliveries",
        ["reply_until"],
        unique=False,
        sqlite_where=sa.text("reply_until IS NOT NULL"),
        postgresql_where=sa.text("reply_until IS NOT NULL"),
    )
    _change(_events, "payload", lambda payload: {"payload": _reduced_payload(payload)})
    _change(_quarantine, "observation", lambda seen: {"observation": _without_metadata(seen)})
    _change(_deliveries, "reply", lambda reply: {"reply_until": _until(reply)})


def _change(table: sa.TableClause, column: str, values: Callable[[Any], dict[str, Any]]) -> None:
    """Write what follows from a column, some rows at a time."""
    connection = op.get_bind()
    reached = 0
    while True:
        rows = connection.execute(
            sa.select(table.c.id, table.c[column])
            .where(table.c.id > reached, table.c[column].is_not(sa.null()))
            .order_by(table.c.id)
            .limit(_AT_ONCE)
        ).all()
        for identity, value in rows:
            connection.execute(sa.update(table).where(table.c.id == identity).values(**values(value)))
        if len(rows) < _AT_ONCE:
            return
        reached = rows[-1].id


def _reduced_payload(payload: bytes) -> bytes:
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        return b"{}"
    return json.dumps(_reduced(told, _READ)).encode()


def _reduced(value: Any, read: dict[str, Any] | None) -> Any:
    if read is None or value is None:
        return value
    if isinstance(value, list):
        return [_reduced(entry, read) for entry in value]
    if not isinstance(value, dict):
        return None
    return {key: _reduced(inner, read[key]) for key, inner in value.items() if key in read}


def _without_metadata(seen: Any) -> Any:
    order = seen.get("order") if isinstance(seen, dict) else None
    if not isinstance(order, dict):
        return seen
    return seen | {"order": order | {"metadata": _reduced(order.get("metadata"), _METADATA)}}


def _until(reply: Any) -> datetime | None:
    until = reply.get("until") if isinstance(reply, dict) else None
    return None if until is None else datetime.fromisoformat(until).astimezone(UTC)
