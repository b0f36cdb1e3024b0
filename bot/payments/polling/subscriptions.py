"""Asks the store's list of subscriptions what became of those that we know, and which one an order began.

For shops that the store can't reach, and for webhooks that got lost.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.session_repository import SessionRepository
from bot.errors import DatabaseAway, NotFound, PandabaseError, Unauthorized
from bot.jobs.worker import Clock, Worker
from bot.payments.matching import lacks_subscription, subscribed_product
from bot.payments.models import PaymentEvent, SubscriptionRecord
from bot.payments.observations import Observation
from bot.payments.orders import Payments
from bot.payments.polling.renewals import PolledSubscription, Renewals
from bot.payments.polling.repository import PollingRepository
from bot.payments.polling.store import MOST_PAGES, OF_EVERY_REQUEST, StoreLists
from bot.payments.provider import Order, Subscription
from bot.payments.repository import PaymentRepository
from bot.payments.subscription_matching import begun_by
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork

log = logging.getLogger(__name__)

_TOGETHER: Final = 1000
_TAKEN_ALONG: Final = timedelta(hours=12)
"""What falls due within it is asked for with the rest: the same pages hold it."""
_AFTER_TROUBLE: Final = timedelta(hours=1)
"""When one that can't be read or applied is asked for again."""
_WRITTEN_AT_ONCE: Final = 20
"""Rows in one transaction: a purchase waits for it no longer than some milliseconds."""


class SubscriptionsList:
    def __init__(self, database: UnitOfWork, lists: StoreLists, payments: Payments, clock: Clock) -> None:
        self._database = database
        self._lists = lists
        self._payments = payments
        self._renewals = Renewals(database, lists)
        self._clock = clock
        self.worker = Worker(
            self.poll, name="subscriptions list", clock=clock, queue=Queue.SUBSCRIPTION_POLLS
        )

    async def poll(self) -> datetime | None:
        """Look at the subscriptions that are due; returns when (UTC) there are more."""
        now = self._clock()
        try:
            async with self._database.read() as tx:
                next_poll = await PollingRepository(tx).next_subscription()
                if next_poll is None or next_poll > now:
                    return next_poll
                due = await PollingRepository(tx).due_subscriptions(now + _TAKEN_ALONG, limit=_TOGETHER)
            async for batch in self._shown(due):
                await self._settle(batch)
        except PandabaseError as error:
            return self._lists.subscriptions_again_at(error)
        async with self._database.read() as tx:
            return await PollingRepository(tx).next_subscription()

    async def begun_by(self, order: Order) -> Subscription | None:
        """The subscription that a paid order of ours began, if we don't know it yet and the store shows it.

        Raises the PandabaseErrors, but for a token that may not: the log says so, and there is none.
        """
        customer = order.customer_id
        if order.event is not PaymentEvent.PAID or customer is None or order.order_number is None:
            return None
        async with self._database.read() as tx:
            named = await SessionRepository(tx).session_named(order.order_number)
            product = subscribed_product(named.sale) if named else None
            if named is None or product is None or not await lacks_subscription(tx, named.sale):
                return None
        try:
            listed = await self._lists.subscriptions_of(customer, product)
        except Unauthorized as error:
            self._lists.subscriptions_again_at(error)  # it logs what is in the way
            return None
        async with self._database.read() as tx:
            taken = await PaymentRepository(tx).subscriptions_known([each.id for each in listed if each.id])
        free = [each for each in listed if each.id not in taken]
        return begun_by(order, product, free, now=self._clock())

    async def _shown(self, due: Sequence[SubscriptionRecord]) -> AsyncIterator[Sequence[PolledSubscription]]:
        """What the store shows of them: by pages of its list while that costs less than one by one."""
        missing = {known.subscription_id: known for known in due}
        number, pages_left = 0, 1
        while 0 < pages_left < len(missing) and number < MOST_PAGES:
            number, asked = number + 1, self._clock()
            page = await self._lists.subscriptions(number)
            pages_left = page.pages - number
            given = {each.id: each for each in page.entries if each.id in missing}
            yield [PolledSubscription(missing.pop(key), each, asked) for key, each in given.items() if key]
        for known in missing.values():
            asked = self._clock()
            try:
                alone = await self._alone(known.subscription_id)
            except OF_EVERY_REQUEST:
                raise
            except PandabaseError as error:
                log.warning(
                    "The subscription %s can't be read, and is asked for again: %s",
                    known.subscription_id,
                    error,
                )
                await self._leave(known)
            else:
                yield [PolledSubscription(known, alone, asked)]

    async def _alone(self, subscription_id: str) -> Subscription | None:
        try:
            return await self._lists.subscription(subscription_id)
        except NotFound:
            log.warning("The store doesn't know the subscription %s any more", subscription_id)
            return None

    async def _settle(self, batch: Sequence[PolledSubscription]) -> None:
        orders = await self._renewals.of(batch)
        for start in range(0, len(batch), _WRITTEN_AT_ONCE):
            await self._apply(batch[start : start + _WRITTEN_AT_ONCE], orders)

    async def _apply(self, some: Sequence[PolledSubscription], orders: Mapping[str, Sequence[Order]]) -> None:
        """Apply each; one that can't be applied is left for later."""
        try:
            await self._write(some, orders)
        except DatabaseAway:
            raise
        except Exception:
            if len(some) > 1:  # one of them is in the way of the others
                for shown in some:
                    await self._apply([shown], orders)
                return
            known = some[0].known
            log.exception(
                "The subscription %s can't be applied, and is asked for again", known.subscription_id
            )
            await self._leave(known)

    async def _write(self, some: Sequence[PolledSubscription], orders: Mapping[str, Sequence[Order]]) -> None:
        async with self._database.write() as tx:
            for shown in some:
                for seen in _observations(shown, orders.get(shown.known.subscription_id, ())):
                    await self._payments.observe(tx, seen)
                await self._payments.subscriptions.plan_poll(tx, shown.known.subscription_id)

    async def _leave(self, known: SubscriptionRecord) -> None:
        async with self._database.write() as tx:
            await PollingRepository(tx).poll_subscription_at(known.id, self._clock() + _AFTER_TROUBLE)


def _observations(shown: PolledSubscription, orders: Sequence[Order]) -> list[Observation]:
    given = shown.given
    if given is None:
        return []
    paid = [Observation.of_order(order, shown.asked, given) for order in orders]
    return paid or [Observation.of_subscription(given, shown.asked)]
