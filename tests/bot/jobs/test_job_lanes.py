"""Lanes hold up none of another; what tells staff is never given up, and what nobody knows is."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.jobs.handlers import Handler
from bot.jobs.models import RETRY_AFTER, Job, JobKind, Lane, NeedsStaff, NewJob, Result
from bot.jobs.queue import JobQueue
from bot.jobs.repository import JobRepository
from tests.harness.clock import Clock
from tests.harness.queues import Carrier, Hangs, Process, add_sales, run

pytestmark = pytest.mark.postgres


async def test_a_job_of_an_unknown_kind_is_given_up_in_the_end_and_holds_up_nothing(
    file: Path, process: Process, clock: Clock
) -> None:
    add_sales(file, 1)
    async with process.database.write() as tx:
        await JobRepository(tx).plan(1, "of_tomorrow", "1", clock())
        await JobRepository(tx).plan(1, JobKind.ROLE, "1", clock())

    while (due := await process.work()) is not None:
        clock.pass_time(seconds=(due - clock()).total_seconds())

    assert [job.kind for job in process.carrier.carried] == [JobKind.ROLE]
    [row] = run(file, "SELECT * FROM jobs WHERE kind = 'of_tomorrow'")
    assert (row["attempts"], row["next_attempt_at"], row["done_at"]) == (len(RETRY_AFTER), None, None)
    assert "knows no jobs of the kind of_tomorrow" in row["last_error"]


async def _tells(process: Process, carry_out: Handler) -> JobQueue:
    """A queue with a line that staff are to read."""
    async with process.database.write() as tx:
        line = NewJob(JobKind.AUDIT_LINE, "1")
        await JobRepository(tx).plan_all([line], process.queue._clock(), bulk=False)
    handlers = {**process.queue._handlers, JobKind.AUDIT_LINE: carry_out}
    return JobQueue(process.database, handlers, process.queue._clock)


@pytest.mark.parametrize("error", [NeedsStaff("The channel is closed"), ConnectionError("Discord is away")])
async def test_what_tells_staff_is_tried_every_twelve_hours_in_the_end(
    process: Process, clock: Clock, error: Exception
) -> None:
    carrier = Carrier()
    queue = await _tells(process, Handler(carrier, is_patient=True))
    waits = []

    for _ in range(len(RETRY_AFTER) + 2):
        carrier.ends = [error]
        await queue.work(Lane.AUDIT)
        async with process.database.read() as tx:
            due = await JobRepository(tx).next_due(Lane.AUDIT)
        assert due is not None
        waits.append(due - clock())
        clock.pass_time(seconds=waits[-1].total_seconds())

    assert waits == [*RETRY_AFTER[1:], *[RETRY_AFTER[-1]] * 3]


async def test_a_lane_that_hangs_holds_up_no_other(file: Path, process: Process) -> None:
    add_sales(file, 1)
    carrier = Carrier()
    carrier.ends = [Hangs()]
    queue = await _tells(process, Handler(carrier))
    hung = asyncio.create_task(queue.work(Lane.AUDIT))
    while not carrier.carried:
        await asyncio.sleep(0)

    async with process.database.write() as tx:
        await JobRepository(tx).refresh_messages([1], process.queue._clock())
    await process.work()

    assert [job.kind for job in process.carrier.carried] == [JobKind.MESSAGE]
    assert not hung.done()
    hung.cancel()
    await asyncio.wait([hung])


class OneByOne(Carrier):
    """Fails when it is given something while it is at something else."""

    at_it = 0

    async def __call__(self, job: Job) -> Result:
        self.at_it += 1
        try:
            await asyncio.sleep(0)
            assert self.at_it == 1
            return await super().__call__(job)
        finally:
            self.at_it -= 1


async def test_a_lane_in_order_keeps_to_it_though_one_fails(
    file: Path, process: Process, clock: Clock
) -> None:
    carrier = OneByOne()
    carrier.ends = [ConnectionError()]
    queue = await _tells(process, Handler(carrier))
    async with process.database.write() as tx:
        lines = [NewJob(JobKind.AUDIT_LINE, str(number)) for number in range(2, 9)]
        await JobRepository(tx).plan_all(lines, clock(), bulk=False)

    while (due := await queue.work(Lane.AUDIT)) is not None and due <= clock():
        pass

    assert [job.key for job in carrier.carried] == [str(number) for number in range(1, 9)]
    assert len(run(file, "SELECT id FROM jobs WHERE done_at IS NOT NULL")) == 7


async def test_what_nobody_waits_for_comes_after_everything_else(process: Process, file: Path) -> None:
    add_sales(file, 30)
    now = process.queue._clock()
    async with process.database.write() as tx:
        # Asked for before, and there are more of them than are carried out at once.
        for sale_id in range(1, 21):
            await JobRepository(tx).plan(
                sale_id, JobKind.ROLE, str(sale_id), now - timedelta(hours=1), bulk=True
            )
        await JobRepository(tx).plan(21, JobKind.ROLE, "21", now)
        await JobRepository(tx).refresh_messages([22, 23], now)

    assert await process.work() is None

    carried = [job.sale_id for job in process.carrier.carried]
    assert carried[0] == 21
    assert set(carried[1:3]) == {22, 23}
    assert carried[3:] == list(range(1, 21))


async def test_what_somebody_begins_to_wait_for_is_no_longer_one_of_many(
    process: Process, file: Path
) -> None:
    add_sales(file, 2)
    now = process.queue._clock()
    async with process.database.write() as tx:
        await JobRepository(tx).plan(1, JobKind.ROLE, "1", now - timedelta(hours=1), bulk=True)
        await JobRepository(tx).plan(2, JobKind.ROLE, "2", now - timedelta(hours=1), bulk=True)
        await JobRepository(tx).plan_again(2, JobKind.ROLE, "2", now)

    await process.work()

    assert [job.sale_id for job in process.carrier.carried] == [2, 1]
