"""How long grants last and when they were earned; runs for past buyers; steps that come after all others."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SECONDS_OF_A_DAY = 86_400


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("bulk", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("ix_deliveries_step_due", table_name="deliveries")
    op.create_index(
        "ix_deliveries_step_due",
        "deliveries",
        ["bulk", "step", "next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "past_buyer_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("benefit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["benefit_id"], ["benefits.id"], name=op.f("fk_past_buyer_runs_benefit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_buyer_runs")),
    )
    op.create_index(
        "uq_past_buyer_runs_under_way",
        "past_buyer_runs",
        ["benefit_id"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    with op.batch_alter_table("grants") as batch:
        batch.add_column(sa.Column("days", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("earned_at", UtcDateTime(), nullable=True))
    _fill_in()
    with op.batch_alter_table("grants") as batch:
        batch.alter_column("earned_at", existing_type=UtcDateTime(), nullable=False)


def _fill_in() -> None:
    """What is timed lasted from its beginning to its end, and what was put behind another was paid before."""
    grants = sa.table(
        "grants",
        sa.column("id"),
        sa.column("benefit_id"),
        sa.column("user_id"),
        sa.column("order_id"),
        sa.column("begins_at", UtcDateTime()),
        sa.column("ends_at", UtcDateTime()),
        sa.column("earned_at", UtcDateTime()),
        sa.column("days"),
    )
    benefits = sa.table("benefits", sa.column("id"), sa.column("days"))
    orders = sa.table("orders", sa.column("id"), sa.column("paid_at", UtcDateTime()))
    connection = op.get_bind()
    connection.execute(sa.update(grants).values(earned_at=grants.c.begins_at))
    timed = (
        sa.select(grants, orders.c.paid_at)
        .join(benefits, benefits.c.id == grants.c.benefit_id)
        .outerjoin(orders, orders.c.id == grants.c.order_id)
        .where(benefits.c.days.is_not(None), grants.c.ends_at.is_not(None))
    )
    rows = connection.execute(timed).all()
    ends = {(row.benefit_id, row.user_id, row.ends_at) for row in rows}
    for row in rows:
        stacked = (row.benefit_id, row.user_id, row.begins_at) in ends
        days = round((row.ends_at - row.begins_at).total_seconds() / _SECONDS_OF_A_DAY)
        connection.execute(
            sa.update(grants)
            .where(grants.c.id == row.id)
            .values(days=days, earned_at=(row.paid_at if stacked else None) or row.begins_at)
        )
