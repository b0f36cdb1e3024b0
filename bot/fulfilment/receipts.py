"""Receipts and notices for those who look for them: their DMs are closed, or the message is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.checkout.models import Sale
from bot.checkout.refusals import not_yours, purchase_unknown
from bot.checkout.repository import SaleRepository
from bot.fulfilment.refusals import no_receipt
from bot.fulfilment.steps.registry import STEPS, kept_kinds, reader_of
from bot.jobs.models import JobRecord
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.models import SubscriptionRecord
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReceiptsOfSale:
    """What one of its people was told about a sale, or was to be told, newest first."""

    sale: Sale
    jobs: tuple[JobRecord, ...]


class Receipts:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, reference: str, reader_id: int) -> ReceiptsOfSale:
        """The receipts and notices of a sale that are for this reader.

        Raises purchase_unknown, not_yours, and no_receipt when it isn't paid.
        """
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_reference(reference)
            if sale is None:
                raise purchase_unknown()
            jobs = await JobRepository(tx).of_sales([sale.id], kept_kinds())
        theirs = [
            job
            for job in reversed(jobs)
            if reader_of(job.kind, job.key, sale.buyer_id, sale.recipient_id) == reader_id
            and STEPS[job.kind].knows(job.key)
        ]
        if not theirs:
            # A gift that isn't paid is still a secret.
            raise no_receipt() if reader_id == sale.buyer_id else not_yours()
        return ReceiptsOfSale(sale, tuple(theirs))

    async def subscription(self, sale: Sale) -> SubscriptionRecord | None:
        """The one that the sale began, as far as the store has told of it."""
        async with self._database.read() as tx:
            return await PaymentRepository(tx).subscription_of(sale.id)

    async def shown(self, jobs: Sequence[JobRecord]) -> None:
        """Their reader has seen them: what could not be delivered no longer waits."""
        waited = [job for job in jobs if job.is_undelivered]
        if not waited:
            return
        sale_ids, now = {job.sale_id for job in waited}, self._clock()
        async with self._database.write() as tx:
            await JobRepository(tx).collect([job.id for job in waited])
            for sale_id in sale_ids:
                await JobRepository(tx).refresh_log(sale_id, now)
            await JobRepository(tx).refresh_messages(list(sale_ids), now)
