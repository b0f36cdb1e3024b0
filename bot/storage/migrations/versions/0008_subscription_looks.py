"""When each subscription is asked for next, and the paid sessions whose subscription nobody told of."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("next_look_at", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_subscriptions_looks",
        "subscriptions",
        ["next_look_at"],
        unique=False,
        sqlite_where=sa.text("next_look_at IS NOT NULL"),
        postgresql_where=sa.text("next_look_at IS NOT NULL"),
    )
    # All of them are due once: what became of them meanwhile is found at the first start.
    op.execute("UPDATE subscriptions SET next_look_at = created_at")
    op.execute(
        """
        UPDATE sessions SET next_look_at = created_at
        WHERE state = 'paid' AND session_id IS NOT NULL
          AND sale_id NOT IN (SELECT sale_id FROM subscriptions)
          AND sale_id IN (
            SELECT id FROM sales WHERE CAST(lines AS TEXT) LIKE '%"product_type": "SUBSCRIPTION"%'
          )
        """
    )
