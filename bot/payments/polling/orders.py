"""Asks the store's list of orders what became of our sessions.

For shops that the store can't reach, and for webhooks that got lost.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.repository import SaleRepository
from bot.checkout.states import MoneyState
from bot.errors import DatabaseAway, PandabaseError, RateLimited
from bot.jobs.worker import Clock, Worker
from bot.payments.matching import lacks_subscription
from bot.payments.observations import Observation
from bot.payments.order_changes import would_change
from bot.payments.orders import Payments
from bot.payments.polling.repository import DueSession, PollingRepository
from bot.payments.polling.store import OF_EVERY_REQUEST, StoreLists
from bot.payments.provider import Order, Subscription
from bot.payments.repository import PaymentRepository
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PollingInterval:
    """How often a link is polled until it is so old, by whether webhooks tell of it as well."""

    until: timedelta
    without_webhooks: timedelta
    beside_webhooks: timedelta


WHILE_OPEN: Final = (
    PollingInterval(timedelta(minutes=15), timedelta(seconds=25), timedelta(minutes=3)),
    PollingInterval(timedelta(hours=1), timedelta(minutes=2), timedelta(minutes=15)),
    PollingInterval(timedelta.max, timedelta(minutes=10), timedelta(hours=1)),
)
"""Most who pay do so at once. The first poll is 25 seconds after the link was made, in either case."""
TOGETHER_WITHIN: Final = timedelta(seconds=20)
"""One page of the list answers for every link: what is due that soon is polled along with what is due."""
AFTER_EXPIRY: Final = (
    timedelta(minutes=1),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    *(timedelta(days=days) for days in range(1, 15)),
)
"""When after its expiry; the slowest bank transfers take two weeks, and then nothing comes any more."""
_TOGETHER: Final = 500
_SEARCHED: Final = 5
"""As many links from before the newest page are searched one by one; for more, further pages are read."""
FOR_PURCHASES: Final = 0.5
"""The share of the store's rate limit that this polling leaves to purchases, and to what is paid already."""


class OrdersList:
    """`begun_by` finds the subscription that an order began; it may raise the PandabaseErrors.

    Who `hears_webhooks` polls less often.
    """

    def __init__(
        self,
        database: UnitOfWork,
        lists: StoreLists,
        payments: Payments,
        *,
        begun_by: Callable[[Order], Awaitable[Subscription | None]],
        clock: Clock,
        hears_webhooks: bool = False,
    ) -> None:
        self._database = database
        self._lists = lists
        self._begun_by = begun_by
        self._payments = payments
        self._clock = clock
        self._hears_webhooks = hears_webhooks
        self._search_finds: bool | None = None  # not known until something was there to be found
        self.worker = Worker(self.poll, name="orders list", clock=clock, queue=Queue.SESSION_POLLS)

    async def poll(self) -> datetime | None:
        """Look at every session that is due; returns when (UTC) the next one is."""
        try:
            await self._poll_sessions()
        except PandabaseError as error:
            return self._lists.orders_again_at(error)
        async with self._database.read() as tx:
            return await PollingRepository(tx).next_session()

    async def _poll_sessions(self) -> None:
        while True:
            async with self._database.read() as tx:
                due = await PollingRepository(tx).due_sessions(
                    self._clock(), within=TOGETHER_WITHIN, limit=_TOGETHER
                )
            if not due:
                return
            # Each is settled before the next is asked for: whoever has to wait goes on from there.
            unpaid = {session.session_id: session for session in due}
            async for session, orders in self._orders_of(due):
                unpaid.pop(session.session_id, None)
                for order in orders:
                    await self.observe(order)
                await self._plan([session])
            await self._plan(unpaid.values())

    async def _plan(self, polling: Iterable[DueSession]) -> None:
        """Write when each is polled next, unless it was paid meanwhile."""
        planned: dict[datetime | None, list[int]] = {}
        for session in polling:
            at = next_poll(session, self._clock(), hears_webhooks=self._hears_webhooks)
            planned.setdefault(at, []).append(session.id)
        async with self._database.write() as tx:
            for at, ids in planned.items():
                await PollingRepository(tx).poll_again(ids, at)

    async def _orders_of(
        self, due: Sequence[DueSession]
    ) -> AsyncIterator[tuple[DueSession, Sequence[Order]]]:
        """The links of which there are orders, with these: by the newest pages, or by the store's search."""
        asked = {session.session_id: session for session in due}
        missing, searched = dict(asked), set[str]()
        number, reached = 0, False
        while missing and not reached and number < self._lists.most_pages:
            number += 1
            self._lists.keep_free(FOR_PURCHASES)
            since = min(session.created_at for session in missing.values())
            page, reached = await self._lists.page_of_orders(number, since)
            for session_id, listed in _by_number(page, asked).items():
                self._learn_of_search(session_id in searched)
                missing.pop(session_id, None)
                yield asked[session_id], listed
            older = () if reached else _older_than(page, missing.values())
            if number == 1 and 0 < len(older) <= _SEARCHED and self._search_finds is not False:
                async for found in self._searched(older):
                    if found[1]:
                        del missing[found[0].session_id]
                    yield found
                searched = {session.session_id for session in older}
                if self._search_finds:
                    return
        if missing and not reached and not searched and self._search_finds is not False:
            # The store sells so much that the pages end before: the rest is looked for one by one.
            async for found in self._searched(tuple(missing.values())):
                yield found

    async def _searched(
        self, polling: Sequence[DueSession]
    ) -> AsyncIterator[tuple[DueSession, Sequence[Order]]]:
        for session in polling:
            self._lists.keep_free(FOR_PURCHASES)
            if orders := await self._lists.orders_numbered(session.session_id):
                self._search_finds = True
            yield session, orders  # also of none: who has to wait then doesn't begin with it again

    def _learn_of_search(self, was_searched: bool) -> None:  # noqa: FBT001
        """What was just shown in a page had been searched for before, if it was one of a few."""
        if was_searched and self._search_finds is None:
            log.info("The store's search doesn't find orders by their numbers; the newest are read instead")
            self._search_finds = False

    async def observe(self, listed: Order) -> bool:
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

    async def _observe(self, listed: Order) -> None:
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

    async def _is_news(self, listed: Order) -> bool:
        seen = Observation.of_order(listed, self._clock())
        async with self._database.read() as tx:
            known = await PaymentRepository(tx).order(listed.id, listed.order_number)
            if known is None or would_change(seen, known):
                return True
            began = known.record.money is MoneyState.PAID and known.record.subscription_id is None
            return began and await lacks_subscription(
                tx, await SaleRepository(tx).by_id(known.record.sale_id)
            )


def _by_number(page: Sequence[Order], wanted: Container[str]) -> Mapping[str, Sequence[Order]]:
    found: dict[str, list[Order]] = {}
    for order in page:
        if order.order_number in wanted:
            found.setdefault(order.order_number or "", []).append(order)
    return found


def _older_than(page: Sequence[Order], polling: Iterable[DueSession]) -> Sequence[DueSession]:
    """Those of the links whose orders may be on a later page."""
    oldest = page[-1].created_at if page else None
    return [session for session in polling if oldest is None or session.created_at < oldest]


def next_poll(session: DueSession, now: datetime, *, hears_webhooks: bool = False) -> datetime | None:
    """When (UTC) the session is looked at next; None when nothing can come of it any more."""
    expires_at = session.expires_at or session.created_at
    if now < expires_at:
        interval = next(interval for interval in WHILE_OPEN if now - session.created_at < interval.until)
        wait = interval.beside_webhooks if hears_webhooks else interval.without_webhooks
        return min(now + wait, expires_at + AFTER_EXPIRY[0])
    return next((expires_at + wait for wait in AFTER_EXPIRY if expires_at + wait > now), None)
