"""`Worker`: a worker that is run when it is due, or woken."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.jobs.worker import GRACE, Worker, Workers
from bot.storage.queues import Queue
from tests.harness.simulated_loop import START, SimulatedTime

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
Answer = timedelta | Exception | None
"""When the work wants to run next, counted from the start of the test; or how it fails."""


class Work:
    """Notes when it ran, and answers what it was told to; then that there is nothing to do."""

    def __init__(self, time: SimulatedTime, *answers: Answer, takes: timedelta = timedelta(0)) -> None:
        self._time = time
        self._answers = list(answers)
        self._takes = takes
        self.runs: list[timedelta] = []
        self.ended = 0
        self.meanwhile: Callable[[], object] = lambda: None

    async def __call__(self) -> datetime | None:
        self.runs.append(self._time.clock() - START)
        self.meanwhile()
        answer = self._answers.pop(0) if self._answers else None
        await asyncio.sleep(self._takes.total_seconds())
        self.ended += 1
        if isinstance(answer, Exception):
            raise answer
        return None if answer is None else START + answer


@pytest.fixture
def time() -> SimulatedTime:
    return SimulatedTime()


def started(work: Work, time: SimulatedTime) -> Worker:
    worker = Worker(work, name="the work", clock=time.clock)
    worker.start()
    return worker


async def pass_time(span: timedelta = MINUTE) -> None:
    await asyncio.sleep(span.total_seconds())


def test_it_runs_when_it_is_started_and_then_only_when_due(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, 5 * MINUTE, 7 * MINUTE)
        started(work, time)
        await pass_time(HOUR)
        assert work.runs == [0 * MINUTE, 5 * MINUTE, 7 * MINUTE]

    time.run(test)


def test_wakes_before_it_runs_are_one_run(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time)
        worker = started(work, time)
        await pass_time()
        for _ in range(100):
            worker.wake()
        await pass_time()
        assert work.runs == [0 * MINUTE, MINUTE]

    time.run(test)


def test_a_mark_reaches_the_workers_of_its_queue_and_no_others(time: SimulatedTime) -> None:
    async def test() -> None:
        works = {queue: Work(time) for queue in (Queue.STAFF_NOTES, Queue.EVENTS, None)}
        serving = [
            Worker(work, name="the work", clock=time.clock, queue=queue) for queue, work in works.items()
        ]
        workers = Workers()
        workers.serve(serving)
        workers.mark(Queue.EVENTS)  # before it has begun: it looks at all there is when it does
        for worker in serving:
            worker.start()
        await pass_time()

        workers.mark(Queue.EVENTS)
        workers.mark(Queue.STAFF_NOTES, time.clock() + HOUR)
        workers.mark(Queue.LIVE_GRANTS)
        await pass_time(2 * HOUR)

        assert works[Queue.EVENTS].runs == [0 * MINUTE, MINUTE]
        assert works[Queue.STAFF_NOTES].runs == [0 * MINUTE, HOUR + MINUTE]
        assert works[None].runs == [0 * MINUTE]

    time.run(test)


def test_wakes_while_it_runs_are_one_more_run(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, takes=MINUTE)
        worker = started(work, time)
        await pass_time(MINUTE / 2)
        for _ in range(100):
            worker.wake()
        assert work.runs == [0 * MINUTE]  # never two at once
        await pass_time(HOUR)
        assert work.runs == [0 * MINUTE, MINUTE]

    time.run(test)


def test_work_that_wakes_itself_runs_once_more(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time)
        worker = started(work, time)
        await pass_time()
        work.meanwhile = lambda: worker.wake() if len(work.runs) == 2 else None
        worker.wake()
        await pass_time()
        assert work.runs == [0 * MINUTE, MINUTE, MINUTE]

    time.run(test)


def test_a_wake_leaves_no_earlier_timer_behind(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, 10 * MINUTE, 20 * MINUTE)
        worker = started(work, time)
        await pass_time()
        worker.wake()
        await pass_time(HOUR)
        assert work.runs == [0 * MINUTE, MINUTE, 20 * MINUTE]

    time.run(test)


@pytest.mark.parametrize(
    ("asked", "runs_at"), [(2, 2), (9, 5), (0, 0)], ids=["earlier", "later", "in the past"]
)
def test_what_is_asked_for_counts_if_it_is_earlier(time: SimulatedTime, asked: int, runs_at: int) -> None:
    async def test() -> None:
        work = Work(time, 5 * MINUTE)
        worker = started(work, time)
        await asyncio.sleep(0.001)
        worker.at(START + asked * MINUTE)
        await pass_time(HOUR)
        [_start, run] = work.runs
        assert abs(run - runs_at * MINUTE) < timedelta(seconds=1)

    time.run(test)


def test_of_several_that_are_asked_for_the_earliest_counts(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time)
        worker = started(work, time)
        await pass_time()
        for minutes in (9, 3, 6):
            worker.at(START + minutes * MINUTE)
        await pass_time(HOUR)
        assert work.runs == [0 * MINUTE, 3 * MINUTE]

    time.run(test)


@pytest.mark.parametrize("answer", [None, 50 * MINUTE, RuntimeError("meanwhile")])
def test_what_is_asked_for_while_it_runs_is_not_forgotten(time: SimulatedTime, answer: Answer) -> None:
    """The work may have looked for what is next before that was there."""

    async def test() -> None:
        work = Work(time, answer, takes=2 * MINUTE)
        worker = started(work, time)
        await pass_time()
        worker.at(START + 2 * MINUTE + timedelta(seconds=1))
        await pass_time(20 * MINUTE)
        assert work.runs == [0 * MINUTE, 2 * MINUTE + timedelta(seconds=1)]

    time.run(test)


def test_what_was_asked_for_is_over_once_it_ran(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time)
        worker = started(work, time)
        await pass_time()
        worker.at(START + 5 * MINUTE)
        worker.wake()
        await pass_time(HOUR)
        assert work.runs == [0 * MINUTE, MINUTE]

    time.run(test)


def test_a_failure_is_logged_and_tried_again_after_half_a_minute(
    time: SimulatedTime, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        work = Work(time, RuntimeError("no luck"), RuntimeError("none again"), None)
        started(work, time)
        await pass_time(HOUR)
        assert work.runs == [timedelta(seconds=seconds) for seconds in (0, 30, 60)]

    time.run(test)
    records = [record for record in caplog.records if record.name == "bot.jobs.worker"]
    assert [record.levelno for record in records] == [logging.ERROR] * 2
    assert [str(record.exc_info and record.exc_info[1]) for record in records] == ["no luck", "none again"]
    assert "the work failed; it is tried again in 0:00:30" in caplog.text


def test_after_a_failure_a_wake_runs_it_at_once(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, RuntimeError("no luck"))
        worker = started(work, time)
        await pass_time(timedelta(seconds=10))
        worker.wake()
        await pass_time(HOUR)
        assert work.runs == [timedelta(0), timedelta(seconds=10)]

    time.run(test)


def test_stopping_ends_the_timer(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, 5 * MINUTE)
        worker = started(work, time)
        await pass_time()
        await worker.stop()
        worker.wake()
        worker.at(START + 2 * MINUTE)
        await pass_time(HOUR)
        assert work.runs == [0 * MINUTE]

    time.run(test)


def test_stopping_ends_what_runs_and_waits_for_its_end(time: SimulatedTime) -> None:
    async def test() -> None:
        cleared_up = False

        async def work() -> None:
            nonlocal cleared_up
            try:
                await pass_time(HOUR)
            finally:
                await pass_time()
                cleared_up = True

        worker = Worker(work, name="the work", clock=time.clock)
        worker.start()
        await pass_time()
        worker.wake()  # it must not run once more, either
        await worker.stop()
        assert cleared_up
        assert time.clock() - START == 2 * MINUTE + timedelta(seconds=GRACE)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    time.run(test)


def test_it_can_be_stopped_before_it_was_started_and_started_after_it_was_stopped(
    time: SimulatedTime,
) -> None:
    async def test() -> None:
        work = Work(time)
        worker = Worker(work, name="the work", clock=time.clock)
        worker.at(START + MINUTE)
        worker.wake()
        await worker.stop()
        await pass_time()
        assert work.runs == []
        worker.start()
        await pass_time()
        await worker.stop()
        worker.start()
        await pass_time()
        assert work.runs == [MINUTE, 2 * MINUTE]

    time.run(test)


def test_what_became_due_while_the_machine_slept_runs_within_the_hour(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, 6 * HOUR)
        started(work, time)
        await pass_time()
        time.suspend(8 * HOUR)
        await pass_time(HOUR)
        [_start, run] = work.runs
        assert run <= 9 * HOUR

    time.run(test)


def test_a_long_wait_ends_on_time(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, 6 * HOUR + timedelta(seconds=7))
        started(work, time)
        await pass_time(24 * HOUR)
        assert work.runs == [timedelta(0), 6 * HOUR + timedelta(seconds=7)]

    time.run(test)


def test_a_clock_that_was_put_back_does_not_run_it_too_early(time: SimulatedTime) -> None:
    async def test() -> None:
        work = Work(time, 5 * MINUTE)
        started(work, time)
        await asyncio.sleep(0)
        time.suspend(-HOUR)
        await pass_time(HOUR)
        assert work.runs == [timedelta(0)]
        await pass_time(6 * MINUTE)
        assert work.runs == [timedelta(0), 5 * MINUTE]

    time.run(test)
