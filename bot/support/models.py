"""Problems that members have with a purchase."""

from dataclasses import dataclass
from datetime import datetime


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
