"""indexes for gifts, and for what could not be delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_sales_gifts",
        "sales",
        ["recipient_id"],
        unique=False,
        sqlite_where=sa.text("recipient_id <> buyer_id"),
        postgresql_where=sa.text("recipient_id <> buyer_id"),
    )
    op.create_index(
        "ix_deliveries_undelivered",
        "deliveries",
        ["sale_id"],
        unique=False,
        sqlite_where=sa.text("outcome = 'undelivered'"),
        postgresql_where=sa.text("outcome = 'undelivered'"),
    )
