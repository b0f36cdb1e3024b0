"""How jobs end. `at` is when that was recorded (UTC)."""

from dataclasses import dataclass
from datetime import datetime

from bot.jobs.models import Job, Result
from bot.storage.events import Event


@dataclass(frozen=True, slots=True)
class JobAttempted(Event):
    """An attempt came to a result, which may be that it is tried again.

    `sale_status` is that of its sale, where it was read in passing.
    """

    job: Job
    result: Result
    at: datetime
    sale_status: str | None = None


@dataclass(frozen=True, slots=True)
class JobGivenUp(Event):
    """The last attempt failed by that error, or nobody knows how it ended (StaysUnknown)."""

    job: Job
    error: Exception
    at: datetime
