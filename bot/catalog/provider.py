"""What the catalog needs of a payment provider. Its package implements this, and nobody else knows it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from bot.catalog.models import Category, Product, ProductSummary, Storefront


class CatalogProvider(Protocol):
    """One store's public catalog. Each call raises the PandabaseErrors."""

    async def store(self) -> Storefront: ...

    async def all_products(
        self, known: Mapping[str, ProductSummary] = MappingProxyType({})
    ) -> Sequence[ProductSummary]:
        """Every active product, oldest first, each once; one that is as `known` (by id) is that record."""
        ...

    async def all_categories(self) -> Sequence[Category]:
        """Every category, each once, in the store's order."""
        ...

    async def product(self, product_id: str) -> Product:
        """Raises NotFound for a product that isn't there or isn't active."""
        ...
