"""What each session's signature has to itself: an old link's metadata proves nothing of a new session."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("nonce", sa.String(length=32), nullable=True))
    op.create_index(
        "uq_sessions_nonce",
        "sessions",
        ["nonce"],
        unique=True,
        sqlite_where=sa.text("nonce IS NOT NULL"),
        postgresql_where=sa.text("nonce IS NOT NULL"),
    )
