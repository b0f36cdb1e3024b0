"""events by the subscription that they name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("subscription_id", sa.String(length=128), nullable=True))
    op.create_index("ix_events_subscription_id", "events", ["subscription_id"], unique=False)
