"""Links that have ended are settled in bulk, and their messages follow through the queue."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.checkout import service
from bot.checkout.states import SaleStatus
from bot.jobs.handlers import Handler
from bot.jobs.models import Job, JobKind, Lane, LiveMessage, Outcome, Result
from bot.jobs.queue import JobQueue
from tests.bot.checkout.conftest import Rows
from tests.harness.clock import START, Clock
from tests.harness.counter import Counter
from tests.harness.database import run, run_many
from tests.harness.instants import milliseconds

MANY = 1_200


def add_open_links(file: Path, count: int, *, ends_after: timedelta) -> None:
    """So many open links of different people, each with its message."""
    start, ends = milliseconds(START), milliseconds(START + ends_after)
    [found] = run(file, "SELECT coalesce(max(id), 0) + 1 AS first FROM sales")
    numbers = range(found["first"], found["first"] + count)
    run_many(
        file,
        "INSERT INTO sales (id, reference, kind, guild_id, channel_id, buyer_id, recipient_id, lines,"
        " fingerprint, currency, status, created_at)"
        " VALUES (?, ?, 'purchase', 21, 31, ?, ?, '[]', 'x', 'USD', 'open', ?)",
        [(number, f"sale{number:06}", number, number, start) for number in numbers],
    )
    run_many(
        file,
        "INSERT INTO sessions (sale_id, session_id, url, amount, state, created_at, expires_at)"
        " VALUES (?, ?, 'https://pandabase.io/c/x', 100, 'open', ?, ?)",
        [(number, f"cs_{number}", start, ends) for number in numbers],
    )
    run_many(
        file,
        "INSERT INTO messages (sale_id, channel_id, message_id, shows, created_at)"
        " VALUES (?, ?, ?, 'open', ?)",
        [(number, number, number, start) for number in numbers],
    )


async def test_when_nothing_is_overdue_it_says_when_something_will_be(
    counter: Counter, file: Path, rows: Rows
) -> None:
    add_open_links(file, 1, ends_after=timedelta(hours=3))
    add_open_links(file, 1, ends_after=timedelta(hours=2))

    assert await counter.sales.settle_overdue() == START + timedelta(hours=2)

    assert rows("SELECT DISTINCT status FROM sales") == [{"status": "open"}]
    assert rows("SELECT * FROM jobs WHERE lane = 'people'") == []


async def test_without_any_open_link_there_is_nothing_to_wait_for(counter: Counter) -> None:
    assert await counter.sales.settle_overdue() is None


async def test_a_link_ends_at_its_very_second_and_the_others_stay(
    counter: Counter, file: Path, clock: Clock, rows: Rows
) -> None:
    add_open_links(file, 1, ends_after=timedelta(hours=2))
    add_open_links(file, 1, ends_after=timedelta(hours=2, seconds=1))
    clock.pass_time(hours=2)

    assert await counter.sales.settle_overdue() == START + timedelta(hours=2, seconds=1)

    assert [row["status"] for row in rows("SELECT status FROM sales ORDER BY id")] == ["expired", "open"]
    [delivery] = rows("SELECT * FROM jobs WHERE lane = 'people'")
    assert (delivery["sale_id"], delivery["kind"]) == (1, JobKind.MESSAGE)
    assert delivery["next_attempt_at"] == milliseconds("2026-01-01 02:00:00")


async def test_many_are_settled_a_few_hundred_at_a_time(
    counter: Counter, file: Path, clock: Clock, rows: Rows
) -> None:
    add_open_links(file, MANY, ends_after=timedelta(hours=6))
    clock.pass_time(hours=7)
    rounds = 0

    while await counter.sales.settle_overdue() is not None:
        rounds += 1
        left = rows("SELECT count(*) AS number FROM sessions WHERE state = 'open'")[0]["number"]
        # A purchase that comes meanwhile waits for one of these transactions, not for all of them.
        assert left == max(0, MANY - rounds * service._SETTLED_AT_ONCE)

    assert rounds == MANY // service._SETTLED_AT_ONCE
    assert rows("SELECT DISTINCT state FROM sessions") == [{"state": "expired"}]
    assert rows("SELECT DISTINCT status FROM sales") == [{"status": "expired"}]
    assert rows("SELECT count(*) AS number FROM jobs WHERE kind = 'message'") == [{"number": MANY}]


async def test_every_message_follows_once(counter: Counter, file: Path, clock: Clock, rows: Rows) -> None:
    add_open_links(file, 120, ends_after=timedelta(hours=6))
    clock.pass_time(hours=6)
    await counter.sales.settle_overdue()
    followed: list[int] = []

    async def follow(delivery: Job) -> Result:
        followed.append(delivery.sale_id)
        return Result(Outcome.UPDATED, LiveMessage(delivery.sale_id, delivery.sale_id, SaleStatus.EXPIRED))

    queue = JobQueue(counter.database, {JobKind.MESSAGE: Handler(follow)}, clock)
    while (due := await queue.work(Lane.PEOPLE)) is not None:
        assert due <= clock.now

    assert sorted(followed) == list(range(1, 121))
    assert rows("SELECT DISTINCT shows FROM messages") == [{"shows": "expired"}]
    assert rows("SELECT DISTINCT outcome, next_attempt_at FROM jobs WHERE lane = 'people'") == [
        {"outcome": "updated", "next_attempt_at": None}
    ]


async def test_a_sale_whose_message_nobody_has_is_settled_without_one(
    counter: Counter, clock: Clock, rows: Rows
) -> None:
    await counter.buy()
    clock.pass_time(hours=6)

    await counter.sales.settle_overdue()

    assert rows("SELECT status FROM sales") == [{"status": "expired"}]
    assert rows("SELECT * FROM jobs WHERE kind = 'message'") == []


@pytest.mark.parametrize("state", ["paid", "withdrawn", "superseded", "failed"])
async def test_what_isnt_open_any_more_doesnt_expire(
    counter: Counter, file: Path, clock: Clock, rows: Rows, state: str
) -> None:
    add_open_links(file, 1, ends_after=timedelta(hours=6))
    rows("UPDATE sessions SET state = ?", state)
    clock.pass_time(hours=7)

    assert await counter.sales.settle_overdue() is None

    assert rows("SELECT state FROM sessions") == [{"state": state}]
