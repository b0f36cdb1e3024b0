"""Finds the orders that paid later periods of subscriptions: new orders, which name no subscription."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.session_repository import SessionRepository
from bot.errors import PandabaseError
from bot.payments.models import LISTED_AS_PAID_ONCE, SubscriptionRecord, SubscriptionStatus
from bot.payments.polling.store import OF_EVERY_REQUEST, StoreLists
from bot.payments.provider import Order, Subscription
from bot.payments.repository import PaymentRepository
from bot.payments.subscription_matching import may_renew, renewed_by
from bot.payments.subscription_schedule import moved_on
from bot.storage.transaction import Transaction, UnitOfWork

log = logging.getLogger(__name__)

_LOOKED_FOR: Final = timedelta(days=3)
"""How long after a period began its order is looked for, where something else told of the period."""
_EARLY: Final = timedelta(days=1)
"""How long before a period begins it may be charged for."""


@dataclass(frozen=True, slots=True)
class PolledSubscription:
    """A subscription that we know, and what the store showed of it when it was `asked` (UTC) for it.

    `given` is None for one that the store no longer knows.
    """

    known: SubscriptionRecord
    given: Subscription | None
    asked: datetime


class Renewals:
    def __init__(self, database: UnitOfWork, lists: StoreLists) -> None:
        self._database = database
        self._lists = lists
        self._read: dict[str, tuple[Order, str | None]] = {}

    async def of(self, batch: Sequence[PolledSubscription]) -> Mapping[str, Sequence[Order]]:
        """The orders that nobody told of, whole and oldest first, by the ids of what they renewed."""
        lacking = {
            shown.known.subscription_id: shown.given
            for shown in batch
            if shown.given is not None and await self._lacks_its_order(shown, shown.given)
        }
        if not lacking:
            return {}
        since = min(_last_known(shown) for shown in batch if shown.known.subscription_id in lacking)
        found: dict[str, list[Order]] = {}
        for listed in await self._unknown(await self._lists.newest_orders(since), list(lacking.values())):
            try:
                order, subscription = await self._whole(listed, list(lacking.values()))
            except OF_EVERY_REQUEST:
                raise
            except PandabaseError as error:
                log.warning("The order %s can't be read, and is looked at again: %s", listed, error)
                continue
            if subscription in lacking:
                found.setdefault(subscription, []).append(order)
        self._read.clear()
        return found

    async def _whole(self, order_id: str, subscriptions: Sequence[Subscription]) -> tuple[Order, str | None]:
        """The order with the id of what it renewed; whoever has to wait for the store has it by then."""
        if order_id not in self._read:
            order = await self._lists.order(order_id)
            self._read[order_id] = order, await self._renewed_by(order, subscriptions)
        return self._read[order_id]

    async def _lacks_its_order(self, shown: PolledSubscription, given: Subscription) -> bool:
        """Whether a later period than its first, or another plan, may be paid by an unknown order."""
        if await self._lacks_its_plan(shown, given):
            return True
        start, began = given.current_period_start, given.created_at
        if start is None or began is None or start - began < _EARLY:
            return False
        if given.status is SubscriptionStatus.TRIALING:
            return False
        if moved_on(shown.known, given):
            return True
        if shown.asked - start > _LOOKED_FOR:
            return False
        async with self._database.read() as tx:
            last = await PaymentRepository(tx).last_renewal(shown.known.subscription_id)
        return last is None or last < start - _EARLY

    async def _lacks_its_plan(self, shown: PolledSubscription, given: Subscription) -> bool:
        plan = given.product_id
        if plan is not None and shown.known.product_id not in {None, plan}:
            return True
        async with self._database.read() as tx:
            return await unpaid_plan_since(tx, shown.known, shown.asked) is not None

    async def _unknown(self, listed: Sequence[Order], subscriptions: Sequence[Subscription]) -> list[str]:
        """The ids of those that may have renewed one of the subscriptions, and that nobody told of."""
        fitting = {
            order.id: order.order_number or ""
            for order in reversed(listed)
            if order.id is not None
            and order.event in LISTED_AS_PAID_ONCE
            and any(may_renew(order, each) for each in subscriptions)
        }
        async with self._database.read() as tx:
            known = await PaymentRepository(tx).orders_known(list(fitting))
            return [
                order_id
                for order_id, number in fitting.items()
                if order_id not in known and not await SessionRepository(tx).is_named(number)
            ]

    async def _renewed_by(self, order: Order, subscriptions: Sequence[Subscription]) -> str | None:
        """The id of the subscription, of whatever the customer has of the same product."""
        for subscription in subscriptions:
            product, customer_id = subscription.product_id, subscription.customer_id
            if product is None or customer_id is None:
                continue
            if not may_renew(order, subscription) or not order.has_product(product):
                continue
            renewed = renewed_by(order, await self._lists.subscriptions_of(customer_id, product))
            return renewed.id if renewed else None
        return None


async def unpaid_plan_since(
    tx: Transaction, subscription: SubscriptionRecord, now: datetime
) -> datetime | None:
    """When (UTC) it changed to a plan that the newest order we know isn't of; None once that is too long ago.

    The store's list may show the order of the difference later than the plan. Some plans have none: what
    costs less, or begins with the next period.
    """
    known = await PaymentRepository(tx).known_subscription(subscription.subscription_id)
    if known is None or now - known.changed_at > _LOOKED_FOR:
        return None
    plan = known.record.product_id
    orders = [order for order in await PaymentRepository(tx).orders_of(subscription.sale_id) if order.items]
    if not orders or plan is None:
        return None
    newest = max(orders, key=lambda order: order.id)
    return None if any(item.product_id == plan for item in newest.items) else known.changed_at


def _last_known(shown: PolledSubscription) -> datetime:
    """Since when (UTC) its unknown orders may have been made."""
    ends = (shown.known.current_period_end, shown.given.current_period_start if shown.given else None)
    return min(filter(None, ends)) - _EARLY
