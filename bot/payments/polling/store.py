"""The store's lists, read by those who aren't in a hurry."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errors import PandabaseError, RateLimited, Unauthorized, Unavailable
from bot.jobs.worker import Clock
from bot.payments.models import PaymentEvent
from bot.payments.provider import Order, Page, PaymentProvider, Subscription

log = logging.getLogger(__name__)

OF_EVERY_REQUEST: Final = (RateLimited, Unauthorized, Unavailable)
"""Errors that say nothing of what was asked for: to go on with the next is of no use."""
MOST_PAGES: Final = 20
_KEPT_FREE: Final = 0.2
"""The share of the store's rate limit that is left to those who wait for an answer."""
_FOR_PAGES: Final = 0.25
"""The share of what is left that pages may take, where one by one is asked for what they don't show."""
_AFTER_TROUBLE: Final = timedelta(minutes=1)
_AFTER_REFUSAL: Final = timedelta(minutes=30)


class StoreLists:
    """Each call raises RateLimited before the store does: the rest is for those who wait for an answer."""

    def __init__(self, provider: PaymentProvider, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock

    @property
    def most_pages(self) -> int:
        """How many pages are read for one answer: where few requests are allowed, some are left for more."""
        allowance = self._provider.allowance
        if allowance is None:
            return MOST_PAGES
        usable = allowance.limit * (1 - _KEPT_FREE)
        return max(1, min(MOST_PAGES, int(usable * _FOR_PAGES)))

    async def order(self, order_id: str) -> Order:
        """Everything about one order. Raises NotFound."""
        self._keep_within_the_limit()
        return await self._provider.order(order_id)

    async def orders_numbered(self, number: str) -> list[Order]:
        """The orders of that number, as far as the store's search looks at numbers."""
        self._keep_within_the_limit()
        found = await self._provider.orders_numbered(number)
        return [order for order in found if order.order_number == number]

    async def newest_orders(self, since: datetime, event: PaymentEvent | None = None) -> list[Order]:
        """The orders from `since` (UTC) on, newest first."""
        orders: list[Order] = []
        for number in range(1, MOST_PAGES + 1):
            page, is_last = await self.page_of_orders(number, since, event)
            orders.extend(page)
            if is_last:
                break
        return orders

    async def page_of_orders(
        self, number: int, since: datetime, event: PaymentEvent | None = None
    ) -> tuple[Sequence[Order], bool]:
        """One page of the newest orders, and whether it reaches back to `since` (UTC) or ends the list."""
        self._keep_within_the_limit()
        page = await self._provider.orders(number, event=event)
        oldest = page.entries[-1].created_at if page.entries else None
        return page.entries, not page.is_full or (oldest is not None and oldest < since)

    async def subscription(self, subscription_id: str) -> Subscription:
        """One subscription as it is now. Raises NotFound."""
        self._keep_within_the_limit()
        return await self._provider.subscription(subscription_id)

    async def subscriptions(self, page: int) -> Page[Subscription]:
        """One page of all subscriptions, newest first."""
        self._keep_within_the_limit()
        return await self._provider.subscriptions(page)

    async def subscriptions_of(self, customer_id: str, product_id: str) -> Sequence[Subscription]:
        """A customer's subscriptions of a product, newest first."""
        self._keep_within_the_limit()
        return await self._provider.subscriptions_of(customer_id, product_id)

    def keep_free(self, share: float) -> None:
        """Leave that share of the store's rate limit to others. Raises RateLimited where less is left."""
        allowance = self._provider.allowance
        if allowance is None or allowance.reset <= self._clock():
            return
        if allowance.remaining <= allowance.limit * share:
            raise RateLimited(retry_at=allowance.reset, detail="kept free for who waits for an answer")

    def _keep_within_the_limit(self) -> None:
        self.keep_free(_KEPT_FREE)

    def orders_again_at(self, error: PandabaseError) -> datetime:
        """When (UTC) to ask for orders again; the log says what was in the way."""
        scope = self._provider.scopes.orders
        return _ask_again_at(error, self._clock(), what="The store's orders", scope=scope)

    def subscriptions_again_at(self, error: PandabaseError) -> datetime:
        """The same of subscriptions."""
        scope = self._provider.scopes.subscriptions
        return _ask_again_at(error, self._clock(), what="The store's subscriptions", scope=scope)


def _ask_again_at(error: PandabaseError, now: datetime, *, what: str, scope: str) -> datetime:
    match error:
        case RateLimited():
            return max(error.retry_at or now + _AFTER_TROUBLE, now + timedelta(seconds=1))
        case Unauthorized():
            log.error("%s can't be read; pandabase.api_token needs the scope %s: %s", what, scope, error)
            return now + _AFTER_REFUSAL
    log.warning("%s could not be read: %s", what, error)
    return now + _AFTER_TROUBLE
