"""How far back staff look: whole days of the shop's time zone, up to now."""

from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.texts import Text, text


class ReportPeriod(StrEnum):
    """The value is how many days, today among them; ALL has no beginning."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"
    ALL = "all"

    @property
    def label(self) -> Text:
        return _LABELS[self]

    def first_day(self, now: datetime, zone: tzinfo) -> date | None:
        """The first of its days; None for all that ever was."""
        if self is ReportPeriod.ALL:
            return None
        return now.astimezone(zone).date() - timedelta(days=int(self) - 1)

    def begins(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When (with the zone) it begins; None for all that ever was."""
        first = self.first_day(now, zone)
        return None if first is None else datetime.combine(first, time(), zone)


_LABELS = {
    ReportPeriod.WEEK: text("Last 7 days"),
    ReportPeriod.MONTH: text("Last 30 days"),
    ReportPeriod.QUARTER: text("Last 90 days"),
    ReportPeriod.YEAR: text("Last 365 days"),
    ReportPeriod.ALL: text("Everything"),
}
