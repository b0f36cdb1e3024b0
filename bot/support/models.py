"""Problems that members have with a purchase."""

from dataclasses import dataclass
from datetime import datetime

from bot.checkout.models import Sale


@dataclass(frozen=True, slots=True)
class SupportCase:
    """One of them. `channel_id` is None where the bot may open no thread: staff have a note instead.

    `thread_id` is None until the thread is there. Times are UTC.
    """

    id: int
    reference: str
    sale_id: int
    guild_id: int
    member_id: int
    channel_id: int | None
    thread_id: int | None
    opened_at: datetime
    closed_at: datetime | None
    closed_by: int | None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


@dataclass(frozen=True, slots=True)
class Place:
    """A channel for a thread; with `channel_id` None, there is none that the bot and the member may use."""

    channel_id: int | None


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of pressing the button: the case, and its sale."""

    case: SupportCase
    sale: Sale
