"""Deliveries that were given up: staff are told, and can have them tried again."""

from collections.abc import Callable
from typing import Final

from bot.alarm import Alarm, Clock
from bot.errors import NotRetried
from bot.fulfilment.models import NoteButton, StaffNote
from bot.fulfilment.states import GrantState
from bot.outbox.models import Delivery, NeedsStaff, StaysUnknown, Step
from bot.sales.models import Sale
from bot.storage.unit_of_work import Transaction, UnitOfWork

_GIVING: Final = "A role could not be given to <@{recipient}>, who has it by {sale}."
_TAKING: Final = "A role could not be taken from <@{recipient}>: {sale} no longer gives it."
_WHAT: Final = {
    Step.RECEIPT: "A receipt for {sale} of <@{buyer}> could not be sent.",
    Step.NOTICE: "A message about {sale} of <@{buyer}> could not be sent.",
    Step.REMINDER: "A reminder of {sale} could not be sent to <@{buyer}>.",
    Step.MESSAGE: (
        "The direct message to <@{buyer}> about {sale} could not be brought up to date: "
        "it may still offer what is no longer so."
    ),
    Step.LOG: "The sales log's message about {sale} of <@{buyer}> could not be written.",
}
_AGAIN_AND_AGAIN: Final = "It failed again and again; the bot's log has why."
_NOT_KNOWN: Final = (
    "Discord failed again and again, so nobody knows whether it arrived. "
    "Retry looks for it before it sends it again."
)


class GivenUp:
    """Tells staff. `retry_id` makes the Retry button's custom_id for a delivery."""

    def __init__(self, *, notes: Alarm, retry_id: Callable[[int], str], clock: Clock) -> None:
        self._notes = notes
        self._retry_id = retry_id
        self._clock = clock

    async def __call__(self, tx: Transaction, delivery: Delivery, error: Exception) -> None:
        """Write the note. A link is its buyer's to ask for again."""
        sale = await tx.sales.by_id(delivery.sale_id)
        what = await _what(tx, delivery)
        if what is None:
            return
        text = f"{_filled(what, sale)} {_reason(error)}"
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


async def _what(tx: Transaction, delivery: Delivery) -> str | None:
    if delivery.step is not Step.ROLE:
        return _WHAT.get(delivery.step)
    grant = await tx.fulfilment.grant(int(delivery.target))
    return _GIVING if grant.state is GrantState.LIVE else _TAKING


def _filled(what: str, sale: Sale) -> str:
    return what.format(sale=sale.name, buyer=sale.buyer_id, recipient=sale.recipient_id)


def _reason(error: Exception) -> str:
    match error:
        case NeedsStaff():
            return str(error)
        case StaysUnknown():
            return _NOT_KNOWN
        case _:
            return _AGAIN_AND_AGAIN
