"""Which roles members hold by what they bought; benefits and purchases that wait for an explicit yes."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_roles",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("had_before", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "role_id", name=op.f("pk_held_roles")),
    )
    op.create_table(
        "benefit_proposals",
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("variant_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("powers", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_benefit_proposals")),
    )
    op.create_table(
        "purchase_wishes",
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("gift_to", sa.BigInteger(), nullable=True),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("coupon", sa.String(length=64), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_purchase_wishes")),
    )
    # Of what was given until now nobody knows what was there before: it ends as it was to end.
    # A role whose taking isn't over, or failed, is still held by what was bought.
    op.execute(
        """
        INSERT INTO held_roles (guild_id, user_id, role_id, had_before, since)
        SELECT guild_id, user_id, role_id, false, min(given_at)
        FROM grants
        WHERE given_at IS NOT NULL
          AND (
            state = 'live'
            OR EXISTS (
              SELECT 1 FROM deliveries
              WHERE deliveries.sale_id = grants.sale_id AND deliveries.step = 'role'
                AND deliveries.target = CAST(grants.id AS TEXT) AND deliveries.done_at IS NULL
            )
          )
        GROUP BY guild_id, user_id, role_id
        """
    )
