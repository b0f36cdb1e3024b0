"""What workers wait for. Whoever writes a row that a worker has to look at marks the worker's queue."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum


class Queue(StrEnum):
    # Rows: marked in the transaction that writes them, and found at the start without any mark.
    JOBS = "jobs"
    """What members and the sales log are to see."""
    STAFF_NOTES = "staff notes"
    AUDIT_LINES = "audit lines"
    """What the staff's log channel is owed of the audit."""
    EVENTS = "events"
    """Webhooks that are to be applied."""
    SESSIONS_BEING_MADE = "sessions being made"
    """Due when the lease of whoever makes one runs out."""
    OPEN_SESSIONS = "open sessions"
    """Due when they expire."""
    SESSION_POLLS = "session polls"
    """Sessions whose orders the store is to be asked for."""
    SUBSCRIPTION_POLLS = "subscription polls"
    """Subscriptions that the store is to be asked for."""
    QUARANTINE = "quarantine"
    """Payments of no sale of ours that staff weren't told of."""
    LIVE_GRANTS = "live grants"
    """Due when they end."""
    END_REMINDERS = "reminders of ends"
    """Due some days before something ends."""
    BACKFILLS = "backfills"
    INVOICE_DATES = "invoice dates"
    """Reminders, due dates, and drafts that are forgotten."""
    # Kept in memory alone: each of these is looked at as a whole when the process starts.
    REFUNDS = "refunds"
    """Refunds and disputes that the store has told of, but not of which order."""
    UNKNOWN_SUBSCRIPTIONS = "unknown subscriptions"
    """Subscriptions that the store is to be asked for because a webhook named them."""
    MEMBERS = "members"
    """Servers in which somebody may have come back."""
    SERVERS = "servers"
    """Servers whose commands may have to change."""
    READERS = "readers"
    """In which language people use Discord, to be written down."""
    CATALOG = "catalog"
    """What the store sells was read, or couldn't be: what shows it may have to change."""
    STOREFRONTS = "storefronts"
    """Due when Discord no longer takes edits of them."""


Mark = Callable[[Queue, datetime | None], None]
"""Have whoever serves the queue look at it: now, or no later than that (UTC)."""


def nobody_waits(_queue: Queue, _due: datetime | None) -> None:
    """The mark of a process without workers: what is due is found by the next one that has some."""
