"""Orders whose rows are gone, after a power cut or with the database: our signature brings them back."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.alarm import Alarm, Clock
from bot.errors import PandabaseError
from bot.pandabase.schemas.orders import StoreOrder
from bot.payments.store_lists import StoreLists, look_again_after
from bot.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

WHOLE_DATABASE: Final = timedelta(days=30)
"""How far back is looked where there is no session at all: as long as the store gives refunds."""
LAST_MOMENTS: Final = timedelta(hours=1)
"""How far before the newest session that is there."""
MOST_READ: Final = 500
"""Orders that are read one by one: the store sells elsewhere too, and the list doesn't say what is ours."""


class LostOrders:
    """Looks once, at the start. `observe` applies what the list says of an order."""

    def __init__(
        self,
        database: UnitOfWork,
        lists: StoreLists,
        observe: Callable[[StoreOrder], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._lists = lists
        self._observe = observe
        self._clock = clock
        self._found = False
        self._read = set[str]()
        self.alarm = Alarm(self.look, name="lost orders", clock=clock)

    async def look(self) -> datetime | None:
        """Returns when (UTC) to try again, if the store could not be asked."""
        if self._found:
            return None
        try:
            await self._look()
        except PandabaseError as error:
            return look_again_after(error, self._clock(), what="The orders' list", scope="ORDERS_READ")
        self._found = True
        self._read.clear()
        return None

    async def _look(self) -> None:
        async with self._database.read() as tx:
            newest = await tx.looks.newest_session()
        now = self._clock()
        since = now - WHOLE_DATABASE if newest is None else min(newest, now) - LAST_MOMENTS
        listed = await self._lists.newest_orders(since)
        numbers = [order.order_number for order in listed if order.order_number]
        async with self._database.read() as tx:
            known = await tx.looks.known_numbers(numbers)
        unknown = [order for order in listed if order.order_number not in known and _is_since(order, since)]
        if len(unknown) > MOST_READ:
            log.warning(
                "The store has %d orders that aren't known here; the newest are looked at", len(unknown)
            )
        for order in unknown[:MOST_READ]:
            if order.id is not None and order.id not in self._read:
                await self._observe(order)
                self._read.add(order.id)  # whoever has to wait for the store goes on from here


def _is_since(order: StoreOrder, since: datetime) -> bool:
    return order.created_at is None or order.created_at >= since
