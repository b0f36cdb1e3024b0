"""Asks the store's list of orders what became of our sessions.

For shops that the store can't reach, and for webhooks that got lost.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.alarm import Alarm, Clock
from bot.errors import DatabaseAway, PandabaseError, RateLimited
from bot.pandabase.schemas.orders import StoreOrder, StoreSubscription
from bot.pandabase.store_api import OrderStatus
from bot.payments.claims import lacks_subscription
from bot.payments.look_repository import DueLook
from bot.payments.observations import Observation
from bot.payments.service import Payments
from bot.payments.store_lists import OF_EVERY_REQUEST, StoreLists, look_again_after
from bot.payments.telling import would_change
from bot.sales.states import MoneyState
from bot.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

WHILE_OPEN: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 7, 12, 20, 40, 60))
"""When after its making a session is looked at; then every hour. Most who pay do so at once."""
HOURLY: Final = timedelta(hours=1)
AFTER_EXPIRY: Final = (
    timedelta(minutes=1),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    *(timedelta(days=days) for days in range(1, 15)),
)
"""When after its expiry; the slowest bank transfers take two weeks, and then nothing comes any more."""
SWEEP_EVERY: Final = timedelta(hours=1)
SWEPT_BACK: Final = timedelta(days=120)
"""How old an order may be when its payer still disputes it; refunds are possible for 30 days."""
_SWEPT: Final[tuple[OrderStatus, ...]] = ("REFUNDED", "CHARGEBACK")
_TOGETHER: Final = 100
_SEARCHED: Final = 5
"""As many sessions are searched one by one; for more the newest pages are read instead."""


class OrdersList:
    """`changed` is called after something was applied: others have work then.

    `begun_by` finds the subscription that an order began; it may raise the PandabaseErrors.
    """

    def __init__(
        self,
        database: UnitOfWork,
        lists: StoreLists,
        payments: Payments,
        *,
        begun_by: Callable[[StoreOrder], Awaitable[StoreSubscription | None]],
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._lists = lists
        self._begun_by = begun_by
        self._payments = payments
        self._changed = changed
        self._clock = clock
        self._search_finds: bool | None = None  # not known until something was there to be found
        self._next_sweep: datetime | None = None
        self.alarm = Alarm(self.look, name="orders list", clock=clock)

    async def look(self) -> datetime | None:
        """Look at every session that is due; returns when (UTC) the next one is."""
        try:
            await self._look_at_sessions()
            await self._sweep_if_due()
        except PandabaseError as error:
            return look_again_after(error, self._clock(), what="The orders' list", scope="ORDERS_READ")
        async with self._database.read() as tx:
            next_look = await tx.looks.next_session()
        return min(filter(None, (next_look, self._next_sweep or self._clock())))

    def sweep_soon(self) -> None:
        """Look for refunds and disputes now: one was told of that doesn't say of what order."""
        self._next_sweep = None
        self.alarm.wake()

    # --- sessions -------------------------------------------------------------------------------------

    async def _look_at_sessions(self) -> None:
        while True:
            async with self._database.read() as tx:
                due = await tx.looks.due_sessions(self._clock(), limit=_TOGETHER)
            if not due:
                return
            # Each is settled before the next is asked for: whoever has to wait goes on from there.
            async for look, orders in self._orders_of(due):
                await self._settle(look, orders)

    async def _settle(self, look: DueLook, orders: Sequence[StoreOrder]) -> None:
        for order in orders:
            await self.observe(order)
        async with self._database.write() as tx:
            if await tx.looks.is_looked_at(look.id):
                await tx.looks.look_at_session(look.id, next_look(look, self._clock()))

    async def _orders_of(self, due: Sequence[DueLook]) -> AsyncIterator[tuple[DueLook, Sequence[StoreOrder]]]:
        asked = {look.session_id: look for look in due}
        missing, are_few = dict(asked), len(due) <= _SEARCHED
        if are_few and self._search_finds is not False:
            for look in due:
                if orders := await self._lists.orders_numbered(look.session_id):
                    self._search_finds = True
                    yield missing.pop(look.session_id), orders
        if missing and not (are_few and self._search_finds):
            since = min(look.created_at for look in missing.values())
            reached, number = False, 0
            while not reached and number < self._lists.most_pages:
                number += 1
                page, reached = await self._lists.page_of_orders(number, since)
                for session_id, listed in _by_number(page, asked).items():
                    self._learn_of_search(len(due))
                    missing.pop(session_id, None)
                    yield asked[session_id], listed
            if not reached and not are_few and self._search_finds is not False:
                # The store sells so much that the pages end before: the rest is looked for one by one.
                for session_id in tuple(missing):
                    orders = await self._lists.orders_numbered(session_id)
                    yield missing.pop(session_id), orders
        for look in missing.values():
            yield look, ()

    def _learn_of_search(self, looked_at: int) -> None:
        """What was just shown among the newest had been searched for before, if it was one of a few."""
        if looked_at <= _SEARCHED and self._search_finds is None:
            log.info("The store's search doesn't find orders by their numbers; the newest are read instead")
            self._search_finds = False

    async def observe(self, listed: StoreOrder) -> bool:
        """Apply what the list says of an order, unless that one can't be read or applied: others wait.

        Says whether it could be. Raises the PandabaseErrors that are not of this order.
        """
        try:
            await self._observe(listed)
        except (*OF_EVERY_REQUEST, DatabaseAway):
            raise
        except PandabaseError as error:
            log.warning("The order %s can't be read, and is looked at again: %s", listed.id, error)
        except Exception:
            log.exception("The order %s can't be applied, and is looked at again", listed.id)
        else:
            return True
        return False

    async def _observe(self, listed: StoreOrder) -> None:
        """Read it whole first: in lists orders come without their items."""
        if listed.id is None or not await self._is_news(listed):
            return
        asked = self._clock()
        order = await self._lists.order(listed.id)
        try:
            subscription = await self._begun_by(order)
        except RateLimited:
            raise
        except PandabaseError as error:
            log.warning("The subscription that order %s began could not be read: %s", order.id, error)
            if not order.amount:
                return  # a trial of nothing counts only together with it: it is looked at again
            subscription = None
        async with self._database.write() as tx:
            await self._payments.observe(tx, Observation.of_order(order, asked, subscription))
        self._changed()

    async def _is_news(self, listed: StoreOrder) -> bool:
        seen = Observation.of_order(listed, self._clock())
        async with self._database.read() as tx:
            known = await tx.payments.order(listed.id, listed.order_number)
            if known is None or would_change(seen, known):
                return True
            began = known.record.money is MoneyState.PAID and known.record.subscription_id is None
            return began and await lacks_subscription(tx, await tx.sales.by_id(known.record.sale_id))

    # --- refunds and disputes -------------------------------------------------------------------------

    async def _sweep_if_due(self) -> None:
        if self._next_sweep is not None and self._next_sweep > self._clock():
            return
        # Planned before it begins: whoever wants a sweep while one runs gets another.
        self._next_sweep = self._clock() + SWEEP_EVERY
        try:
            await self._sweep()
        except PandabaseError:
            self._next_sweep = None
            raise

    async def _sweep(self) -> None:
        """Find the refunds and disputes of which no webhook told, and how disputes ended."""
        since = self._clock() - SWEPT_BACK
        for status in _SWEPT:
            changed = await self._lists.newest_orders(since, status)
            ids = [order.id for order in changed if order.id is not None]
            async with self._database.read() as tx:
                ours = await tx.payments.paid_orders(ids)
            for order in changed:
                if order.id in ours:
                    await self.observe(order)
        async with self._database.read() as tx:
            disputed = await tx.payments.disputed_orders()
        for order_id in disputed:
            await self.observe(StoreOrder(id=order_id, status="COMPLETED"))


def _by_number(page: Sequence[StoreOrder], wanted: Container[str]) -> Mapping[str, Sequence[StoreOrder]]:
    found: dict[str, list[StoreOrder]] = {}
    for order in page:
        if order.order_number in wanted:
            found.setdefault(order.order_number or "", []).append(order)
    return found


def next_look(look: DueLook, now: datetime) -> datetime | None:
    """When (UTC) the session is looked at next; None when nothing can come of it any more."""
    expires_at = look.expires_at or look.created_at
    if now < expires_at:
        hours = int((now - look.created_at) / HOURLY)
        times = [look.created_at + wait for wait in (*WHILE_OPEN, (hours + 1) * HOURLY)]
        soonest = min(time for time in times if time > now)
        return min(soonest, expires_at + AFTER_EXPIRY[0])
    return next((expires_at + wait for wait in AFTER_EXPIRY if expires_at + wait > now), None)
