"""Due dates as people type them: `3d`, `2 weeks`, `2 Wochen`, `2027-03-01`, `1.3.2027`."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.invoices.refusals import due_date_impossible, due_date_past, due_date_too_far, due_date_unreadable

LATEST: Final = timedelta(days=366)
"""A year from now: what is due later is a typing error, or no invoice."""
_EXAMPLE: Final = timedelta(days=30)
"""From now to the date that is shown as an example."""
LONGEST_DUE_DATE: Final = 30
"""Characters."""
_DAY: Final = timedelta(days=1)
_REMINDED_BEFORE: Final = _DAY
_SHORTEST_NOTICE: Final = timedelta(hours=4)
"""Who has less time than this has just read the invoice itself."""

_SPAN: Final = re.compile(r"(?:(?:in|dans|en|em) )?(?P<count>[0-9]{1,4}) ?(?P<unit>[a-zí]+)")
_DATE: Final = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_DOTTED: Final = re.compile(r"(?P<day>[0-9]{1,2})\. ?(?P<month>[0-9]{1,2})\. ?(?P<year>[0-9]{4})")
"""Wherever dates are written with dots, the day comes first."""
_WORDS: Final = {
    timedelta(hours=1): "h hour hours std stunde stunden heure heures hora horas",
    _DAY: "d day days t tag tage tagen j jour jours día días dia dias",
    timedelta(weeks=1): "w wk week weeks woche wochen sem semaine semaines semana semanas",
}
"""What a span is counted in, in each language that the bot speaks: whoever types may use any of them."""
_UNITS: Final = {word: span for span, words in _WORDS.items() for word in words.split()}
_LAST_SECOND: Final = time(23, 59, 59, fold=1)
"""Of a day that clocks repeat, the later one counts."""


def parse_due_date(text: str, now: datetime, timezone: ZoneInfo) -> datetime:
    """When (UTC) it is due: a span from `now`, or the end of a day in `timezone`.

    Raises due_date_unreadable, due_date_impossible, due_date_past or due_date_too_far.
    """
    typed = " ".join(text.split())
    span = _SPAN.fullmatch(typed.lower())
    day = _DATE.fullmatch(typed) or _DOTTED.fullmatch(typed)
    example = (now + _EXAMPLE).astimezone(timezone).date()
    if span is not None and span["unit"] in _UNITS:
        due = now + int(span["count"]) * _UNITS[span["unit"]]
    elif day is not None:
        due = _end_of(day, typed, timezone, example)
    else:
        raise due_date_unreadable(typed, example)
    if due <= now:
        raise due_date_past(typed)
    if due > now + LATEST:
        raise due_date_too_far(typed)
    return due


def _end_of(written: re.Match[str], typed: str, timezone: ZoneInfo, example: date) -> datetime:
    try:
        day = date(int(written["year"]), int(written["month"]), int(written["day"]))
        return datetime.combine(day, _LAST_SECOND, timezone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise due_date_impossible(typed, example) from error


def reminder_before(due: datetime, sent: datetime) -> datetime | None:
    """When (UTC) to remind: a day before it is due, or later if there is little time; None if too little."""
    given = due - sent
    if given < _SHORTEST_NOTICE:
        return None
    return due - min(_REMINDED_BEFORE, given / 4)


def start_of_day(now: datetime, timezone: ZoneInfo) -> datetime:
    """When (UTC) the day of `now` began in `timezone`: what a daily cap counts from."""
    local = now.astimezone(timezone)
    return datetime.combine(local.date(), time(0), timezone).astimezone(UTC)
