"""What has to reach Discord is carried out once, tried again when it fails, and never forgotten."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.jobs.handlers import Handler
from bot.jobs.link_repository import LinkRepository
from bot.jobs.models import (
    ATTEMPT,
    LEASE,
    RETRY_AFTER,
    Job,
    JobKind,
    Lane,
    LiveMessage,
    Outcome,
    Reply,
    Result,
)
from bot.jobs.repository import JobRepository
from tests.harness.clock import START, Clock
from tests.harness.instants import milliseconds
from tests.harness.queues import Hangs, Process, add_sales, open_process, run

pytestmark = pytest.mark.postgres

REPLY = Reply(application_id=1, token="a-token", message_id=2, until=START + timedelta(minutes=15))


async def refresh(process: Process, *sale_ids: int) -> None:
    async with process.database.write() as tx:
        await JobRepository(tx).refresh_messages(sale_ids, process.queue._clock())


async def start_link(process: Process, *, lease: timedelta = timedelta(0), attempts: int = 0) -> Job:
    async with process.database.write() as tx:
        await LinkRepository(tx).plan(1, 1, REPLY, process.queue._clock())
        return await LinkRepository(tx).start(1, lease=process.queue._clock() + lease, attempts=attempts)


# --- once ---------------------------------------------------------------------------------------------


async def test_with_nothing_to_do_there_is_nothing_to_wait_for(process: Process) -> None:
    assert await process.work() is None


async def test_what_is_due_is_carried_out_once(process: Process, file: Path) -> None:
    add_sales(file, 3)
    await refresh(process, 1, 2, 3)

    assert await process.work() is None

    assert sorted(delivery.sale_id for delivery in process.carrier.carried) == [1, 2, 3]
    assert await process.work() is None
    assert len(process.carrier.carried) == 3
    assert run(file, "SELECT DISTINCT outcome, next_attempt_at, done_at FROM jobs WHERE lane = 'people'") == [
        {"outcome": "updated", "next_attempt_at": None, "done_at": milliseconds("2026-01-01 00:00:00")}
    ]


async def test_an_attempt_that_hangs_is_broken_off_and_made_again(
    process: Process, file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ATTEMPT < LEASE
    monkeypatch.setattr("bot.jobs.queue.ATTEMPT", timedelta(milliseconds=100))
    add_sales(file, 7)
    await refresh(process, *range(1, 8))
    process.carrier.ends = [Hangs()]

    assert await process.work() == clock() + timedelta(minutes=1)

    hung = process.carrier.carried[0].sale_id
    assert run(file, "SELECT sale_id FROM jobs WHERE lane = 'people' AND done_at IS NULL") == [
        {"sale_id": hung}
    ]
    clock.pass_time(minutes=1)
    assert await process.work() is None
    assert process.carrier.carried[-1].sale_id == hung


async def test_an_attempt_that_hangs_holds_up_nothing_else(
    process: Process, file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.queue._UNTIL_THE_NEXT", 0.05)
    monkeypatch.setattr("bot.jobs.queue.ATTEMPT", timedelta(seconds=1))
    add_sales(file, 12)
    await refresh(process, *range(1, 13))
    process.carrier.ends = [Hangs()]

    assert await process.work() == clock() + LEASE

    hung = process.carrier.carried[0].sale_id
    assert run(file, "SELECT sale_id FROM jobs WHERE lane = 'people' AND done_at IS NULL") == [
        {"sale_id": hung}
    ]
    await process.queue.workers[0].stop()
    async with process.database.read() as tx:
        assert await JobRepository(tx).next_due(Lane.PEOPLE) == clock() + timedelta(minutes=1)


async def test_asking_twice_for_the_same_is_one_delivery(process: Process, file: Path) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    await refresh(process, 1)

    await process.work()

    assert len(process.carrier.carried) == 1


async def test_asking_again_after_it_was_done_is_another(process: Process, file: Path) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    await process.work()

    await refresh(process, 1)
    await process.work()

    assert len(process.carrier.carried) == 2


async def test_a_sale_without_a_message_has_none_to_refresh(process: Process, file: Path) -> None:
    add_sales(file, 1)
    run(file, "DELETE FROM messages")

    await refresh(process, 1)

    assert run(file, "SELECT * FROM jobs WHERE lane = 'people'") == []


async def test_links_come_before_edits_because_somebody_waits_for_them(process: Process, file: Path) -> None:
    add_sales(file, 20)
    await refresh(process, *range(1, 21))
    await start_link(process)

    await process.queue.work(Lane.PEOPLE)

    first = [delivery.kind for delivery in process.carrier.carried]
    assert len(first) < 20
    assert JobKind.LINK in first


async def test_several_processes_carry_everything_out_once(file: Path, clock: Clock) -> None:
    async with (
        open_process(file, clock) as one,
        open_process(file, clock) as two,
        open_process(file, clock) as three,
    ):
        add_sales(file, 60)
        await refresh(one, *range(1, 61))

        await asyncio.gather(one.work(), two.work(), three.work(), one.work())

    carried = [*one.carrier.carried, *two.carrier.carried, *three.carrier.carried]
    assert sorted(delivery.sale_id for delivery in carried) == list(range(1, 61))


# --- again --------------------------------------------------------------------------------------------


async def test_a_failure_is_tried_again_later_and_later_and_then_given_up(
    process: Process, file: Path, clock: Clock
) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    process.carrier.ends = [ValueError(f"attempt {number}") for number in range(1, 10)]
    attempts: list[datetime] = []

    due: datetime | None = clock()
    while due is not None:
        clock.now = due
        attempts.append(clock())
        due = await process.work()

    assert attempts == [START + timedelta(minutes=minutes) for minutes in (0, 1, 6, 36, 156, 876)]
    assert [later - earlier for earlier, later in pairwise(attempts)] == list(RETRY_AFTER[1:])
    [row] = run(file, "SELECT * FROM jobs WHERE lane = 'people'")
    assert (row["attempts"], row["next_attempt_at"], row["done_at"]) == (len(RETRY_AFTER), None, None)
    assert row["last_error"] == "ValueError('attempt 6')"


async def test_one_failure_holds_nothing_else_up(
    process: Process, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_sales(file, 12)
    await refresh(process, *range(1, 13))
    process.carrier.ends = [ValueError("broken")]

    assert await process.work() == START + timedelta(minutes=1)

    assert len({delivery.sale_id for delivery in process.carrier.carried}) == 12
    assert "attempt 1" in caplog.text


async def test_success_after_failures_leaves_no_trace_of_them(
    process: Process, file: Path, clock: Clock
) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    process.carrier.ends = [ValueError("broken")]
    await process.work()
    clock.pass_time(minutes=1)

    assert await process.work() is None

    [row] = run(file, "SELECT * FROM jobs WHERE lane = 'people'")
    assert (row["outcome"], row["last_error"], row["attempts"]) == ("updated", None, 2)


async def test_asked_for_anew_after_it_was_given_up_it_begins_at_once_and_anew(
    process: Process, file: Path, clock: Clock
) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    run(file, "UPDATE jobs SET attempts = 6, next_attempt_at = NULL")

    await refresh(process, 1)
    await process.work()

    assert [delivery.attempts for delivery in process.carrier.carried] == [1]


async def test_an_outcome_that_is_good_enough_for_now_is_kept_and_tried_again(
    process: Process, file: Path, clock: Clock
) -> None:
    add_sales(file, 1)
    await start_link(process)
    process.carrier.ends = [Result(Outcome.REPLY, retry=True)]

    assert await process.work() == START + timedelta(minutes=1)

    [row] = run(file, "SELECT * FROM jobs WHERE lane = 'people'")
    assert (row["outcome"], row["done_at"]) == ("reply", None)


async def test_whoever_carries_it_out_learns_whether_it_may_have_happened_before(
    process: Process, file: Path, clock: Clock
) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    process.carrier.ends = [ValueError("broken")]
    await process.work()
    clock.pass_time(minutes=1)
    await process.work()

    assert [delivery.may_have_happened for delivery in process.carrier.carried] == [False, True]


# --- leases -------------------------------------------------------------------------------------------


async def test_what_somebody_is_at_is_left_to_them_until_their_lease_ends(
    process: Process, file: Path, clock: Clock
) -> None:
    add_sales(file, 1)
    await start_link(process, lease=LEASE, attempts=1)

    clock.pass_time(seconds=LEASE.total_seconds() - 1)
    assert await process.work() == START + LEASE
    assert process.carrier.carried == []

    clock.pass_time(seconds=1)
    await process.work()
    [delivery] = process.carrier.carried
    assert delivery.may_have_happened


async def test_who_carries_it_out_may_still_answer_whoever_waits(process: Process, file: Path) -> None:
    add_sales(file, 1)

    delivery = await start_link(process)

    assert delivery.reply == REPLY
    assert REPLY.token not in repr(delivery)
    await process.work()
    assert process.carrier.carried[0].reply == REPLY
    assert run(file, "SELECT reply FROM jobs WHERE lane = 'people'") == [{"reply": None}]


async def test_as_long_as_somebody_waits_the_way_to_answer_is_kept(process: Process, file: Path) -> None:
    add_sales(file, 1)
    await start_link(process)
    process.carrier.ends = [Result(Outcome.DIRECT_MESSAGE, retry=True, answered=False)]

    await process.work()

    [row] = run(file, "SELECT reply FROM jobs WHERE lane = 'people'")
    assert REPLY.token in row["reply"]


async def test_who_comes_too_late_records_nothing(process: Process, file: Path, clock: Clock) -> None:
    """Its lease ran out, and another process has taken it over and failed."""
    add_sales(file, 1)
    late = await start_link(process, lease=LEASE, attempts=1)
    clock.pass_time(seconds=61)
    process.carrier.ends = [ValueError("the other one failed")]
    await process.work()

    async with process.database.write() as tx:
        await JobRepository(tx).finish(late, Result(Outcome.GONE), next_attempt=None, now=clock())

    [row] = run(file, "SELECT * FROM jobs WHERE lane = 'people'")
    assert (row["outcome"], row["last_error"]) == (None, "ValueError('the other one failed')")
    assert row["next_attempt_at"] is not None


async def test_what_was_asked_for_while_it_was_carried_out_is_carried_out_again(
    process: Process, file: Path
) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    carried: list[int] = []

    async def change_meanwhile(delivery: Job) -> Result:
        carried.append(delivery.attempts)
        if len(carried) == 1:
            process.queue._clock.pass_time(seconds=1)  # type: ignore[attr-defined]
            await refresh(process, 1)
        return Result(Outcome.UPDATED)

    process.queue._handlers = dict.fromkeys(JobKind, Handler(change_meanwhile))
    assert await process.work() is None

    assert carried == [1, 1]


# --- messages -----------------------------------------------------------------------------------------


async def test_a_sales_message_is_recorded_in_place_of_the_one_before(process: Process, file: Path) -> None:
    add_sales(file, 1)
    await refresh(process, 1)
    process.carrier.ends = [Result(Outcome.UPDATED, LiveMessage(77, 88, "open"))]

    await process.work()

    [row] = run(file, "SELECT channel_id, message_id, shows FROM messages")
    assert row == {"channel_id": 77, "message_id": 88, "shows": "open"}


async def test_a_message_that_was_overtaken_by_its_sale_is_brought_up_to_date(
    process: Process, file: Path
) -> None:
    add_sales(file, 1)
    await start_link(process)
    run(file, "UPDATE sales SET status = 'expired'")
    process.carrier.ends = [Result(Outcome.DIRECT_MESSAGE, LiveMessage(77, 88, "open"))]

    await process.work()

    assert [delivery.kind for delivery in process.carrier.carried] == [JobKind.LINK, JobKind.MESSAGE]
