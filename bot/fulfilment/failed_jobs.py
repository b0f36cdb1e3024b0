"""Jobs that were given up: staff are told, and can have them tried again."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.checkout.refusals import button_from_before
from bot.checkout.repository import SaleRepository
from bot.fulfilment.refusals import not_retried
from bot.jobs.events import JobAttempted, JobGivenUp
from bot.jobs.handlers import UNKNOWN, Handlers
from bot.jobs.models import JobKind
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry, NoteButton, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import lines, text

log = logging.getLogger(__name__)

_NEWER_NOTE: Final = text(
    "There's a newer note about this, and a Retry button under its message in the sales log."
)
_TOLD_AGAIN_AFTER: Final = timedelta(hours=6)
"""What hinders the bot is told so often, however many messages meet it; a restart doesn't count."""


class GivenUp:
    """Tells staff. `retry_id` makes the Retry button's custom_id for a job."""

    def __init__(self, handlers: Handlers, *, retry_id: Callable[[str], str]) -> None:
        self._handlers = handlers
        self._retry_id = retry_id

    async def note_of_job(self, tx: Transaction, event: JobGivenUp) -> None:
        """Of what the job's handler has words for. A link is its buyer's to ask for again."""
        job, now = event.job, event.at
        failure = self._handlers.get(job.kind, UNKNOWN).failure
        if failure is None:
            return
        sale = await SaleRepository(tx).by_id(job.sale_id)
        told = await failure(tx, job, sale, event.error)
        name = await JobRepository(tx).name_of(job.id)
        buttons = (NoteButton(text("Retry"), self._retry_id(name)),) if name is not None else ()
        await StaffRepository(tx).write_note(
            StaffNote(sale.guild_id, f"delivery:{job.id}", lines(told, sale.summary), buttons), now
        )
        if job.kind != JobKind.LOG:
            await JobRepository(tx).refresh_log(sale.id, now)


class FailedJobs:
    def __init__(self, database: UnitOfWork, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def retry(self, guild_id: int, reference: str, *, by: int) -> None:
        """Try it again now. Raises button_from_before, or not_retried when there is nothing to retry."""
        async with self._database.write() as tx:
            job = await JobRepository(tx).named(reference)
            sale = None if job is None else await SaleRepository(tx).by_id(job.sale_id)
            if job is None or sale is None or sale.guild_id != guild_id:
                raise button_from_before(_NEWER_NOTE)
            if await JobRepository(tx).retry(job.id, self._clock()) is None:
                raise not_retried()
            details = {"sale": sale.reference, "member": sale.recipient_id}
            await self._audit.write(tx, AuditEntry(guild_id, AuditAction.RETRIED, by, details=details))


# --- Discord doesn't let the bot send -----------------------------------------------------------------


async def note_of_hindrance(tx: Transaction, event: JobAttempted) -> None:
    """What keeps the bot from sending, for staff of the server whose message could not be sent."""
    hindrance = event.result.hindrance
    if hindrance is None:
        return
    sale = await SaleRepository(tx).by_id(event.job.sale_id)
    note = StaffNote(sale.guild_id, hindrance.key, hindrance.text)
    if await StaffRepository(tx).write_note(note, event.at, again_after=_TOLD_AGAIN_AFTER):
        log.error("The bot can't send direct messages: %s", hindrance.text)
