"""The tables. Constraints live here because they, not the code, decide what can't happen twice."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rowids only in a column that is INTEGER to the letter.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")

sales = Table(
    "sales",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    # Opaque and public: it stands in custom_ids and metadata, where a row's number would count sales.
    Column("reference", String(16), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("buyer_id", BigInteger, nullable=False),
    Column("recipient_id", BigInteger, nullable=False),
    Column("issuer_id", BigInteger),
    Column("invoice_number", Integer),
    Column("lines", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("subtotal", Integer),  # cents; null where the payer picks the price
    Column("coupon", String(64)),
    Column("status", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("subtotal IS NULL OR subtotal > 0", name="subtotal_positive"),
    # The claim: one open sale for a buyer and what is bought, whoever asks, however often at once.
    Index(
        "uq_sales_open_claim",
        "guild_id",
        "buyer_id",
        "fingerprint",
        unique=True,
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    Index("ix_sales_buyer_id_status", "buyer_id", "status"),
    Index(
        "ix_sales_gifts",
        "recipient_id",
        sqlite_where=text("recipient_id <> buyer_id"),
        postgresql_where=text("recipient_id <> buyer_id"),
    ),
    # Its column is the one that is asked for: SQLite passes over an index of ids alone.
    Index(
        "ix_sales_clearing",
        "status",
        sqlite_where=text("status = 'clearing'"),
        postgresql_where=text("status = 'clearing'"),
    ),
    # Partial, so that it isn't taken for what asks for a buyer of the server.
    Index(
        "ix_sales_paid",
        "guild_id",
        "recipient_id",
        sqlite_where=text("status = 'paid'"),
        postgresql_where=text("status = 'paid'"),
    ),
)

# What a member was asked about because somebody has it already, until they answer.
purchase_wishes = Table(
    "purchase_wishes",
    metadata,
    Column("reference", String(16), primary_key=True),
    Column("buyer_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("gift_to", BigInteger),
    Column("lines", JSON, nullable=False),
    Column("coupon", String(64)),
    Column("asked_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("sale_id", ForeignKey("sales.id"), nullable=False),
    Column("session_id", String(64), unique=True),  # the store's `cs_…`
    Column("url", Text),
    Column("amount", Integer),  # cents, the store's subtotal
    Column("discount", Integer),  # cents
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    # While it is `creating`: who makes it has until then, and this is what they ask the store for.
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("request", JSON(none_as_null=True)),
    # What its signature has to itself; null where it was signed before there were nonces.
    Column("nonce", String(32)),
    # When the store's orders are asked for it next; null once nothing more can come of it.
    Column("next_look_at", UtcDateTime),
    CheckConstraint(
        "state <> 'open' OR (session_id IS NOT NULL AND url IS NOT NULL AND expires_at IS NOT NULL)",
        name="open_is_complete",
    ),
    Index(
        "uq_sessions_live",
        "sale_id",
        unique=True,
        sqlite_where=text("state IN ('creating', 'open')"),
        postgresql_where=text("state IN ('creating', 'open')"),
    ),
    Index(
        "uq_sessions_nonce",
        "nonce",
        unique=True,
        sqlite_where=text("nonce IS NOT NULL"),
        postgresql_where=text("nonce IS NOT NULL"),
    ),
    Index("ix_sessions_sale_id", "sale_id"),
    Index("ix_sessions_created_at", "created_at"),
    Index(
        "ix_sessions_due",
        "expires_at",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "ix_sessions_creating",
        "lease_until",
        sqlite_where=text("state = 'creating'"),
        postgresql_where=text("state = 'creating'"),
    ),
    Index(
        "ix_sessions_looks",
        "next_look_at",
        sqlite_where=text("next_look_at IS NOT NULL"),
        postgresql_where=text("next_look_at IS NOT NULL"),
    ),
)

messages = Table(
    "messages",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("sale_id", ForeignKey("sales.id"), nullable=False, unique=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False, unique=True),
    Column("shows", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# The one queue of what has to be done at Discord.
jobs = Table(
    "jobs",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("lane", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", String(96), nullable=False),
    Column("sale_id", ForeignKey("sales.id")),  # null for what is of no sale
    Column("priority", Integer, nullable=False),  # the lowest first
    Column("payload", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # Null once it is done or given up; also the lease while somebody carries it out.
    Column("next_attempt_at", UtcDateTime),
    Column("done_at", UtcDateTime),
    Column("outcome", String(16)),
    Column("last_error", Text),
    # The interaction that waits for the outcome; Discord takes its token for 15 minutes.
    Column("reply", JSON(none_as_null=True)),
    Column("reply_until", UtcDateTime),
    # Opaque: it stands in custom_ids, once it is given up. A row's number would be another's in a backup.
    Column("reference", String(16)),
    UniqueConstraint("kind", "key"),
    Index("ix_jobs_sale_id", "sale_id"),
    Index(
        "uq_jobs_reference",
        "reference",
        unique=True,
        sqlite_where=text("reference IS NOT NULL"),
        postgresql_where=text("reference IS NOT NULL"),
    ),
    Index(
        "ix_jobs_replies",
        "reply_until",
        sqlite_where=text("reply_until IS NOT NULL"),
        postgresql_where=text("reply_until IS NOT NULL"),
    ),
    # What waits in /purchases: every private answer asks for it.
    Index(
        "ix_jobs_undelivered",
        "sale_id",
        sqlite_where=text("outcome = 'undelivered'"),
        postgresql_where=text("outcome = 'undelivered'"),
    ),
    # Which of a lane come first, and when the next one is due.
    Index(
        "ix_jobs_due",
        "lane",
        "priority",
        "next_attempt_at",
        sqlite_where=text("next_attempt_at IS NOT NULL"),
        postgresql_where=text("next_attempt_at IS NOT NULL"),
    ),
    # Notes that wait for a channel, or for their time.
    Index(
        "ix_jobs_unposted",
        "key",
        sqlite_where=text("lane = 'notes' AND done_at IS NULL"),
        postgresql_where=text("lane = 'notes' AND done_at IS NULL"),
    ),
)

orders = Table(
    "orders",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("order_id", String(128), nullable=False, unique=True),  # the store's `ord_…`
    Column("order_number", String(128), nullable=False),  # the session's `cs_…`; another for a renewal
    Column("sale_id", ForeignKey("sales.id"), nullable=False),
    Column("session_id", ForeignKey("sessions.id")),
    Column("subscription_id", String(128)),  # the store's `sub_…`
    Column("money", String(16), nullable=False),
    # The store's own words, as they came last.
    Column("status", String(32), nullable=False),
    Column("payment_status", String(32), nullable=False),
    Column("amount", Integer, nullable=False),  # cents, before tax
    Column("discount", Integer, nullable=False),  # cents
    Column("currency", String(3), nullable=False),
    Column("items", JSON, nullable=False),
    Column("custom_fields", JSON, nullable=False),
    # Paid when its link no longer lived; paid though another session of the sale was.
    Column("late", Boolean, nullable=False),
    Column("again", Boolean, nullable=False),
    # What came out of order is told by when the store said it.
    Column("changed_at", UtcDateTime, nullable=False),
    Column("dispute_closed", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("paid_at", UtcDateTime),
    # Opaque: it stands in custom_ids, which outlive a backup that is put back; every row has one.
    Column("reference", String(16)),
    Index("uq_orders_reference", "reference", unique=True),
    Index("ix_orders_sale_id", "sale_id"),
    Index("ix_orders_order_number", "order_number"),
    Index(
        "ix_orders_subscription_id",
        "subscription_id",
        sqlite_where=text("subscription_id IS NOT NULL"),
        postgresql_where=text("subscription_id IS NOT NULL"),
    ),
    Index(
        "ix_orders_disputed",
        "money",
        sqlite_where=text("money = 'disputed'"),
        postgresql_where=text("money = 'disputed'"),
    ),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("subscription_id", String(128), nullable=False, unique=True),
    Column("sale_id", ForeignKey("sales.id"), nullable=False),
    Column("order_number", String(128)),  # of the order that began it
    Column("status", String(16), nullable=False),
    Column("product_id", String(128)),
    Column("current_period_end", UtcDateTime),
    Column("trial_end", UtcDateTime),
    Column("ends_at", UtcDateTime),
    Column("cancelled_at", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # When the store is asked for it next; null once nothing more can come of it.
    Column("next_look_at", UtcDateTime),
    Column("amount", Integer),  # cents for each period
    Column("stopped_at", UtcDateTime),  # staff ended the access of a paused one
    Index("ix_subscriptions_sale_id", "sale_id"),
    Index("ix_subscriptions_order_number", "order_number"),
    Index(
        "ix_subscriptions_looks",
        "next_look_at",
        sqlite_where=text("next_look_at IS NOT NULL"),
        postgresql_where=text("next_look_at IS NOT NULL"),
    ),
)

# The inbox: every webhook whose signature was right, once, with what of it is read.
events = Table(
    "events",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("event_id", String(128), nullable=False),
    Column("type", String(64), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("order_number", String(128)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", UtcDateTime),  # null once it is applied
    Column("applied_at", UtcDateTime),
    Column("outcome", String(16)),
    Column("error", Text),
    Column("subscription_id", String(128)),
    UniqueConstraint("event_id", "type"),
    Index("ix_events_order_number", "order_number"),
    Index("ix_events_subscription_id", "subscription_id"),
    Index("ix_events_received_at", "received_at"),
    Index(
        "ix_events_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_events_given_up",
        "applied_at",
        sqlite_where=text("applied_at IS NULL AND due_at IS NULL"),
        postgresql_where=text("applied_at IS NULL AND due_at IS NULL"),
    ),
)

# Payments that claim to be ours and don't fit; staff decide.
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("reference", String(16), nullable=False, unique=True),
    Column("order_id", String(128), nullable=False, unique=True),
    Column("order_number", String(128)),
    Column("sale_id", ForeignKey("sales.id")),  # the sale it claims to pay, where there is one
    Column("guild_id", BigInteger),
    Column("member_id", BigInteger),  # whom it claims to be for
    Column("reasons", JSON, nullable=False),
    Column("observation", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("decision", String(16)),
    Column("decided_by", BigInteger),
    Column("decided_at", UtcDateTime),
    Index("ix_quarantine_order_number", "order_number"),
    Index(
        "ix_quarantine_open",
        "id",
        sqlite_where=text("decision IS NULL"),
        postgresql_where=text("decision IS NULL"),
    ),
    Index("ix_quarantine_sale_id", "sale_id"),
    Index("ix_quarantine_told_at", "told_at"),
)
