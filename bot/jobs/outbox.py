"""Carries out what the outbox holds: leased, recorded, tried again later when it fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.errors import DatabaseAway
from bot.jobs.events import JobAttempted, JobGivenUp
from bot.jobs.models import (
    ATTEMPT,
    LEASE,
    RETRY_AFTER,
    Job,
    NeedsStaff,
    Outcome,
    Result,
    StaysUnknown,
)
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock, Worker
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork

log = logging.getLogger(__name__)

Handler = Callable[[Job], Awaitable[Result]]

_AT_ONCE: Final = 5
"""Discord allows a bot 50 requests a second; a few at a time leave room for those who wait."""
_UNTIL_THE_NEXT: Final = 3.0
"""Seconds after which the next few begin, though of the last few not all have come to an end."""


class Outbox:
    def __init__(self, database: UnitOfWork, handlers: Mapping[str, Handler], clock: Clock) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self.worker = Worker(
            self.work, name="outbox", clock=clock, queue=Queue.DELIVERIES, needs_servers=True
        )

    async def carry_out(self, job: Job) -> Outcome:
        """Make one attempt at a leased job and record how it ended.

        Raises what the handler raises, and TimeoutError when it takes longer than `ATTEMPT`.
        """
        try:
            async with asyncio.timeout(ATTEMPT.total_seconds()):
                result = await self._handlers[job.kind](job)
        except DatabaseAway:
            raise  # nothing can be written; the attempt is made again when its lease ends
        except Exception as error:
            await self._fail(job, error)
            raise
        next_attempt = self._later(job) if result.retry else None
        given_up = result.retry and next_attempt is None
        if given_up and result.outcome is Outcome.UNKNOWN:
            # Nobody looks any more: from here on it waits where people find it themselves.
            result = replace(result, outcome=Outcome.UNDELIVERED)
        async with self._database.write() as tx:
            await JobRepository(tx).finish(job, result, next_attempt=next_attempt, now=self._clock())
            if given_up:
                await tx.publish(JobGivenUp(job, StaysUnknown(), self._clock()))
            await tx.publish(JobAttempted(job, result, self._clock()))
        return result.outcome

    async def work(self) -> datetime | None:
        """Carry out a few that are due; returns when (UTC) the next job is."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await JobRepository(tx).take_due(now, lease=now + LEASE, limit=_AT_ONCE)
            next_due = await JobRepository(tx).next_due()
        if not due:
            return next_due
        attempts = [self.worker.beside(self._attempt(job)) for job in due]
        await asyncio.wait(attempts, timeout=_UNTIL_THE_NEXT)
        return self._clock()

    async def _attempt(self, job: Job) -> None:
        try:
            await self.carry_out(job)
        except NeedsStaff as matter:
            log.warning("Job %s (%s) waits for staff: %s", job.id, job.kind, matter)
        except DatabaseAway:
            pass  # the log has it
        except Exception:
            log.exception("Job %s (%s) failed, attempt %s", job.id, job.kind, job.attempts)

    async def _fail(self, job: Job, error: Exception) -> None:
        next_attempt = None if isinstance(error, NeedsStaff) else self._later(job)
        async with self._database.write() as tx:
            await JobRepository(tx).fail(job, repr(error), next_attempt=next_attempt)
            if next_attempt is None:
                await tx.publish(JobGivenUp(job, error, self._clock()))

    def _later(self, job: Job) -> datetime | None:
        """When (UTC) the next attempt is made; None if this was the last."""
        if job.attempts >= len(RETRY_AFTER):
            return None
        return self._clock() + RETRY_AFTER[job.attempts]
