"""An instant goes into the database with any time zone and comes out as the same instant, in UTC."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.storage.values import instant, instant_or_none, stored

ZONES = st.one_of(
    st.timezones(),
    st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone),
)
# A day from either end of time, every zone can still be turned into UTC.
AWARE = st.datetimes(
    datetime.min + timedelta(days=2),  # noqa: DTZ901 -- hypothesis wants bounds without a zone
    datetime.max - timedelta(days=2),  # noqa: DTZ901 -- the same
    timezones=ZONES,
)
BERLIN = ZoneInfo("Europe/Berlin")
CLOCKS_GO_BACK = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
"""Half past two comes twice that night; `fold` says which."""


class Elsewhere(tzinfo):
    """A zone that doesn't know how far it is from UTC: as naive as none."""

    def utcoffset(self, _when: datetime | None) -> timedelta | None:
        return None


@given(AWARE)
@example(CLOCKS_GO_BACK)
@example(CLOCKS_GO_BACK.replace(fold=1))
@example(datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN))  # the half past two that is left out
@example(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
def test_an_instant_is_kept_to_the_millisecond_whatever_its_zone(moment: datetime) -> None:
    kept = stored(moment)
    assert isinstance(kept, int)
    found = instant(kept)
    utc = moment.astimezone(UTC)
    assert found == utc.replace(microsecond=utc.microsecond // 1000 * 1000)
    assert found.tzinfo is UTC


def test_the_hour_that_comes_twice_is_two_instants() -> None:
    assert stored(CLOCKS_GO_BACK.replace(fold=1)) - stored(CLOCKS_GO_BACK) == 3_600_000


@given(AWARE, AWARE)
def test_what_is_kept_is_ordered_as_the_instants_are(one: datetime, other: datetime) -> None:
    earlier, later = sorted([one.astimezone(UTC), other.astimezone(UTC)])
    assert stored(earlier) <= stored(later)
    assert stored(later) < stored(later + timedelta(milliseconds=1))


@pytest.mark.parametrize(
    "naive",
    [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=Elsewhere())],  # noqa: DTZ001 -- it is refused
)
def test_a_datetime_that_means_no_instant_is_refused(naive: datetime) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        stored(naive)


def test_nothing_stays_nothing() -> None:
    assert stored(None) is None
    assert instant_or_none(None) is None
