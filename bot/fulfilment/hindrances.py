"""Discord doesn't let the bot send: staff and the log hear of it, now and then as long as it is so."""

import logging
from datetime import timedelta
from typing import Final

from bot.alarm import Alarm, Clock
from bot.fulfilment.models import StaffNote
from bot.outbox.models import Delivery, Hindrance
from bot.storage.unit_of_work import Transaction

log = logging.getLogger(__name__)

_TOLD_AGAIN_AFTER: Final = timedelta(hours=6)
"""However many messages it meets meanwhile; a restart doesn't count."""


class Hindered:
    """Tells staff of the server whose message could not be sent."""

    def __init__(self, *, notes: Alarm, clock: Clock) -> None:
        self._notes = notes
        self._clock = clock

    async def __call__(self, tx: Transaction, delivery: Delivery, hindrance: Hindrance) -> None:
        """Write the note, in the transaction that records the attempt."""
        sale = await tx.sales.by_id(delivery.sale_id)
        note = StaffNote(sale.guild_id, hindrance.key, hindrance.text)
        if await tx.staff.write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER):
            log.error("The bot can't send direct messages: %s", hindrance.text)
            self._notes.wake()
