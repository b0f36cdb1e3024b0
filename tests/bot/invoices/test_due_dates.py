"""Due dates as people type them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Mistyped
from bot.invoices.due_dates import LATEST, parse_due_date, reminder_before, start_of_day
from bot.texts import Language, Languages, text
from tests.harness.saying import kind_of

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
CHRISTMAS_EVE = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
INSTANTS = st.integers(946_684_800, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
# Some with odd hours, a date line, midnights that don't exist, and days that were left out.
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu",
    "Pacific/Apia", "Pacific/Kiritimati", "America/Havana",
    "Africa/Cairo", "Australia/Lord_Howe")]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "span"),
    [
        ("3d", timedelta(days=3)),
        ("3 d", timedelta(days=3)),
        ("3 days", timedelta(days=3)),
        ("1 day", timedelta(days=1)),
        ("in 3 days", timedelta(days=3)),
        ("2 weeks", timedelta(weeks=2)),
        ("2w", timedelta(weeks=2)),
        ("2  Weeks ", timedelta(weeks=2)),
        ("12h", timedelta(hours=12)),
        ("in 2 Wochen", timedelta(weeks=2)),
        ("3 Tage", timedelta(days=3)),
        ("12 Std", timedelta(hours=12)),
        ("dans 3 jours", timedelta(days=3)),
        ("2 semaines", timedelta(weeks=2)),
        ("en 3 días", timedelta(days=3)),
        ("3 DÍAS", timedelta(days=3)),
        ("2 semanas", timedelta(weeks=2)),
        ("em 3 dias", timedelta(days=3)),
        ("5 heures", timedelta(hours=5)),
        ("5 horas", timedelta(hours=5)),
    ],
)
def test_a_span_counts_from_now(typed: str, span: timedelta) -> None:
    assert parse_due_date(typed, NOW, BERLIN) == NOW + span


@pytest.mark.parametrize("language", Languages().all, ids=lambda each: each.locale)
def test_the_examples_of_every_language_are_due_dates(language: Language) -> None:
    hint = text("Such as 3 days, 2 weeks or YYYY-MM-DD").render(language, plain=True)

    spans = re.findall(r"[0-9]+ \w+", hint)
    [form] = re.findall(r"\w+[-.]MM[-.]\w+", hint)

    assert len(spans) == 2
    for typed in spans:
        assert parse_due_date(typed, NOW, BERLIN) > NOW
    year = re.sub(r"[YAJ]{4}", "2026", form)
    assert (
        parse_due_date(re.sub(r"\b[DJT]{2}\b", "24", year.replace("MM", "12")), NOW, BERLIN) == CHRISTMAS_EVE
    )


def test_a_day_ends_at_its_end_in_the_shops_time_zone() -> None:
    assert parse_due_date("2026-12-24", NOW, BERLIN) == CHRISTMAS_EVE


@pytest.mark.parametrize("typed", ["24.12.2026", "24. 12. 2026", " 24.12. 2026"])
def test_with_dots_the_day_comes_first(typed: str) -> None:
    assert parse_due_date(typed, NOW, BERLIN) == CHRISTMAS_EVE


@given(day=st.dates(date(2026, 12, 1), date(2027, 11, 30)), zone=st.sampled_from(ZONES))
def test_a_day_is_the_same_however_it_is_written(day: date, zone: ZoneInfo) -> None:
    due = parse_due_date(day.isoformat(), NOW - timedelta(days=1), zone)
    for typed in (f"{day.day}.{day.month}.{day.year}", day.strftime("%d.%m.%Y")):
        assert parse_due_date(typed, NOW - timedelta(days=1), zone) == due


@given(now=INSTANTS, zone=st.sampled_from(ZONES), typed=st.sampled_from(["soon", "31.2.2027"]))
def test_the_example_in_a_refusal_is_a_date_that_would_do(now: datetime, zone: ZoneInfo, typed: str) -> None:
    with pytest.raises(Mistyped) as caught:
        parse_due_date(typed, now, zone)

    [example] = re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(caught.value))
    assert parse_due_date(example, now, zone) > now


def test_today_is_not_over_yet() -> None:
    assert parse_due_date("2026-12-01", NOW, BERLIN) > NOW


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("2026-11-30", "due_date_past"),
        ("0d", "due_date_past"),
        ("1999-01-01", "due_date_past"),
        ("2026-02-30", "due_date_impossible"),
        ("2026-13-01", "due_date_impossible"),
        ("0000-01-01", "due_date_impossible"),
        ("9999-12-31", "due_date_too_far"),
        ("367d", "due_date_too_far"),
        ("53 weeks", "due_date_too_far"),
        ("30.11.2026", "due_date_past"),
        ("31.02.2027", "due_date_impossible"),
        ("24.13.2026", "due_date_impossible"),
        ("0.12.2026", "due_date_impossible"),
        ("24.12.2028", "due_date_too_far"),
        ("24.12.", "due_date_unreadable"),
        ("24.12.26", "due_date_unreadable"),
        ("2026.12.24", "due_date_unreadable"),
        ("12/24/2026", "due_date_unreadable"),
        ("soon", "due_date_unreadable"),
        ("3", "due_date_unreadable"),
        ("-3d", "due_date_unreadable"),
        ("3 dinosaurs", "due_date_unreadable"),
        ("3.5d", "due_date_unreadable"),
        ("٣d", "due_date_unreadable"),
        ("99999d", "due_date_unreadable"),
        ("", "due_date_unreadable"),
    ],
)
def test_what_is_no_due_date_is_refused_with_its_reason(typed: str, reason: str) -> None:
    with pytest.raises(Mistyped) as caught:
        parse_due_date(typed, NOW, BERLIN)

    assert kind_of(caught.value) == reason


@given(
    now=INSTANTS,
    days=st.integers(0, 364),
    zone=st.sampled_from(ZONES),
)
def test_a_written_day_is_due_on_that_day_and_not_before_its_last_second(
    now: datetime, days: int, zone: ZoneInfo
) -> None:
    day = now.astimezone(zone).date() + timedelta(days=days)
    due = parse_due_date(day.isoformat(), now, zone) if now.astimezone(zone).time().hour < 23 else None
    if due is None:
        return
    # Samoa left out a day: it has no end of its own.
    assert due.astimezone(zone).date() in (day, day + timedelta(days=1))
    assert now < due <= now + LATEST
    assert (due + timedelta(seconds=2)).astimezone(zone).date() > day


@given(
    typed=st.text(max_size=15)
    | st.from_regex(r"\d{1,4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.\d{1,4}|\d{1,4} ?[dwh]", fullmatch=True)
)
def test_whatever_is_typed_is_within_a_year_or_refused(typed: str) -> None:
    try:
        due = parse_due_date(typed, NOW, BERLIN)
    except Mistyped:
        return
    assert NOW < due <= NOW + LATEST


@given(hours=st.integers(1, 9000))
def test_a_reminder_comes_between_sending_and_due_date_at_most_a_day_before(hours: int) -> None:
    due = NOW + timedelta(hours=hours)
    remind = reminder_before(due, NOW)
    if hours < 4:
        assert remind is None
    else:
        assert remind is not None
        assert NOW < remind < due
        assert due - remind <= timedelta(days=1)


@given(
    now=INSTANTS,
    zone=st.sampled_from(ZONES),
)
def test_the_day_of_a_cap_began_at_most_some_25_hours_ago(now: datetime, zone: ZoneInfo) -> None:
    assert timedelta(0) <= now - start_of_day(now, zone) <= timedelta(hours=25)


def test_the_zones_are_known_here() -> None:
    assert {zone.key for zone in ZONES} <= available_timezones()
