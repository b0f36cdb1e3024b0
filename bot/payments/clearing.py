"""Ends the wait for payments of which the store never says how they ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.alarm import Alarm, Clock
from bot.payments.service import Payments
from bot.storage.unit_of_work import UnitOfWork

WAITED_FOR: Final = timedelta(days=15)
"""Since it was told of last: the slowest bank transfers take two weeks."""
_LOOKED_FOR_EVERY: Final = timedelta(days=1)
_AT_ONCE: Final = 20


class ClearingPayments:
    """`changed` is called after something was ended: others have work then."""

    def __init__(
        self, database: UnitOfWork, payments: Payments, *, changed: Callable[[], None], clock: Clock
    ) -> None:
        self._database = database
        self._payments = payments
        self._changed = changed
        self._clock = clock
        self.alarm = Alarm(self.end_some, name="clearing payments", clock=clock)

    async def end_some(self) -> datetime | None:
        """Stop waiting for some of those that are due; returns when (UTC) to look again."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await tx.payments.clearing_since(now - WAITED_FOR, limit=_AT_ONCE)
            for order in due:
                await self._payments.stop_waiting(tx, order)
        if not due:
            return now + _LOOKED_FOR_EVERY
        self._changed()
        return now
