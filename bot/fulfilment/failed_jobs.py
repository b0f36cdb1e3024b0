"""What becomes of a sale's jobs: staff hear of those that were given up, and can have them tried again."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.checkout.repository import SaleRepository
from bot.errors import ButtonFromBefore, NotRetried
from bot.fulfilment.steps.registry import shown_by_message
from bot.jobs.handlers import UNKNOWN, Handlers
from bot.jobs.models import Hindrance, Job, JobKind, Result
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.repository import PaymentRepository
from bot.staff.models import NoteButton, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork

_NEWER_NOTE: Final = (
    "What could not be delivered has a newer note, and a Retry below its message in the sales log."
)


class GivenUp:
    """Tells staff. `retry_id` makes the Retry button's custom_id for a job."""

    def __init__(self, handlers: Handlers, *, retry_id: Callable[[str], str], clock: Clock) -> None:
        self._handlers = handlers
        self._retry_id = retry_id
        self._clock = clock

    async def __call__(self, tx: Transaction, job: Job, error: Exception) -> None:
        """Write the note that the job's handler has for it, if any, in the transaction that gives it up."""
        failure = self._handlers.get(job.kind, UNKNOWN).failure
        if failure is None:
            return
        sale = await SaleRepository(tx).by_id(job.sale_id)
        text = await failure(tx, job, sale, error)
        name = await JobRepository(tx).name_of(job.id)
        buttons = (NoteButton("Retry", self._retry_id(name)),) if name is not None else ()
        now = self._clock()
        await StaffRepository(tx).write_note(
            StaffNote(sale.guild_id, f"delivery:{job.id}", text, buttons), now
        )
        if job.kind != JobKind.LOG:
            await JobRepository(tx).refresh_log(sale.id, now)


class FailedJobs:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def retry(self, guild_id: int, reference: str) -> None:
        """Try it again now. Raises ButtonFromBefore, or NotRetried when there is nothing to retry."""
        async with self._database.write() as tx:
            job = await JobRepository(tx).named(reference)
            if job is None or (await SaleRepository(tx).by_id(job.sale_id)).guild_id != guild_id:
                raise ButtonFromBefore(_NEWER_NOTE)
            if await JobRepository(tx).retry(job.id, self._clock()) is None:
                raise NotRetried


# --- what an attempt means for its sale ---------------------------------------------------------------


log = logging.getLogger(__name__)

_TOLD_AGAIN_AFTER: Final = timedelta(hours=6)
"""However many messages it meets meanwhile; a restart doesn't count."""


class FollowUp:
    """Has the sale's messages show what came of a job, and staff told of what stood in its way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, tx: Transaction, job: Job, result: Result) -> None:
        """Write it, in the transaction that records the attempt."""
        if result.hindrance is not None:
            await self._tell(tx, job, result.hindrance)
        if result.refresh:
            # One of many from before is no news: the log tells of it where it told of the sale.
            if not job.bulk or await StaffRepository(tx).log_message(job.sale_id) is not None:
                await JobRepository(tx).refresh_log(job.sale_id, self._clock())
            await JobRepository(tx).refresh_messages([job.sale_id], self._clock())
        if result.message is not None:
            # The sale may have gone on while the message was on its way.
            sale = await SaleRepository(tx).by_id(job.sale_id)
            money = [order.money for order in await PaymentRepository(tx).orders_of(sale.id)]
            jobs = await JobRepository(tx).of_sale(sale.id)
            if shown_by_message(sale, jobs, money) != result.message.shows:
                await JobRepository(tx).refresh_messages([sale.id], self._clock())

    async def _tell(self, tx: Transaction, job: Job, hindrance: Hindrance) -> None:
        """Discord doesn't let the bot send: tell staff of the server."""
        sale = await SaleRepository(tx).by_id(job.sale_id)
        note = StaffNote(sale.guild_id, hindrance.key, hindrance.text)
        if await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER):
            log.error("The bot can't send direct messages: %s", hindrance.text)
