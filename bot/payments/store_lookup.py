"""Asks the store at once for what webhooks leave open: whose a subscription is, and when it ends."""

import logging
from datetime import datetime
from typing import Final, Protocol

from bot.checkout.repository import SaleRepository
from bot.errors import NotFound, PandabaseError
from bot.jobs.worker import Clock, Worker
from bot.payments.matching import subscribed_product
from bot.payments.polling.repository import PollingRepository
from bot.payments.polling.store import OF_EVERY_REQUEST, StoreLists
from bot.payments.unmatched_repository import UnmatchedRepository
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork

log = logging.getLogger(__name__)

_REMEMBERED: Final = 10_000


class SubscriptionLookup(Protocol):
    """What a transaction leaves to be asked. Nothing is asked before the caller's transaction is over."""

    def look_up(self, tx: Transaction, subscription_id: str) -> None:
        """Find out whether one that nobody here knows is ours, and look for its order if it may be."""
        ...

    def has_looked_up(self, subscription_id: str) -> bool:
        """Whether that was found out."""
        ...


class StoreLookup:
    """Implements SubscriptionLookup.

    What is to be asked is kept in memory alone: the event that it is about is applied anyway after a while,
    and sessions that lack a subscription are polled by themselves.
    """

    def __init__(self, database: UnitOfWork, lists: StoreLists, clock: Clock) -> None:
        self._database = database
        self._lists = lists
        self._clock = clock
        self._unknown: dict[str, None] = {}
        self._known: dict[str, None] = {}
        self.worker = Worker(
            self.ask, name="unknown subscriptions", clock=clock, queue=Queue.UNKNOWN_SUBSCRIPTIONS
        )

    def look_up(self, tx: Transaction, subscription_id: str) -> None:
        self._known.pop(subscription_id, None)
        self._unknown[subscription_id] = None
        tx.mark(Queue.UNKNOWN_SUBSCRIPTIONS)

    def has_looked_up(self, subscription_id: str) -> bool:
        return subscription_id in self._known

    async def ask(self) -> datetime | None:
        """Ask about each that is unknown; returns when (UTC) to go on, where the store can't be asked now."""
        while self._unknown:
            subscription_id = next(iter(self._unknown))
            try:
                await self._ask(subscription_id)
            except OF_EVERY_REQUEST as error:
                return self._lists.subscriptions_again_at(error)
            except PandabaseError as error:
                log.warning("The subscription %s can't be read: %s", subscription_id, error)
            self._unknown.pop(subscription_id, None)
        return None

    async def _ask(self, subscription_id: str) -> None:
        try:
            given = await self._lists.subscription(subscription_id)
        except NotFound:
            self._remember(subscription_id)
            return
        product, now = given.product_id, self._clock()
        async with self._database.write() as tx:
            for payment in await UnmatchedRepository(tx).lacking(now):
                sale = await SaleRepository(tx).by_id(payment.sale_id)
                if subscribed_product(sale) == product:
                    await PollingRepository(tx).poll_number_at(payment.order_number, now)
        self._remember(subscription_id)

    def _remember(self, subscription_id: str) -> None:
        self._known[subscription_id] = None
        if len(self._known) > _REMEMBERED:
            self._known.pop(next(iter(self._known)))
