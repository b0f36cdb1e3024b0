"""indexes for whatever a join, a start, an hour or an event asks, so that nothing reads a whole table."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0008"
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
