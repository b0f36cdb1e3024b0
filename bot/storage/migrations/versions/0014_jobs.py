"""one queue: deliveries, notes to staff and lines of the audit become jobs.

What is due stays due, what is leased stays leased, what is done or given up stays so.
"""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_AT_ONCE: Final = 500
_INDEXES: Final = (
    ("uq_jobs_reference", ["reference"], True, "reference IS NOT NULL"),
    ("ix_jobs_replies", ["reply_until"], False, "reply_until IS NOT NULL"),
    ("ix_jobs_undelivered", ["sale_id"], False, "outcome = 'undelivered'"),
    ("ix_jobs_due", ["lane", "priority", "next_attempt_at"], False, "next_attempt_at IS NOT NULL"),
    ("ix_jobs_unposted", ["key"], False, "lane = 'notes' AND done_at IS NULL"),
)
# Their ids stay: people's messages are found again by them.
_DELIVERIES: Final = """
    INSERT INTO jobs (id, lane, kind, key, sale_id, priority, payload, created_at, attempts, next_attempt_at,
        done_at, outcome, last_error, reply, reply_until, reference)
    SELECT id, 'people', step,
        CASE
            WHEN step IN ('message', 'log') THEN CAST(sale_id AS VARCHAR)
            WHEN step IN ('reminder', 'issuer') THEN CAST(sale_id AS VARCHAR) || ':' || target
            ELSE target
        END,
        sale_id,
        CASE WHEN bulk THEN 3 WHEN step = 'link' THEN 0 WHEN step IN ('message', 'log') THEN 2 ELSE 1 END,
        '{}', created_at, attempts, next_attempt_at,
        done_at, outcome, last_error, reply, reply_until, reference
    FROM deliveries ORDER BY id
"""
_COUNT_ON: Final = """
    SELECT setval(pg_get_serial_sequence('jobs', 'id'), coalesce(max(id), 0) + 1, false) FROM jobs
"""

_jobs = sa.table(
    "jobs",
    *map(sa.column, ("lane", "kind", "key", "priority", "attempts", "outcome")),
    sa.column("payload", sa.JSON),
    *(sa.column(name, UtcDateTime) for name in ("created_at", "next_attempt_at", "done_at")),
)
_notes = sa.table(
    "staff_notes",
    *map(sa.column, ("id", "guild_id", "key", "text", "attempts")),
    sa.column("buttons", sa.JSON),
    *(sa.column(name, UtcDateTime) for name in ("created_at", "next_attempt_at", "posted_at")),
)
_lines = sa.table(
    "staff_lines",
    *map(sa.column, ("audit_id", "attempts", "message_id")),
    sa.column("next_attempt_at", UtcDateTime),
)
_audit = sa.table("audit", sa.column("id"), sa.column("at", UtcDateTime))


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("sale_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("reply", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reply_until", UtcDateTime(), nullable=True),
        sa.Column("reference", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name=op.f("fk_jobs_sale_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_jobs_kind_key")),
    )
    op.execute(_DELIVERIES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_COUNT_ON)
    _carry_over(sa.select(_notes), _notes.c.id, _note)
    _carry_over(
        sa.select(_lines, _audit.c.at).join_from(_lines, _audit, _audit.c.id == _lines.c.audit_id),
        _lines.c.audit_id,
        _line,
    )
    for table in ("deliveries", "staff_notes", "staff_lines"):
        op.drop_table(table)
    op.create_index("ix_jobs_sale_id", "jobs", ["sale_id"], unique=False)
    for name, columns, unique, condition in _INDEXES:
        op.create_index(
            name,
            "jobs",
            columns,
            unique=unique,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def _carry_over(found: Any, key: Any, job: Callable[[Any], dict[str, Any]]) -> None:
    """Write a job for each row, in the rows' order, some at a time."""
    connection, reached = op.get_bind(), 0
    while rows := connection.execute(found.where(key > reached).order_by(key).limit(_AT_ONCE)).all():
        connection.execute(sa.insert(_jobs), [job(row) for row in rows])
        reached = rows[-1][0]


def _note(row: Any) -> dict[str, Any]:
    unposted = "waiting" if row.next_attempt_at is None else None
    return {
        "lane": "notes",
        "kind": "staff_note",
        "key": f"{row.key}:{row.guild_id}",
        "priority": 1,
        "payload": {"guild_id": row.guild_id, "text": row.text, "buttons": row.buttons},
        "created_at": row.created_at,
        "attempts": row.attempts,
        "next_attempt_at": row.next_attempt_at,
        "done_at": row.posted_at,
        "outcome": unposted if row.posted_at is None else "posted",
    }


def _line(row: Any) -> dict[str, Any]:
    is_posted, is_over = row.message_id is not None, row.next_attempt_at is None
    return {
        "lane": "audit",
        "kind": "audit_line",
        "key": str(row.audit_id),
        "priority": 1,
        "payload": {"message_id": row.message_id} if is_posted else {},
        "created_at": row.at,
        "attempts": row.attempts,
        "next_attempt_at": row.next_attempt_at,
        "done_at": row.at if is_over else None,
        "outcome": "posted" if is_posted else "gone" if is_over else None,
    }
