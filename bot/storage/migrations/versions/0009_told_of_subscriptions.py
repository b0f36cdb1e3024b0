"""What a subscription costs, and that staff ended the access of a paused one."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("amount", sa.Integer(), nullable=True))
    op.add_column("subscriptions", sa.Column("stopped_at", UtcDateTime(), nullable=True))
    op.create_index("ix_events_received_at", "events", ["received_at"], unique=False)
