"""Ends the wait for payments of which the store never says how they ended."""

from datetime import datetime, timedelta
from typing import Final

from bot.jobs.worker import Clock, Worker
from bot.payments.orders import Payments
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import UnitOfWork

WAITED_FOR: Final = timedelta(days=15)
"""Since it was told of last: the slowest bank transfers take two weeks."""
_LOOKED_FOR_EVERY: Final = timedelta(days=1)
_AT_ONCE: Final = 20


class ClearingPayments:
    def __init__(self, database: UnitOfWork, payments: Payments, clock: Clock) -> None:
        self._database = database
        self._payments = payments
        self._clock = clock
        self.worker = Worker(self.end_some, name="clearing payments", clock=clock)

    async def end_some(self) -> datetime | None:
        """Stop waiting for some of those that are due; returns when (UTC) to look again."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await PaymentRepository(tx).clearing_since(now - WAITED_FOR, limit=_AT_ONCE)
            for order in due:
                await self._payments.stop_waiting(tx, order)
        return now if due else now + _LOOKED_FOR_EVERY
