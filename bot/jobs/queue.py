"""The one queue of what has to be done: leased, carried out by its handler, recorded, tried again later."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.errors import DatabaseAway
from bot.jobs.events import JobAttempted, JobGivenUp
from bot.jobs.handlers import UNKNOWN, CarryOut, Handler, Handlers
from bot.jobs.models import (
    ATTEMPT,
    LEASE,
    RETRY_AFTER,
    Job,
    Lane,
    NeedsStaff,
    Outcome,
    Result,
    StaysUnknown,
    patience,
)
from bot.jobs.repository import QUEUES, JobRepository
from bot.jobs.worker import Clock, Worker
from bot.logs import ThrottledLog
from bot.network_trouble import in_words
from bot.storage.shared_writes import SharedWrites
from bot.storage.transaction import Transaction, UnitOfWork

log = logging.getLogger(__name__)

_AT_ONCE: Final = 5
"""Discord allows a bot 50 requests a second; a few at a time leave room for those who wait."""
_UNTIL_THE_NEXT: Final = 3.0
"""Seconds after which the next few begin, though of the last few not all have come to an end."""
_UNTIL_LOOKED_AGAIN: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Ending:
    """How an attempt ended."""

    job: Job
    came_to: Result | Exception


class JobQueue:
    """How each attempt ends is published in the transaction that records it.

    What ends at the same time is recorded in one, through `writes`. `outages` are the errors that only
    say that Discord couldn't be reached: nothing is wrong with the job.
    """

    def __init__(
        self,
        database: UnitOfWork,
        handlers: Handlers,
        clock: Clock,
        writes: SharedWrites | None = None,
        *,
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self._database = database
        self._writes = writes or SharedWrites(database)
        self._handlers = handlers
        self._clock = clock
        self._outages = outages
        self._often = ThrottledLog(log)
        self._workers = {
            lane: Worker(
                partial(self.work, lane), name=f"jobs: {lane}", clock=clock, queue=queue, needs_servers=True
            )
            for lane, queue in QUEUES.items()
        }

    @property
    def workers(self) -> tuple[Worker, ...]:
        """One for each lane."""
        return tuple(self._workers.values())

    async def carry_out(self, job: Job, by: CarryOut | None = None) -> Outcome:
        """Make one attempt at a leased job, by its handler or who knows more of it; record how it ended.

        Raises what the handler raises, and TimeoutError when it takes too long.
        """
        return await self._recorded(await self._attempt(job, by))

    async def work(self, lane: Lane) -> datetime | None:
        """Carry out a few that are due in a lane; returns when (UTC) the next job is."""
        now = self._clock()
        async with self._database.write() as tx:
            due, next_due = await JobRepository(tx).take_due(
                lane, now, lease=now + LEASE, limit=_AT_ONCE, ends=True
            )
        if not due:
            # What is due and isn't taken waits for another job of its sale: its end wakes this too.
            return next_due if next_due is None else max(next_due, now + _UNTIL_LOOKED_AGAIN)
        if lane.is_in_order:
            await self._one_after_the_other(due, self._workers[lane])
        else:
            attempts = [self._workers[lane].beside(self._carried_out(job)) for job in due]
            await asyncio.wait(attempts, timeout=_UNTIL_THE_NEXT)
        return self._clock()

    async def _one_after_the_other(self, jobs: Sequence[Job], worker: Worker) -> None:
        """Each ends before the next begins; how they ended is recorded meanwhile."""
        records = []
        for job in jobs:
            with self._reported(job):
                ending = await self._attempt(job)
                records.append(worker.beside(self._recorded_quietly(ending)))
        if records:
            await asyncio.wait(records)

    async def _carried_out(self, job: Job) -> None:
        with self._reported(job):
            await self.carry_out(job)

    async def _recorded_quietly(self, ending: "_Ending") -> None:
        with self._reported(ending.job):
            await self._recorded(ending)

    @contextmanager
    def _reported(self, job: Job) -> Iterator[None]:
        try:
            yield
        except NeedsStaff as need:
            self._often.warning("A job (%s %s) waits for staff: %s", job.kind, job.key, need)
        except DatabaseAway:
            pass  # the log has it
        except self._outages as error:
            self._often.warning("What waits for Discord is tried again later: %s", in_words(error))
        except Exception:
            log.exception("A job (%s %s) failed, attempt %s", job.kind, job.key, job.attempts)

    async def _attempt(self, job: Job, by: CarryOut | None = None) -> "_Ending":
        # One after the other, all that were leased together have to end within their lease.
        longest = patience(_AT_ONCE) if job.lane.is_in_order else ATTEMPT.total_seconds()
        try:
            async with asyncio.timeout(longest):
                return _Ending(job, await (by or self._handler(job).carry_out)(job))
        except DatabaseAway:
            raise  # nothing can be written; the attempt is made again when its lease ends
        except Exception as error:  # noqa: BLE001  # whatever it is, it is recorded, and then raised
            return _Ending(job, error)

    async def _recorded(self, ending: "_Ending") -> Outcome:
        """Raises what the attempt ended with."""
        outcome = await self._writes.write(partial(self._record, ending))
        if outcome is None:
            assert isinstance(ending.came_to, Exception)  # noqa: S101  # else there is an outcome
            raise ending.came_to
        return outcome

    async def _record(self, ending: "_Ending", tx: Transaction) -> Outcome | None:
        job, came_to, now = ending.job, ending.came_to, self._clock()
        if isinstance(came_to, Exception):
            needs_staff = isinstance(came_to, NeedsStaff) and not self._handler(job).is_patient
            next_attempt = None if needs_staff else self._later(job)
            await JobRepository(tx).fail(job, repr(came_to), next_attempt=next_attempt)
            if next_attempt is None:
                await tx.publish(JobGivenUp(job, came_to, now))
            return None
        next_attempt = self._later(job) if came_to.retry else None
        given_up = came_to.retry and next_attempt is None
        if given_up and came_to.outcome is Outcome.UNKNOWN:
            # Nobody looks any more: from here on it waits where people find it themselves.
            came_to = replace(came_to, outcome=Outcome.UNDELIVERED)
        if came_to.write is not None:
            await came_to.write(tx)
        status = await JobRepository(tx).finish(job, came_to, next_attempt=next_attempt, now=now)
        if given_up:
            await tx.publish(JobGivenUp(job, StaysUnknown(), now))
        await tx.publish(JobAttempted(job, came_to, now, status))
        return came_to.outcome

    def _handler(self, job: Job) -> Handler:
        return self._handlers.get(job.kind, UNKNOWN)

    def _later(self, job: Job) -> datetime | None:
        """When (UTC) the next attempt is made; None if this was the last."""
        if job.attempts < len(RETRY_AFTER):
            return self._clock() + RETRY_AFTER[job.attempts]
        return self._clock() + RETRY_AFTER[-1] if self._handler(job).is_patient else None
