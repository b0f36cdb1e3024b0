"""Statements in plain SQL: values by name, rows by column, on the file as the migrations build it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.storage.engine import open_database
from bot.storage.transaction import UnitOfWork
from bot.storage.values import document, instant, instant_or_none, read_document
from tests.harness.files import address
from tests.harness.trips import trips_counted

ADD = """
    INSERT INTO unconfirmed_purchases (reference, buyer_id, guild_id, channel_id, gift_to, lines, asked_at)
    VALUES (:reference, :buyer_id, 1, 2, :gift_to, :lines, :asked_at)
"""
NOON = datetime(2026, 7, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[UnitOfWork]:
    async with open_database(address(tmp_path / "bamboo.db")) as database:
        unit = UnitOfWork(database)
        async with unit.write() as tx:
            await tx.execute_many(
                ADD,
                [
                    {
                        "reference": f"purchase{number}",
                        "buyer_id": number,
                        "gift_to": None,
                        "lines": document([{"title": "a:b", "quantity": number}]),
                        "asked_at": NOON.astimezone(timezone(timedelta(hours=-7))),
                    }
                    for number in range(3)
                ],
            )
        yield unit


async def test_what_is_written_comes_back(work: UnitOfWork) -> None:
    async with work.read() as tx:
        row = await tx.row("SELECT * FROM unconfirmed_purchases WHERE buyer_id = :buyer_id", buyer_id=2)
    assert row is not None
    assert (row["reference"], row["guild_id"], row["gift_to"]) == ("purchase2", 1, None)
    assert read_document(row["lines"]) == [{"title": "a:b", "quantity": 2}]
    assert instant(row["asked_at"]) == NOON
    assert instant(row["asked_at"]).tzinfo is UTC
    assert instant_or_none(row["gift_to"]) is None


async def test_a_list_stands_for_each_of_its_values(work: UnitOfWork) -> None:
    some = "SELECT buyer_id FROM unconfirmed_purchases WHERE buyer_id IN (:buyers) ORDER BY buyer_id"
    async with work.read() as tx:
        assert [row["buyer_id"] for row in await tx.rows(some, buyers=[0, 2, 9])] == [0, 2]
        assert [row["buyer_id"] for row in await tx.rows(some, buyers=(1,))] == [1]
        assert await tx.rows(some, buyers=[]) == []


async def test_what_is_asked_together_is_one_trip_and_may_bring_the_commit(work: UnitOfWork) -> None:
    take = "DELETE FROM unconfirmed_purchases WHERE buyer_id IN (:buyers) RETURNING buyer_id"
    count = "SELECT count(*) FROM unconfirmed_purchases"
    with trips_counted() as trips:
        async with work.write() as tx:
            taken, [left] = await tx.rows_of_each(take, count, buyers=[0, 2], ends=True)
    assert sorted(row["buyer_id"] for row in taken) == [0, 2]
    assert left[0] == 1
    assert trips.transactions == len(trips.made) == 1
    with pytest.raises(sqlite3.ProgrammingError):  # noqa: PT012
        async with work.write() as tx:
            await tx.rows_of_each(take, count, buyers=[1], ends=True)
            await tx.rows(count)
    async with work.read() as tx:
        assert [[row[0]] for [row] in await tx.rows_of_each(count, count)] == [[0], [0]]


async def test_instants_are_found_by_comparing(work: UnitOfWork) -> None:
    before = "SELECT count(*) FROM unconfirmed_purchases WHERE asked_at < :then"
    async with work.read() as tx:
        assert await tx.value(before, then=NOON) == 0
        assert await tx.value(before, then=NOON + timedelta(milliseconds=1)) == 3


async def test_what_changes_rows_tells_of_them(work: UnitOfWork) -> None:
    take = "DELETE FROM unconfirmed_purchases WHERE reference = :reference RETURNING buyer_id"
    async with work.write() as tx:
        assert await tx.value(take, reference="purchase1") == 1
        assert await tx.value(take, reference="purchase1") is None
        assert await tx.row(take, reference="purchase1") is None


async def test_an_instant_without_a_zone_is_refused(work: UnitOfWork) -> None:
    async with work.read() as tx:
        with pytest.raises(ValueError, match="no time zone"):
            await tx.value("SELECT :then", then=NOON.replace(tzinfo=None))


async def test_what_returns_nothing_goes_in_one_trip_with_what_comes_next(work: UnitOfWork) -> None:
    forget = "DELETE FROM unconfirmed_purchases WHERE reference = :reference"
    with trips_counted() as trips:
        async with work.write() as tx:
            await tx.execute(forget, reference="purchase0")
            assert (
                await tx.value("SELECT count(*) FROM unconfirmed_purchases") == 2
            )  # it has happened by then
            await tx.execute(forget, reference="purchase1")
            await tx.execute(forget, reference="purchase2")
    assert len(trips.made) == 2
    async with work.look() as tx:
        assert await tx.value("SELECT count(*) FROM unconfirmed_purchases") == 0


async def test_of_what_fails_before_the_commit_nothing_is_written(work: UnitOfWork) -> None:
    twice = {"reference": "purchase1", "buyer_id": 7, "gift_to": None, "lines": "[]", "asked_at": NOON}

    async def write() -> None:
        async with work.write() as tx:
            await tx.execute("DELETE FROM unconfirmed_purchases WHERE reference = 'purchase0'")
            await tx.execute(ADD, **twice)

    with pytest.raises(sqlite3.IntegrityError):
        await write()
    async with work.look() as tx:
        assert await tx.value("SELECT count(*) FROM unconfirmed_purchases") == 3
    async with work.write() as tx:  # and the next transaction has nothing of it
        await tx.execute("DELETE FROM unconfirmed_purchases WHERE reference = 'purchase2'")
    async with work.look() as tx:
        assert await tx.value("SELECT count(*) FROM unconfirmed_purchases") == 2


async def test_who_writes_holds_the_lock_from_the_first_line(work: UnitOfWork, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "bamboo.db", timeout=0, isolation_level=None)) as other:
        async with work.write() as tx:
            await tx.value("SELECT 1")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
