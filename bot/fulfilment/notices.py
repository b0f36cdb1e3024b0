"""What people of a sale are told by DM after the payment, and whom it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.checkout.states import SaleStatus
from bot.payments.models import PaymentEvent, SubscriptionRecord, SubscriptionStatus
from bot.texts import Template, Text, template, text


class NoticeKind(StrEnum):
    """What a message is about; its value stands in the key of the message's job."""

    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "returned"
    DISPUTE_WON = "won"
    DISPUTE_LOST = "lost"
    DISPUTE_PREVENTED = "prevented"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"
    ENDS_SOON = "ends_soon"
    """A timed role, in some days."""
    TRIAL_ENDS = "trial_ends"
    PERIOD_ENDS = "period_ends"
    """That of a cancelled subscription."""
    EARNED = "earned"
    """By a purchase from before its product earned that."""


OF_ORDERS: Final[Mapping[PaymentEvent, NoticeKind]] = {
    PaymentEvent.REFUNDED: NoticeKind.REFUNDED,
    PaymentEvent.DISPUTED: NoticeKind.DISPUTED,
    PaymentEvent.CHARGED_BACK: NoticeKind.CHARGED_BACK,
    PaymentEvent.DISPUTE_WON: NoticeKind.DISPUTE_WON,
    PaymentEvent.DISPUTE_LOST: NoticeKind.DISPUTE_LOST,
    PaymentEvent.DISPUTE_PREVENTED: NoticeKind.DISPUTE_PREVENTED,
}
"""Which of the events of an order its people, and staff, are told of."""


LABELS: Final[Mapping[NoticeKind, Text]] = {
    NoticeKind.REFUNDED: text("Refund notice"),
    NoticeKind.DISPUTED: text("Dispute notice"),
    NoticeKind.DISPUTE_WON: text("Dispute decision notice"),
    NoticeKind.DISPUTE_LOST: text("Dispute decision notice"),
    NoticeKind.CHARGED_BACK: text("Returned payment notice"),
    NoticeKind.DISPUTE_PREVENTED: text("Returned payment notice"),
    NoticeKind.PAST_DUE: text("Failed payment notice"),
    NoticeKind.CANCELLED: text("Cancellation notice"),
    NoticeKind.PAUSED: text("Pause notice"),
    NoticeKind.RESUMED: text("Resume notice"),
    NoticeKind.ENDED: text("End notice"),
    NoticeKind.ENDS_SOON: text("Reminder of the end"),
    NoticeKind.TRIAL_ENDS: text("Reminder of the trial's end"),
    NoticeKind.PERIOD_ENDS: text("Reminder of the subscription's end"),
    NoticeKind.EARNED: text("New benefit notice"),
}
"""How the sales log calls them."""


FOR_STAFF: Final[Mapping[NoticeKind, Template]] = {
    NoticeKind.REFUNDED: template("{sale} for {member} was refunded."),
    NoticeKind.DISPUTED: template(
        "{sale} for {member} is disputed by the payer. Respond in the store's dashboard."
    ),
    NoticeKind.DISPUTE_WON: template("{sale} for {member}: you won the dispute, so the payment stands."),
    NoticeKind.DISPUTE_LOST: template(
        "{sale} for {member}: you lost the dispute, and the payer has their money back."
    ),
    NoticeKind.CHARGED_BACK: template(
        "{sale} for {member} is disputed, or the card network returned the payment for "
        "good. The store's dashboard says which."
    ),
    NoticeKind.DISPUTE_PREVENTED: template(
        "{sale} for {member}: the card network returned the payment before there was a "
        "dispute. That's final and needs no response; the store may charge a fee."
    ),
}
"""What staff read of the events of orders."""
PART_REFUNDED: Final = template("One payment of {sale} for {member} was refunded. The rest stays paid.")
"""Instead, where another payment of the same sale stands."""


def is_in_part(kind: NoticeKind, status: SaleStatus) -> bool:
    """Whether the refund is of one payment, while another of the same sale stands; `status` is the sale's."""
    return kind is NoticeKind.REFUNDED and status is SaleStatus.PAID


ANSWERED_AT_THE_STORE: Final = frozenset({NoticeKind.DISPUTED, NoticeKind.CHARGED_BACK})
"""Staff get what they can answer with, beside the note."""


REMINDERS: Final = frozenset({NoticeKind.ENDS_SOON, NoticeKind.TRIAL_ENDS, NoticeKind.PERIOD_ENDS})
"""They tell of what is to come: one that isn't so any more isn't sent."""


class Audience(StrEnum):
    """Of a gift, each side hears its own part; who buys for themselves hears the payer's."""

    PAYER = "p"
    RECIPIENT = "r"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for one side; `row` is the order, subscription or grant that it is about.

    `at` (UTC) tells it from an earlier one of the same: what happens again is told again.
    """

    kind: NoticeKind
    audience: Audience
    row: int
    at: datetime | None = None

    @property
    def key(self) -> str:
        """The job's key, in at most 32 characters."""
        target = f"{self.audience}-{self.kind}:{self.row}"
        return target if self.at is None else f"{target}:{int(self.at.timestamp())}"


def notice_of(target: str) -> Notice:
    """The notice that a target stands for. Raises ValueError for one that this version doesn't know."""
    told, row, *rest = target.split(":")
    audience, kind = told.split("-", 1)
    at = datetime.fromtimestamp(int(rest[0]), UTC) if rest else None
    return Notice(NoticeKind(kind), Audience(audience), int(row), at)


def end_of(subscription: SubscriptionRecord | None) -> tuple[NoticeKind, datetime] | None:
    """What of it ends by itself, and when (UTC): its free trial, or what was paid before it was cancelled."""
    if subscription is None:
        return None
    if subscription.status is SubscriptionStatus.TRIALING:
        end = subscription.trial_end or subscription.current_period_end
        return None if end is None else (NoticeKind.TRIAL_ENDS, end)
    until = subscription.access_until
    return None if until is None else (NoticeKind.PERIOD_ENDS, until)
