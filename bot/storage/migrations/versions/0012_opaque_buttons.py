"""What lasting buttons name has an opaque reference: a row's number is another's after a restored backup."""

import json
import re
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_BUTTON = re.compile(r"bamboo:(?P<kind>refund|retry):(?P<row>\d+)")
_GIVEN_UP = """
    done_at IS NULL AND next_attempt_at IS NULL AND attempts > 0 AND step <> 'keys'
    AND (outcome IS NULL OR outcome <> 'collected')
"""


def upgrade() -> None:
    for table in ("orders", "benefits", "deliveries"):
        op.add_column(table, sa.Column("reference", sa.String(length=16), nullable=True))
    op.create_index("uq_orders_reference", "orders", ["reference"], unique=True)
    op.create_index("uq_benefits_reference", "benefits", ["reference"], unique=True)
    op.create_index(
        "uq_deliveries_reference",
        "deliveries",
        ["reference"],
        unique=True,
        sqlite_where=sa.text("reference IS NOT NULL"),
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    _name("orders")
    _name("benefits")
    # Only of what was given up there are buttons.
    _name("deliveries", _GIVEN_UP)
    _offer_anew()


def _name(table: str, condition: str = "1 = 1") -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text(f"SELECT id FROM {table} WHERE {condition}")).scalars().all()  # noqa: S608
    names = [{"row": row, "name": "".join(secrets.choice(_ALPHABET) for _ in range(10))} for row in rows]
    if names:
        connection.execute(sa.text(f"UPDATE {table} SET reference = :name WHERE id = :row"), names)  # noqa: S608


def _offer_anew() -> None:
    """Notes whose buttons name rows get buttons that don't, and are posted again where there is still a use.

    So are the retries in the sales log.
    """
    connection = op.get_bind()
    notes = sa.table(
        "staff_notes",
        sa.column("id"),
        sa.column("buttons", sa.JSON()),
        sa.column("created_at", UtcDateTime()),
        sa.column("attempts"),
        sa.column("next_attempt_at", UtcDateTime()),
        sa.column("posted_at", UtcDateTime()),
    )
    matters = sa.cast(notes.c.buttons, sa.Text).like("%bamboo:re%")
    for note in connection.execute(sa.select(notes).where(matters)).all():
        given = note.buttons if isinstance(note.buttons, list) else json.loads(note.buttons)
        buttons = [named for button in given if (named := _named(button)) is not None]
        values: dict[str, Any] = {"buttons": buttons}
        if buttons and note.posted_at is not None:
            values |= {"posted_at": None, "next_attempt_at": note.created_at, "attempts": 0}
        connection.execute(sa.update(notes).where(notes.c.id == note.id).values(values))
    deliveries = sa.table(
        "deliveries",
        sa.column("sale_id"),
        sa.column("step"),
        sa.column("created_at", UtcDateTime()),
        sa.column("attempts"),
        sa.column("next_attempt_at", UtcDateTime()),
        sa.column("done_at", UtcDateTime()),
        sa.column("outcome"),
        sa.column("reference"),
    )
    failed = sa.select(deliveries.c.sale_id).where(deliveries.c.reference.is_not(None))
    connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.step == "log", deliveries.c.done_at.is_not(None), deliveries.c.sale_id.in_(failed)
        )
        .values(attempts=0, next_attempt_at=deliveries.c.created_at, done_at=None, outcome=None)
    )


def _named(button: dict[str, str]) -> dict[str, str] | None:
    """The button with the reference of what it names; None if there is nothing left to do about that."""
    found = _BUTTON.fullmatch(button["custom_id"])
    if found is None:
        return button
    table, condition = (
        ("orders", "money = 'paid'") if found["kind"] == "refund" else ("deliveries", _GIVEN_UP)
    )
    statement = f"SELECT reference FROM {table} WHERE id = :row AND {condition}"  # noqa: S608
    name = op.get_bind().execute(sa.text(statement), {"row": int(found["row"])}).scalar()
    return None if name is None else {**button, "custom_id": f"bamboo:{found['kind']}:{name}"}
