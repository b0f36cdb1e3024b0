"""One Pandabase store as the provider of everything that the shop needs: our records in, our records out."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self

from bot.catalog.models import Category, Product, ProductSummary, Storefront
from bot.pandabase import catalog
from bot.pandabase.client import PandabaseClient


class PandabaseShop:
    """What needs no token: implements `CatalogProvider`. Each call raises the PandabaseErrors."""

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

    async def store(self) -> Storefront:
        return catalog.storefront(await self._client.store())

    async def all_products(self) -> Sequence[ProductSummary]:
        return [catalog.product_summary(each) for each in await self._client.all_products()]

    async def all_categories(self) -> Sequence[Category]:
        return [catalog.category(each) for each in await self._client.all_categories()]

    async def product(self, product_id: str) -> Product:
        return catalog.product(await self._client.product(product_id))
