"""When timed grants of the same thing begin and end: one after the other, whatever becomes of the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class TimedGrant:
    """A timed grant among those that one member has of one product, variant and role.

    `counts` says that its payment stands, or that it is kept whatever becomes of it.
    """

    id: int
    earned_at: datetime
    days: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when (UTC)."""

    begins_at: datetime
    ends_at: datetime


def lay_out(grants: Iterable[TimedGrant]) -> dict[int, Period]:
    """The periods of those that count, by id: each as soon as it was earned, or where the one before ends.

    What was refunded takes no time, as if it had never been bought, so that all in all nobody has more days
    than were paid for. What is disputed takes none meanwhile, and its old place again once that is won.
    """
    periods: dict[int, Period] = {}
    free_from: datetime | None = None
    for grant in sorted(grants, key=lambda grant: (grant.earned_at, grant.id)):
        if not grant.counts:
            continue
        begins_at = grant.earned_at if free_from is None else max(grant.earned_at, free_from)
        free_from = begins_at + timedelta(days=grant.days)
        periods[grant.id] = Period(begins_at, free_from)
    return periods
