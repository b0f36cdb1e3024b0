"""What happens to payment links. `at` is when it was recorded (UTC)."""

from dataclasses import dataclass
from datetime import datetime

from bot.checkout.models import Sale
from bot.storage.events import Event


@dataclass(frozen=True, slots=True)
class LinkOpened(Event):
    """The store made a session, `session_id` (`cs_…`): from now on it can be paid.

    `was_told` says that the store's webhooks may have told of it before.
    """

    sale: Sale
    session_id: str
    at: datetime
    was_told: bool


@dataclass(frozen=True, slots=True)
class LinkExpired(Event):
    """Nobody has paid in time. Many sales expire in one transaction."""

    sale_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class GiftNoteWritten(Event):
    """Its buyer wrote, changed or took back what the one who gets the gift will read."""

    sale: Sale
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkWithdrawn(Event):
    """Its buyer gave it up; the store's page stays payable until it expires."""

    sale: Sale
    at: datetime
