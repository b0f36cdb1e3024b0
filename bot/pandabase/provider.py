"""One Pandabase store as the provider of everything that the shop needs: our records in, our records out."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Self

from bot.catalog.models import Category, Product, ProductSummary, Storefront
from bot.checkout.draft import CheckoutDraft, CheckoutItem, CheckoutPage
from bot.pandabase import catalog, checkouts
from bot.pandabase.client import PandabaseClient
from bot.pandabase.schemas import EstimateRequest


class PandabaseShop:
    """What needs no token: `CatalogProvider` and `CheckoutProvider`. Each call raises the PandabaseErrors."""

    def __init__(self, client: PandabaseClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(
        cls, store_id: str, base_url: str, *, clock: Callable[[], datetime]
    ) -> AsyncIterator[Self]:
        """A store with a connection pool of its own, for as long as the context lasts."""
        async with PandabaseClient.open(store_id, base_url, clock=clock) as client:
            yield cls(client)

    @property
    def clock_difference(self) -> timedelta | None:
        """How far the store's clock is ahead of ours, by its last answer that said so."""
        return self._client.clock_difference

    async def store(self) -> Storefront:
        return catalog.storefront(await self._client.store())

    async def all_products(self) -> Sequence[ProductSummary]:
        return [catalog.product_summary(each) for each in await self._client.all_products()]

    async def all_categories(self) -> Sequence[Category]:
        return [catalog.category(each) for each in await self._client.all_categories()]

    async def product(self, product_id: str) -> Product:
        return catalog.product(await self._client.product(product_id))

    async def create_checkout(self, draft: CheckoutDraft) -> CheckoutPage:
        return checkouts.page(await self._client.create_checkout(checkouts.request(draft)))

    async def estimated_discount(
        self, items: tuple[CheckoutItem, ...], coupon_code: str, *, country: str
    ) -> int:
        request = EstimateRequest(items=checkouts.items(items), country=country, coupon_code=coupon_code)
        estimate = await self._client.estimate(request)
        return estimate.discount.amount if estimate.discount else 0
