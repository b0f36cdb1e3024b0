"""Asks the store's list of orders what became of our sessions.

For shops that the store can't reach, and for webhooks that got lost.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.alarm import Alarm, Clock
from bot.errors import PandabaseError, RateLimited, Unauthorized
from bot.pandabase.schemas import Page
from bot.pandabase.schemas.orders import StoreOrder
from bot.pandabase.store_api import LARGEST_PAGE, OrderStatus
from bot.pandabase.transport import Allowance
from bot.payments.observations import Observation
from bot.payments.repository import DueLook
from bot.payments.service import Payments
from bot.payments.telling import would_change
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
_MOST_PAGES: Final = 20
_KEPT_FREE: Final = 0.2
"""The share of the store's rate limit that is left to those who wait for an answer."""
_AFTER_TROUBLE: Final = timedelta(minutes=1)
_AFTER_REFUSAL: Final = timedelta(minutes=30)


class Orders(Protocol):
    @property
    def allowance(self) -> Allowance | None: ...

    async def orders(
        self,
        page: int = ...,
        limit: int = ...,
        *,
        status: OrderStatus | None = ...,
        search: str | None = ...,
    ) -> Page[StoreOrder]: ...

    async def order(self, order_id: str) -> StoreOrder: ...


class OrdersList:
    """`changed` is called after something was applied: others have work then."""

    def __init__(
        self,
        database: UnitOfWork,
        api: Orders,
        payments: Payments,
        *,
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._api = api
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
            if self._next_sweep is None or self._next_sweep <= self._clock():
                await self._sweep()
                self._next_sweep = self._clock() + SWEEP_EVERY
        except RateLimited as error:
            return max(error.retry_at or self._clock(), self._clock() + timedelta(seconds=1))
        except Unauthorized as error:
            log.error("The orders' list can't be read; look at pandabase.api_token: %s", error)
            return self._clock() + _AFTER_REFUSAL
        except PandabaseError as error:
            log.warning("The orders' list could not be read: %s", error)
            return self._clock() + _AFTER_TROUBLE
        async with self._database.read() as tx:
            next_look = await tx.payments.next_look()
        return min(filter(None, (next_look, self._next_sweep)))

    def sweep_soon(self) -> None:
        """Look for refunds and disputes now: one was told of that doesn't say of what order."""
        self._next_sweep = None
        self.alarm.wake()

    # --- sessions -------------------------------------------------------------------------------------

    async def _look_at_sessions(self) -> None:
        while True:
            async with self._database.read() as tx:
                due = await tx.payments.due_looks(self._clock(), limit=_TOGETHER)
            if not due:
                return
            for look, orders in (await self._orders_of(due)).items():
                for order in orders:
                    await self._observe(order)
                async with self._database.write() as tx:
                    if await tx.payments.still_looked_at(look.id):
                        await tx.payments.look_again(look.id, next_look(look, self._clock()))

    async def _orders_of(self, due: Sequence[DueLook]) -> Mapping[DueLook, Sequence[StoreOrder]]:
        found: dict[DueLook, Sequence[StoreOrder]] = dict.fromkeys(due, ())
        if len(due) <= _SEARCHED and self._search_finds is not False:
            for look in due:
                self._keep_within_the_limit()
                page = await self._api.orders(search=look.session_id)
                found[look] = [order for order in page.items if order.order_number == look.session_id]
            if any(found.values()):
                self._search_finds = True
            if self._search_finds or all(found.values()):
                return found
        missing = {look.session_id: look for look in due if not found[look]}
        since = min(look.created_at for look in missing.values())
        listed: dict[str, list[StoreOrder]] = {}
        for order in await self._newest(since):
            if order.order_number in missing:
                listed.setdefault(order.order_number, []).append(order)
        if listed and len(due) <= _SEARCHED and self._search_finds is None:
            log.info("The store's search doesn't find orders by their numbers; the newest are read instead")
            self._search_finds = False
        return found | {missing[number]: orders for number, orders in listed.items()}

    async def _newest(self, since: datetime, status: OrderStatus | None = None) -> list[StoreOrder]:
        """The orders from `since` (UTC) on, newest first."""
        orders: list[StoreOrder] = []
        for number in range(1, _MOST_PAGES + 1):
            self._keep_within_the_limit()
            page = await self._api.orders(number, LARGEST_PAGE, status=status)
            orders.extend(page.items)
            oldest = page.items[-1].created_at if page.items else None
            if page.sent < LARGEST_PAGE or (oldest is not None and oldest < since):
                break
        return orders

    def _keep_within_the_limit(self) -> None:
        """Raises RateLimited before the store does: the rest is for those who wait."""
        allowance = self._api.allowance
        if allowance is None or allowance.reset <= self._clock():
            return
        if allowance.remaining < allowance.limit * _KEPT_FREE:
            raise RateLimited(retry_at=allowance.reset, detail="kept free for purchases")

    async def _observe(self, listed: StoreOrder) -> None:
        """Apply what the list says of an order, read whole: in lists they come without their items."""
        if listed.id is None or not await self._is_news(listed):
            return
        self._keep_within_the_limit()
        asked = self._clock()
        order = await self._api.order(listed.id)
        async with self._database.write() as tx:
            await self._payments.observe(tx, Observation.of_order(order, asked))
        self._changed()

    async def _is_news(self, listed: StoreOrder) -> bool:
        seen = Observation.of_order(listed, self._clock())
        async with self._database.read() as tx:
            known = await tx.payments.order(listed.id, listed.order_number)
        return known is None or would_change(seen, known)

    # --- refunds and disputes -------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """Find the refunds and disputes of which no webhook told, and how disputes ended."""
        since = self._clock() - SWEPT_BACK
        for status in _SWEPT:
            changed = await self._newest(since, status)
            ids = [order.id for order in changed if order.id is not None]
            async with self._database.read() as tx:
                ours = await tx.payments.paid_orders(ids)
            for order in changed:
                if order.id in ours:
                    await self._observe(order)
        async with self._database.read() as tx:
            disputed = await tx.payments.disputed_orders()
        for order_id in disputed:
            await self._observe(StoreOrder(id=order_id, status="COMPLETED"))


def next_look(look: DueLook, now: datetime) -> datetime | None:
    """When (UTC) the session is looked at next; None when nothing can come of it any more."""
    expires_at = look.expires_at or look.created_at
    if now < expires_at:
        hours = int((now - look.created_at) / HOURLY)
        times = [look.created_at + wait for wait in (*WHILE_OPEN, (hours + 1) * HOURLY)]
        soonest = min(time for time in times if time > now)
        return min(soonest, expires_at + AFTER_EXPIRY[0])
    return next((expires_at + wait for wait in AFTER_EXPIRY if expires_at + wait > now), None)
