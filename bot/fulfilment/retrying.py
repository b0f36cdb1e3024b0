"""Deliveries that were given up: staff are told, and can have them tried again."""

from collections.abc import Callable
from typing import Final

from bot.alarm import Alarm, Clock
from bot.errors import NotRetried
from bot.fulfilment.models import NoteButton, StaffNote
from bot.outbox.models import Delivery, NeedsStaff, Step
from bot.storage.unit_of_work import Transaction, UnitOfWork

_NAMES: Final = {
    Step.ROLE: "A role",
    Step.RECEIPT: "A receipt",
    Step.NOTICE: "A notice",
    Step.LOG: "The sales log's message",
}


class GivenUp:
    """Tells staff. `retry_id` makes the Retry button's custom_id for a delivery."""

    def __init__(self, *, notes: Alarm, retry_id: Callable[[int], str], clock: Clock) -> None:
        self._notes = notes
        self._retry_id = retry_id
        self._clock = clock

    async def __call__(self, tx: Transaction, delivery: Delivery, error: Exception) -> None:
        """Write the note. What only a buyer waits for is theirs to ask for again."""
        name = _NAMES.get(delivery.step)
        if name is None:
            return
        sale = await tx.sales.by_id(delivery.sale_id)
        reason = (
            str(error) if isinstance(error, NeedsStaff) else "It failed again and again; the log has why."
        )
        text = f"{name} for {sale.name} of <@{sale.recipient_id}> could not be delivered. {reason}"
        retry = NoteButton("Retry", self._retry_id(delivery.id))
        now = self._clock()
        await tx.staff.write_note(StaffNote(sale.guild_id, f"delivery:{delivery.id}", text, (retry,)), now)
        if delivery.step is not Step.LOG:
            await tx.outbox.plan_again(sale.id, Step.LOG, "", now)
        self._notes.wake()


class Retries:
    def __init__(self, database: UnitOfWork, *, outbox: Alarm, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def retry(self, guild_id: int, delivery_id: int) -> None:
        """Try it again now. Raises NotRetried when there is nothing to retry in this server."""
        async with self._database.write() as tx:
            step = await tx.outbox.retry(delivery_id, self._clock())
            if step is None or (await tx.sales.by_id(step.sale_id)).guild_id != guild_id:
                raise NotRetried  # and nothing is written
        self._outbox.wake()
