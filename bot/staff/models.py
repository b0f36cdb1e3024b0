"""What is written down of every action, and read by staff."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.texts import Text


class AuditAction(StrEnum):
    DRAFTED = "drafted"
    DISCARDED = "discarded"
    SUBMITTED = "submitted"
    """It waits for a second staff member."""
    APPROVED = "approved"
    REFUSED = "refused"
    SENT = "sent"
    NOT_SENT = "not_sent"
    """The store would not make its first payment link, so it went back to where it was."""
    UNDELIVERED = "undelivered"
    """The member takes no direct messages."""
    DELAYED = "delayed"
    """Discord did not take the message; it is tried again."""
    DELIVERED = "delivered"
    """It reached the member after all."""
    NOTICE = "notice"
    """A public notice was posted."""
    RESENT = "resent"
    LINK = "link"
    """The member asked for a fresh payment link."""
    NO_LINK = "no_link"
    """The store would not make the link that the member asked for."""
    DECLINED = "declined"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"
    REMINDED = "reminded"
    NOT_REMINDED = "not_reminded"
    """The member takes no direct messages."""
    PAID = "paid"
    OVERPAID = "overpaid"
    """A second session of it was paid too."""
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    LOST = "lost"
    """The payer's bank gave an invoice's money back for good."""
    SETTINGS = "settings"
    GIVEN = "given"
    """A product was given to a member, for free."""
    ACCESS = "access"
    """Who may buy a product was changed."""
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    SHOP_CLOSED = "shop_closed"
    SHOP_OPENED = "shop_opened"
    BENEFIT_ADDED = "benefit_added"
    """A product earns a role from now on, or by other terms."""
    BENEFIT_REMOVED = "benefit_removed"
    PAST_BUYERS = "past_buyers"
    """A benefit is given to those who paid before it was there."""
    PAYMENT_ACCEPTED = "payment_accepted"
    """A payment that didn't fit counts, and for whom."""
    PAYMENT_DISMISSED = "payment_dismissed"
    ROLE_SOLD = "role_sold"
    """A role with power over others was put up for sale."""
    STATISTICS = "statistics"
    EXPORTED = "exported"
    """What was sold, invoiced or done here was taken away as a file."""
    SET_UP = "set_up"
    """Something of the checklist was mended."""
    PANEL_POSTED = "panel_posted"
    PANEL_REMOVED = "panel_removed"
    ANNOUNCED = "announced"
    COUPON_ASKED = "coupon_asked"
    """The store was asked for a coupon."""
    COUPON_DISABLED = "coupon_disabled"
    # What staff do with a sale: `sale` and `member` are in the details.
    DELIVERED_AGAIN = "delivered_again"
    DAYS_ADDED = "days_added"
    REFUND_ASKED = "refund_asked"
    SALE_MOVED = "sale_moved"
    RETRIED = "retried"
    """What was given up is tried again."""
    PAUSE_ENDED = "pause_ended"
    """What a paused subscription gave was taken away."""
    CLAIMED = "claimed"
    """A member showed that they bought it on the store's website."""
    ASSIGNED = "assigned"
    """Staff said whose it is."""
    SUBSCRIPTION_CANCEL_ASKED = "subscription_cancel_asked"
    """Its payer had the store asked to end it with its period; the next is the same."""
    SUBSCRIPTION_RESUME_ASKED = "subscription_resume_asked"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action. `actor_id` is None for the bot itself; `details` is JSON."""

    guild_id: int
    action: AuditAction
    actor_id: int | None = None
    invoice_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    id: int | None = None


NOT_POSTED: Final = frozenset(
    {AuditAction.DRAFTED, AuditAction.DISCARDED, AuditAction.STATISTICS, AuditAction.ROLE_SOLD}
)
"""A draft is its issuer's own, and a look at figures changes nothing: nobody else has to read of it.

That a role with power is sold is told by a note, with a log channel or without.
"""
OFFERS: Final = frozenset({AuditAction.SUBMITTED, AuditAction.UNDELIVERED, AuditAction.NOT_REMINDED})
"""Their lines in the staff's log channel have buttons, which go once there is nothing left to decide."""


@dataclass(frozen=True, slots=True)
class NoteButton:
    label: Text
    custom_id: str


@dataclass(frozen=True, slots=True)
class StaffNote:
    """Something that staff should know. The same `key` is told once in a server, until it is told anew.

    `since` is from when on (UTC) it has been so, where that is told later.
    """

    guild_id: int
    key: str
    text: Text
    buttons: tuple[NoteButton, ...] = ()
    since: datetime | None = None
