"""The tables of invoices, and of what staff did."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.tables import ROW_ID, metadata
from bot.storage.types import UtcDateTime

invoices = Table(
    "invoices",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    # Opaque: it stands in custom_ids.
    Column("reference", String(16), nullable=False, unique=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("guild_name", String(128), nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    # Given when it leaves its draft, so that the numbers of a server have no holes.
    Column("number", Integer),
    Column("issuer_id", BigInteger, nullable=False),
    Column("issuer_name", String(64), nullable=False),
    Column("payer_id", BigInteger, nullable=False),
    Column("payer_name", String(64), nullable=False),
    Column("approver_id", BigInteger),
    Column("lines", JSON, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("subtotal", Integer, nullable=False),  # cents
    Column("coupon", String(64)),
    Column("title", String(128)),
    Column("description", String(500)),
    Column("note", String(1000)),
    Column("due_at", UtcDateTime),
    Column("state", String(16), nullable=False),
    Column("reason", Text),  # why it was refused, declined or cancelled
    Column("sale_id", ForeignKey("sales.id"), unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("submitted_at", UtcDateTime),  # what a daily cap counts
    Column("sent_at", UtcDateTime),  # null while its first link is being made
    # When the worker next has to do with it: a reminder, the due date, or a draft's end.
    Column("remind_at", UtcDateTime),
    Column("next_at", UtcDateTime),
    UniqueConstraint("guild_id", "number"),
    CheckConstraint("state = 'draft' OR number IS NOT NULL", name="issued_has_number"),
    CheckConstraint("subtotal >= 0", name="subtotal_not_negative"),
    Index("ix_invoices_payer", "guild_id", "payer_id"),
    Index("ix_invoices_issuer", "guild_id", "issuer_id", "submitted_at"),
    Index(
        "ix_invoices_next",
        "next_at",
        sqlite_where=text("next_at IS NOT NULL"),
        postgresql_where=text("next_at IS NOT NULL"),
    ),
)

invoice_counters = Table(
    "invoice_counters",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("last_number", Integer, nullable=False),
)

invoice_settings = Table(
    "invoice_settings",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reminders", Boolean, nullable=False),
)

# Append-only: rows are written and read, never changed.
audit = Table(
    "audit",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", BigInteger),  # null for the bot itself
    Column("action", String(32), nullable=False),
    Column("invoice_id", ForeignKey("invoices.id")),
    Column("details", JSON, nullable=False),
    Index("ix_audit_invoice_id", "invoice_id"),
    Index("ix_audit_guild_id", "guild_id", "id"),
)
