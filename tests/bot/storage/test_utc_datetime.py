"""`UtcDateTime`: an instant goes in with any time zone and comes out as the same instant, in UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from bot.storage.types import UtcDateTime

instants = Table("instants", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))

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


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        instants.metadata.create_all(connection)
        yield connection
    engine.dispose()


def kept(connection: Connection, value: datetime | None) -> datetime | None:
    statement = insert(instants).values(at=value).returning(instants.c.at)
    found: datetime | None = connection.execute(statement).scalar_one()
    return found


@given(AWARE)
@example(CLOCKS_GO_BACK)
@example(CLOCKS_GO_BACK.replace(fold=1))
@example(datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN))  # the half past two that is left out
def test_an_instant_is_kept_whatever_its_zone(connection: Connection, instant: datetime) -> None:
    found = kept(connection, instant)
    assert found == instant.astimezone(UTC)
    assert found is not None
    assert found.tzinfo is UTC
    assert found.timestamp() == instant.timestamp()


def test_the_hour_that_comes_twice_is_two_instants(connection: Connection) -> None:
    first = kept(connection, CLOCKS_GO_BACK)
    second = kept(connection, CLOCKS_GO_BACK.replace(fold=1))
    assert first is not None
    assert second is not None
    assert second - first == timedelta(hours=1)


@given(AWARE, AWARE)
def test_the_database_compares_instants_and_not_texts(
    connection: Connection, earlier: datetime, later: datetime
) -> None:
    earlier, later = sorted([earlier.astimezone(UTC), later.astimezone(UTC)])
    key = connection.execute(insert(instants).values(at=earlier).returning(instants.c.id)).scalar_one()
    found = select(instants.c.id).where(instants.c.id == key, instants.c.at <= later)
    assert connection.execute(found).scalar_one() == key
    found = select(instants.c.id).where(instants.c.id == key, instants.c.at > later)
    assert connection.execute(found).first() is None


@pytest.mark.parametrize(
    "naive",
    [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=Elsewhere())],  # noqa: DTZ001 -- it is refused
)
def test_a_datetime_that_means_no_instant_is_refused(connection: Connection, naive: datetime) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        kept(connection, naive)


def test_nothing_stays_nothing(connection: Connection) -> None:
    assert kept(connection, None) is None
