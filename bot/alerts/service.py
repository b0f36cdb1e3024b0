"""Who wants to be told of what, and when that is so."""

import logging
from datetime import timedelta
from functools import partial
from typing import Final

from bot.alerts.models import Alert, AlertChange, AlertKind, AlertNews, AlertSwitched, Watched
from bot.alerts.refusals import alert_gone, no_price_to_watch, too_many_alerts
from bot.alerts.repository import AlertRepository
from bot.catalog.catalog import Catalog
from bot.catalog.models import PricingModel, Product
from bot.catalog.refusals import ProductGone, VariantNeeded
from bot.checkout.pricing import Pricing
from bot.checkout.refusals import not_yours
from bot.errors import PandabaseError, Refusal
from bot.jobs.models import JobKind, NewJob
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock, Worker
from bot.privacy.events import MemberForgotten
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork

log = logging.getLogger(__name__)

MOST_ALERTS: Final = 25
"""That a member waits for in a server."""
_DOUBLE_CLICK: Final = timedelta(seconds=3)
"""Who presses again within it means the same."""
_TOLD_AT_ONCE: Final = 500
_READ_EVERY: Final = timedelta(hours=1)
"""What lists don't say, such as a variant's stock, is read so often."""
_ANY: Final = -1
"""Cents: below any price."""


class ProductAlerts:
    def __init__(self, database: UnitOfWork, catalog: Catalog, pricing: Pricing, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._pricing = pricing
        self._clock = clock
        self.worker = Worker(
            self.follow, name="product alerts", clock=clock, queue=Queue.CATALOG, needs_servers=True
        )

    async def press(self, user_id: int, guild_id: int, watched: Watched) -> AlertSwitched:
        """Have the member told of it once, or no longer if they had asked for it.

        Raises no_price_to_watch, too_many_alerts, ProductGone and PandabaseError.
        """
        product = await self._catalog.details(watched.product_id)
        price = _price(product, watched.variant_id)
        if watched.kind is AlertKind.PRICE and price is None:
            raise no_price_to_watch()
        if watched.kind is AlertKind.STOCK and self._is_in_stock(product, watched.variant_id):
            return AlertSwitched(AlertChange.NOT_NEEDED, product)
        now = self._clock()
        async with self._database.write() as tx:
            alerts = AlertRepository(tx)
            before = await alerts.waiting(user_id, guild_id, watched)
            if before is not None and now - before.asked_at <= _DOUBLE_CLICK:
                return AlertSwitched(AlertChange.ADDED, product)
            if before is not None:
                await alerts.drop(before)
                return AlertSwitched(AlertChange.REMOVED, product)
            if await alerts.count(user_id, guild_id) >= MOST_ALERTS:
                raise too_many_alerts(MOST_ALERTS)
            missed = await alerts.take_missed(user_id, guild_id, watched)
            await alerts.add(user_id, guild_id, watched, price=price or 0, now=now)
        return AlertSwitched(AlertChange.ADDED, product, missed=missed)

    async def of_member(self, reference: str, user_id: int) -> Alert:
        """What somebody was told, by the name in its buttons. Raises alert_gone and not_yours."""
        async with self._database.look() as tx:
            alert = await AlertRepository(tx).find(reference)
        if alert is None:
            raise alert_gone()
        if alert.user_id != user_id:
            raise not_yours()
        return alert

    # --- telling --------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Have those told for whom what they wait for is so, as far as the store was read."""
        async with self._database.look() as tx:
            waited_for = await AlertRepository(tx).watched()
        for watched in waited_for:
            product = await self._now(watched)
            if product is None:
                continue
            price = _price(product, watched.variant_id)
            if watched.kind is AlertKind.STOCK and self._is_in_stock(product, watched.variant_id):
                await self._tell(watched, above=_ANY)
            if watched.kind is AlertKind.PRICE and price is not None:
                await self._tell(watched, above=price)

    async def news(self, alert_id: int) -> AlertNews | None:
        """What there is to tell; None if it is over by now. Raises PandabaseError."""
        async with self._database.look() as tx:
            alert = await AlertRepository(tx).by_id(alert_id)
        if alert is None:
            return None
        watched = alert.watched
        try:
            product = await self._catalog.details(watched.product_id)
        except ProductGone:
            return None
        price = _price(product, watched.variant_id) or 0
        is_so = self._is_in_stock(product, watched.variant_id)
        if watched.kind is AlertKind.PRICE:
            is_so = is_so and price < alert.price
        return AlertNews(alert, product, price) if is_so else None

    @staticmethod
    async def forget_member(tx: Transaction, event: MemberForgotten) -> None:
        await AlertRepository(tx).forget(event.user_id)

    async def is_over(self, alert_id: int, tx: Transaction) -> None:
        """Record that it was over before they were told: they wait on."""
        await AlertRepository(tx).wait_again(alert_id)

    async def told(self, alert_id: int, tx: Transaction, *, missed: bool) -> None:
        """Record that they were told, or couldn't be."""
        await AlertRepository(tx).miss(alert_id, missed=missed)

    async def _tell(self, watched: Watched, *, above: int) -> None:
        """Write that all who wait for it, and saw a price above that (cents), are to be told."""
        more = True
        while more:
            now = self._clock()
            async with self._database.write() as tx:
                found = await AlertRepository(tx).found(watched, above=above, now=now, limit=_TOLD_AT_ONCE)
                jobs = [NewJob(JobKind.ALERT, str(alert)) for alert in found]
                await JobRepository(tx).plan_all_again(jobs, now)
            more = len(found) == _TOLD_AT_ONCE

    async def _now(self, watched: Watched) -> Product | None:
        """The product as the store has it; None where nothing is to be told of it."""
        listed = self._catalog.latest.by_id.get(watched.product_id)
        if listed is None or self._catalog.is_away:
            return None
        if watched == Watched(AlertKind.STOCK, watched.product_id) and not listed.in_stock:
            return None
        try:
            return await self._catalog.current(listed, max_age=_READ_EVERY)
        except (ProductGone, PandabaseError) as error:
            log.info("Who waits for %s isn't told yet: %s", watched.product_id, error)
            return None

    def _is_in_stock(self, product: Product, variant_id: str | None) -> bool:
        """Whether it can be bought, whichever variant of it."""
        every: list[str | None] = [variant.id for variant in product.variants]
        wanted = [variant_id] if variant_id else every or [None]
        return any(map(partial(self._can_be_bought, product), wanted))

    def _can_be_bought(self, product: Product, variant_id: str | None) -> bool:
        try:
            self._pricing.offered(product, variant_id, 1)
        except VariantNeeded:
            return True
        except Refusal:
            return False
        return True


def _price(product: Product, variant_id: str | None) -> int | None:
    """What one costs at least, in cents; None where the payer chooses, or nobody knows."""
    if product.pricing_model is not PricingModel.STANDARD:
        return None
    if variant_id is not None:
        return next((each.price for each in product.variants if each.id == variant_id), None)
    return min((each.price for each in product.variants), default=product.price)
