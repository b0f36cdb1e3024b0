"""Receipts and notices for those who look for them: their DMs are closed, or the message is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.checkout.models import Sale
from bot.checkout.refusals import not_yours, purchase_unknown
from bot.checkout.repository import SaleRepository
from bot.fulfilment.refusals import no_receipt
from bot.fulfilment.steps.registry import STEPS, kept_kinds, reader_of
from bot.jobs.models import JobKind, JobRecord
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.storage.transaction import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReceiptsOfSale:
    """What one of its people was told about a sale, or was to be told, newest first."""

    sale: Sale
    steps: tuple[JobRecord, ...]


class Receipts:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, reference: str, reader_id: int) -> ReceiptsOfSale:
        """The papers of a sale that are for this reader.

        Raises purchase_unknown, not_yours, and no_receipt when it isn't paid.
        """
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_reference(reference)
            if sale is None:
                raise purchase_unknown()
            steps = await JobRepository(tx).of_sales([sale.id], kept_kinds())
        theirs = [
            step
            for step in reversed(steps)
            if reader_of(step.kind, step.key, sale.buyer_id, sale.recipient_id) == reader_id
            and STEPS[step.kind].knows(step.key)
        ]
        if not theirs:
            # A gift that isn't paid is still a secret.
            raise no_receipt() if reader_id == sale.buyer_id else not_yours()
        return ReceiptsOfSale(sale, tuple(theirs))

    async def shown(self, steps: Sequence[JobRecord]) -> None:
        """Their reader has seen them: what could not be delivered no longer waits."""
        waited = [step for step in steps if step.is_undelivered]
        if not waited:
            return
        sale_ids, now = {step.sale_id for step in waited}, self._clock()
        async with self._database.write() as tx:
            await JobRepository(tx).collect([step.id for step in waited])
            for sale_id in sale_ids:
                await JobRepository(tx).plan_again(sale_id, JobKind.LOG, "", now)
            await JobRepository(tx).refresh_messages(list(sale_ids), now)
