"""Finds the refunds and disputes of which no webhook told, and how disputes ended."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.errors import PandabaseError
from bot.jobs.worker import Clock, Worker
from bot.payments.models import LISTED_AS_RETURNED, PaymentEvent
from bot.payments.polling.store import StoreLists
from bot.payments.provider import Order
from bot.payments.repository import PaymentRepository
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork

SWEEP_EVERY: Final = timedelta(hours=1)
SWEPT_BACK: Final = timedelta(days=120)
"""How old an order may be when its payer still disputes it; refunds are possible for 30 days."""


class RefundSweep:
    """`observe` applies what the list says of an order.

    It is due every hour, and at once when one was told of that doesn't say of what order.
    """

    def __init__(
        self,
        database: UnitOfWork,
        lists: StoreLists,
        observe: Callable[[Order], Awaitable[bool]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._lists = lists
        self._observe = observe
        self._clock = clock
        self.worker = Worker(self.sweep, name="refunds and disputes", clock=clock, queue=Queue.REFUNDS)

    async def sweep(self) -> datetime:
        """Look through what was given back and what is disputed; returns when (UTC) to do so again."""
        next_sweep = self._clock() + SWEEP_EVERY
        try:
            await self._sweep()
        except PandabaseError as error:
            return self._lists.orders_again_at(error)
        return next_sweep

    async def _sweep(self) -> None:
        since = self._clock() - SWEPT_BACK
        for event in LISTED_AS_RETURNED:
            changed = await self._lists.newest_orders(since, event)
            ids = [order.id for order in changed if order.id is not None]
            async with self._database.read() as tx:
                ours = await PaymentRepository(tx).paid_orders(ids)
            for order in changed:
                if order.id in ours:
                    await self._observe(order)
        async with self._database.read() as tx:
            disputed = await PaymentRepository(tx).disputed_orders()
        for order_id in disputed:
            await self._observe(Order(id=order_id, event=PaymentEvent.PAID))
