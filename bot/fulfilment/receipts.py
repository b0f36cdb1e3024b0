"""Receipts and notices for those who look for them: their DMs are closed, or the message is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.checkout.models import Sale
from bot.checkout.refusals import not_yours, purchase_unknown
from bot.checkout.repository import SaleRepository
from bot.fulfilment.notices import is_known, reader_of
from bot.fulfilment.refusals import no_receipt
from bot.jobs.models import JobKind, PlannedStep
from bot.jobs.repository import OutboxRepository
from bot.jobs.worker import Clock, Worker
from bot.storage.transaction import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReceiptsOfSale:
    """What one of its people was told about a sale, or was to be told, newest first."""

    sale: Sale
    steps: tuple[PlannedStep, ...]


class Receipts:
    def __init__(self, database: UnitOfWork, *, outbox: Worker, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def of(self, reference: str, reader_id: int) -> ReceiptsOfSale:
        """The papers of a sale that are for this reader.

        Raises purchase_unknown, not_yours, and no_receipt when it isn't paid.
        """
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_reference(reference)
            if sale is None:
                raise purchase_unknown()
            steps = await OutboxRepository(tx).of_sales([sale.id], [JobKind.RECEIPT, JobKind.NOTICE])
        theirs = [
            step
            for step in reversed(steps)
            if reader_of(step.step, step.target, sale.buyer_id, sale.recipient_id) == reader_id
            and is_known(step)
        ]
        if not theirs:
            # A gift that isn't paid is still a secret.
            raise no_receipt() if reader_id == sale.buyer_id else not_yours()
        return ReceiptsOfSale(sale, tuple(theirs))

    async def shown(self, steps: Sequence[PlannedStep]) -> None:
        """Their reader has seen them: what could not be delivered no longer waits."""
        waited = [step for step in steps if step.is_undelivered]
        if not waited:
            return
        sale_ids, now = {step.sale_id for step in waited}, self._clock()
        async with self._database.write() as tx:
            await OutboxRepository(tx).collect([step.id for step in waited])
            for sale_id in sale_ids:
                await OutboxRepository(tx).plan_again(sale_id, JobKind.LOG, "", now)
            await OutboxRepository(tx).refresh_messages(list(sale_ids), now)
        self._outbox.wake()
