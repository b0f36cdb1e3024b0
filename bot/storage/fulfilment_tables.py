"""The tables of what payments earn."""

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

from bot.storage.tables import metadata
from bot.storage.types import UtcDateTime

# SQLite counts rowids only in a column that is INTEGER to the letter.
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

benefits = Table(
    "benefits",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("product_id", String(64), nullable=False),
    Column("variant_id", String(64), nullable=False),  # empty: whichever variant
    Column("title", Text, nullable=False),  # what it is for, as it was called when the benefit was added
    Column("role_id", BigInteger, nullable=False),
    Column("days", Integer),  # for each unit; null: for ever, or while the subscription lives
    Column("kept", Boolean, nullable=False),  # after a refund or dispute
    Column("message", Text),
    Column("created_at", UtcDateTime, nullable=False),
    # What was earned by it goes on, so the row stays.
    Column("removed_at", UtcDateTime),
    # Opaque: it stands in custom_ids, which outlive a backup that is put back; every row has one.
    Column("reference", String(16)),
    CheckConstraint("days IS NULL OR days > 0", name="days_positive"),
    Index("uq_benefits_reference", "reference", unique=True),
    Index(
        "uq_benefits_in_use",
        "guild_id",
        "product_id",
        "variant_id",
        "role_id",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
)

# A benefit whose role gives power over others, until its staff member has said yes or no.
benefit_proposals = Table(
    "benefit_proposals",
    metadata,
    Column("reference", String(16), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("asked_by", BigInteger, nullable=False),
    Column("product_id", String(64), nullable=False),
    Column("variant_id", String(64), nullable=False),  # empty: whichever variant
    Column("title", Text, nullable=False),
    Column("role_id", BigInteger, nullable=False),
    Column("days", Integer),
    Column("kept", Boolean, nullable=False),
    Column("message", Text),
    Column("powers", JSON, nullable=False),  # what they were told that the role allows
    Column("asked_at", UtcDateTime, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("sale_id", ForeignKey("sales.id"), nullable=False),
    Column("benefit_id", ForeignKey("benefits.id"), nullable=False),
    # The order's row; 'subscription' where one grant lives as long as the subscription does.
    Column("earned_by", String(32), nullable=False),
    Column("order_id", BigInteger, nullable=False),  # the newest one that pays for it
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("role_id", BigInteger, nullable=False),
    Column("money", String(16), nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    # What is timed is laid out one after the other: by when it was earned, for its own days.
    Column("earned_at", UtcDateTime, nullable=False),
    Column("days", Integer),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    # When the member was last seen to get the role; null as long as they haven't.
    Column("given_at", UtcDateTime),
    UniqueConstraint("sale_id", "benefit_id", "earned_by"),
    Index("ix_grants_user_id_guild_id_role_id", "user_id", "guild_id", "role_id"),
    Index("ix_grants_order_id", "order_id"),
    Index(
        "ix_grants_live",
        "guild_id",
        "id",
        sqlite_where=text("state = 'live'"),
        postgresql_where=text("state = 'live'"),
    ),
    Index(
        "ix_grants_ending",
        "ends_at",
        sqlite_where=text("state = 'live' AND ends_at IS NOT NULL"),
        postgresql_where=text("state = 'live' AND ends_at IS NOT NULL"),
    ),
)

# From right before a role is first given because of a purchase until it has been taken: whether its member
# had it without that, and so keeps it.
held_roles = Table(
    "held_roles",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role_id", BigInteger, primary_key=True, autoincrement=False),
    Column("had_before", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

# A benefit that is being given to those who paid before it was there, or has been.
past_buyer_runs = Table(
    "past_buyer_runs",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("benefit_id", ForeignKey("benefits.id"), nullable=False),
    Column("reached", BigInteger, nullable=False),  # the buyers are taken by their id; up to here it is done
    Column("given", Integer, nullable=False, server_default="0"),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index(
        "uq_past_buyer_runs_under_way",
        "benefit_id",
        unique=True,
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
)

guild_settings = Table(
    "guild_settings",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sales_log_channel_id", BigInteger),
    # Of what everybody reads there; null leaves it to the settings.
    Column("language", String(16)),
)

# The locale in which somebody used Discord when they were last seen.
readers = Table(
    "readers",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("locale", String(16), nullable=False),
)

sale_logs = Table(
    "sale_logs",
    metadata,
    Column("sale_id", ForeignKey("sales.id"), primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
)
