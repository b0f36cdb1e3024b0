"""What people of a sale are told by DM after the payment, and whom it concerns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState, SaleStatus, is_lost
from bot.jobs.models import JobKind, Outcome, PlannedStep

PAYERS: Final = ":payer"
"""Ends the target of the receipt that is for a gift's payer."""


class NoticeKind(StrEnum):
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
    EARNED = "earned"
    """By a purchase from before its product earned that."""


class Audience(StrEnum):
    """Of a gift, each side hears its own part; who buys for themselves hears the payer's."""

    PAYER = "p"
    RECIPIENT = "r"


@dataclass(frozen=True, slots=True)
class Notice:
    """A story for one side; `row` is the order, subscription or grant that it is about.

    `at` (UTC) tells it from an earlier one of the same: what happens again is told again.
    """

    story: NoticeKind
    audience: Audience
    row: int
    at: datetime | None = None

    @property
    def target(self) -> str:
        """What tells it from others in the outbox, in at most 32 characters."""
        target = f"{self.audience}-{self.story}:{self.row}"
        return target if self.at is None else f"{target}:{int(self.at.timestamp())}"


def notice_of(target: str) -> Notice:
    """The notice that a target stands for. Raises ValueError for one that this version doesn't know."""
    told, row = target.split(":")[:2]
    audience, story = told.split("-", 1)
    return Notice(NoticeKind(story), Audience(audience), int(row))


def reader_of(step: JobKind, target: str, buyer_id: int, recipient_id: int) -> int:
    """Whom a message about a sale is for; of a gift, each side has messages of its own."""
    match step:
        case JobKind.RECEIPT:
            for_payer = target.endswith(PAYERS)
        case JobKind.NOTICE:
            for_payer = target.startswith(f"{Audience.PAYER}-")
        case _:
            for_payer = True
    return buyer_id if for_payer else recipient_id


def is_known(step: PlannedStep) -> bool:
    """Whether this version can say what the message says."""
    if step.step is not JobKind.NOTICE:
        return True
    try:
        notice_of(step.target)
    except ValueError:
        return False
    return True


# --- how far a sale has come, as its messages show it -------------------------------------------------


DELIVERED: Final = "delivered"
LOST: Final = "lost"
"""The payer has the money back for good: nothing is in dispute any more, or ever was."""
_ROLE_IS_THERE: Final = frozenset({Outcome.GIVEN, Outcome.TAKEN, Outcome.KEPT, Outcome.GONE})
_RECEIPT_WAS_SEEN: Final = frozenset({Outcome.DIRECT_MESSAGE, Outcome.COLLECTED})


def progress_of(sale: Sale, steps: Sequence[PlannedStep], money: Iterable[MoneyState]) -> str:
    """The sale's status, or more: that its `money` is lost, or who gets it has all that was paid for.

    The latter is said only where there is something to give: nobody tells the bot what people do.
    """
    if sale.status is SaleStatus.DISPUTED and is_lost(money):
        return LOST
    if sale.status is not SaleStatus.PAID or sale.basket.charge is not None:
        return sale.status
    roles = [step for step in steps if step.step is JobKind.ROLE]
    contents = [step for step in steps if step.step is JobKind.KEYS]
    if not roles and not contents:
        return sale.status
    given = all(step.done_at is not None and step.outcome in _ROLE_IS_THERE for step in roles)
    within_reach = all(_is_within_reach(step, steps) for step in contents)
    return DELIVERED if given and within_reach else sale.status


def shown_by_message(sale: Sale, steps: Sequence[PlannedStep], money: Iterable[MoneyState]) -> str:
    """What the sale's live message shows: how far it has come.

    An invoice's shows the status alone: its card has the rest in words of its own.
    """
    return sale.status if sale.basket.charge is not None else progress_of(sale, steps, money)


def _is_within_reach(content: PlannedStep, steps: Sequence[PlannedStep]) -> bool:
    """Whether keys were opened, or their button has reached the one who may open them."""
    return content.outcome is Outcome.REVEALED or any(
        step.step is JobKind.RECEIPT and step.target == content.target and step.outcome in _RECEIPT_WAS_SEEN
        for step in steps
    )
