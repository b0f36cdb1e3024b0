"""Writes what was done: always to the audit, and to the staff's log channel where there is one."""

from bot.alarm import Alarm, Clock
from bot.audit.models import PRIVATE, Entry
from bot.storage.unit_of_work import Transaction


class Journal:
    def __init__(self, alarm: Alarm | None, clock: Clock) -> None:
        """`alarm` runs what posts to the staff's log channel; None where there is none."""
        self._alarm = alarm
        self._clock = clock

    @property
    def is_read(self) -> bool:
        """Whether staff read of it without asking."""
        return self._alarm is not None

    async def write(self, tx: Transaction, entry: Entry) -> None:
        """Write an entry in the transaction of what it is about."""
        posted = self._alarm is not None and entry.action not in PRIVATE
        now = self._clock()
        await tx.audit.add(entry, now, posted=posted)
        if posted and entry.invoice_id is not None:
            await tx.audit.change_offers(entry.invoice_id, now)

    def wake(self) -> None:
        """Have what was written posted, once its transaction is over."""
        if self._alarm is not None:
            self._alarm.wake()
