"""The messages that show a sale wait for what is just being given, so that one edit shows all of it."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.jobs.models import JobKind, Lane, Outcome, Result
from bot.jobs.repository import JobRepository
from tests.harness.clock import Clock
from tests.harness.queues import Hangs, Process, add_sales


async def plan_role_and_message(process: Process, file: Path) -> None:
    add_sales(file, 1)
    async with process.database.write() as tx:
        await JobRepository(tx).refresh_messages([1], process.queue._clock())
        await JobRepository(tx).plan(1, JobKind.ROLE, "1", process.queue._clock())


async def test_the_message_is_edited_once_when_what_it_shows_has_been_given(
    process: Process, file: Path
) -> None:
    await plan_role_and_message(process, file)
    process.carrier.ends = [Result(Outcome.GIVEN, refresh=True)]

    assert await process.work() is None

    edited = [job.kind for job in process.carrier.carried if job.kind != JobKind.LOG]
    assert edited == [JobKind.ROLE, JobKind.MESSAGE]
    assert not process.carrier.carried[-1].may_have_happened


async def test_the_message_does_not_wait_for_what_has_failed(process: Process, file: Path) -> None:
    await plan_role_and_message(process, file)
    process.carrier.ends = [ConnectionError("Discord is away")]

    await process.work()

    assert [job.kind for job in process.carrier.carried] == [JobKind.ROLE, JobKind.MESSAGE]


async def test_the_message_waits_for_a_few_seconds_only_for_what_hangs(
    process: Process, file: Path, clock: Clock
) -> None:
    await plan_role_and_message(process, file)
    process.carrier.ends = [Hangs()]
    hung = asyncio.create_task(process.queue.work(Lane.PEOPLE))
    while not process.carrier.carried:
        await asyncio.sleep(0)

    assert await process.queue.work(Lane.PEOPLE) == clock() + timedelta(seconds=1)
    clock.pass_time(seconds=4)
    await process.queue.work(Lane.PEOPLE)

    assert [job.kind for job in process.carrier.carried] == [JobKind.ROLE, JobKind.MESSAGE]
    hung.cancel()
    await asyncio.wait([hung])
