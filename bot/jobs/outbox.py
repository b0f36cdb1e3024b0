"""Carries out what the outbox holds: leased, recorded, tried again later when it fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.checkout.repository import SaleRepository
from bot.errors import DatabaseAway
from bot.fulfilment.steps.registry import shown_by_message
from bot.jobs.models import (
    ATTEMPT,
    LEASE,
    RETRY_AFTER,
    Hindrance,
    Job,
    JobKind,
    NeedsStaff,
    Outcome,
    Result,
    StaysUnknown,
)
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock, Worker
from bot.payments.repository import PaymentRepository
from bot.staff.repository import StaffRepository
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork

log = logging.getLogger(__name__)

Handler = Callable[[Job], Awaitable[Result]]
GivenUp = Callable[[Transaction, Job, Exception], Awaitable[None]]
"""Told in the transaction that gives a job up."""
Hindered = Callable[[Transaction, Job, Hindrance], Awaitable[None]]
"""Told in the transaction that records the attempt."""

_AT_ONCE: Final = 5
"""Discord allows a bot 50 requests a second; a few at a time leave room for those who wait."""
_UNTIL_THE_NEXT: Final = 3.0
"""Seconds after which the next few begin, though of the last few not all have come to an end."""


class Outbox:
    def __init__(
        self,
        database: UnitOfWork,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        given_up: GivenUp | None = None,
        hindered: Hindered | None = None,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._given_up = given_up
        self._hindered = hindered
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
            if given_up and self._given_up is not None:
                await self._given_up(tx, job, StaysUnknown())
            if result.hindrance is not None and self._hindered is not None:
                await self._hindered(tx, job, result.hindrance)
            if result.refresh:
                # One of many from before is no news: the log tells of it where it told of the sale.
                if not job.bulk or await StaffRepository(tx).log_message(job.sale_id) is not None:
                    await JobRepository(tx).plan_again(job.sale_id, JobKind.LOG, "", self._clock())
                await JobRepository(tx).refresh_messages([job.sale_id], self._clock())
            if result.message is not None:
                # The sale may have gone on while the message was on its way.
                sale = await SaleRepository(tx).by_id(job.sale_id)
                money = [order.money for order in await PaymentRepository(tx).orders_of(sale.id)]
                if (
                    shown_by_message(sale, await JobRepository(tx).of_sale(sale.id), money)
                    != result.message.shows
                ):
                    await JobRepository(tx).refresh_messages([sale.id], self._clock())
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
            if next_attempt is None and self._given_up is not None:
                await self._given_up(tx, job, error)

    def _later(self, job: Job) -> datetime | None:
        """When (UTC) the next attempt is made; None if this was the last."""
        if job.attempts >= len(RETRY_AFTER):
            return None
        return self._clock() + RETRY_AFTER[job.attempts]
