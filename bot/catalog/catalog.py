"""What the store sells, kept in memory: pages and autocomplete never wait for the network.

Except at a start for which nothing was kept: then they wait a moment for the first answer.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, TypeVar

from bot.catalog.kept import CatalogFile
from bot.catalog.models import Category, Product, ProductSummary, ProductType, Storefront
from bot.catalog.provider import CatalogProvider
from bot.catalog.refusals import ProductGone
from bot.catalog.search import CHOICES, Match, SearchIndex
from bot.errors import NotFound, PandabaseError
from bot.storage.queues import Mark, Queue, nobody_waits

log = logging.getLogger(__name__)

REFRESH_INTERVAL: Final = timedelta(minutes=15)
"""How often `refresh` is due while nobody looks. What is bought is looked up again (`details`), and the
checkout's amount guard has the last word; more often would spend the store's rate limit on nothing."""
FRESH_FOR: Final = timedelta(minutes=5)
"""Who looks at a list that is older has it read anew for the next one who looks."""
STALE_AFTER: Final = 3 * REFRESH_INTERVAL
"""Three refreshes missed are an outage that people should be told of, one is a hiccup."""
DETAILS_MAX_AGE: Final = timedelta(seconds=60)
KEPT_FOR: Final = timedelta(hours=1)
"""How old the kept catalog gets while the store answers the same: it is written anew then."""
FIRST_ANSWER: Final = 2.0
"""Seconds that who looks for a product waits when nothing is known yet; autocomplete is allowed three."""
MOST_DETAILS: Final = 1_000
"""Products whose details are kept; the one used longest ago goes first."""

_SHOWN_IN_LISTS: Final = ("title", "subtitle", "price", "compare_at_price", "in_stock", "images")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The catalog as it was at `fetched_at` (UTC), which is None until the store answered once."""

    store: Storefront | None
    products: tuple[ProductSummary, ...]
    by_id: Mapping[str, ProductSummary]
    categories: tuple[Category, ...]
    index: SearchIndex
    fetched_at: datetime | None

    @classmethod
    def of(
        cls,
        store: Storefront | None = None,
        products: Sequence[ProductSummary] = (),
        categories: Sequence[Category] = (),
        fetched_at: datetime | None = None,
    ) -> "Snapshot":
        index = SearchIndex(products)
        by_id = MappingProxyType(index.by_id)
        return cls(store, index.products, by_id, tuple(categories), index, fetched_at)

    def says(
        self, store: Storefront, products: Sequence[ProductSummary], categories: Sequence[Category]
    ) -> bool:
        """Whether it is the same."""
        return (self.store, self.products, self.categories) == (store, tuple(products), tuple(categories))


@dataclass(frozen=True, slots=True)
class _Details:
    product: Product
    fetched_at: datetime


class Catalog:
    """`mark` is told of each read of everything, also of one that failed."""

    def __init__(
        self,
        client: CatalogProvider,
        clock: Callable[[], datetime],
        *,
        file: CatalogFile | None = None,
        mark: Mark = nobody_waits,
    ) -> None:
        self._client = client
        self._clock = clock
        self._file = file
        self._mark = mark
        self._kept_at: datetime | None = None
        self._has_asked = False
        self._snapshot = Snapshot.of()
        self._outage = False
        self._details: OrderedDict[str, _Details] = OrderedDict()
        self._reads: dict[Hashable, asyncio.Task[Any]] = {}

    @property
    def snapshot(self) -> Snapshot:
        """The newest whole catalog; what holds it sees no changes.

        Where it is older than FRESH_FOR it is read anew meanwhile, for the next one who looks.
        """
        age = self.age()
        if age is not None and age >= FRESH_FOR and "everything" not in self._reads:
            self._start("everything", self._read_everything)
        return self._snapshot

    @property
    def latest(self) -> Snapshot:
        """The same without having it read anew: for what follows each read."""
        return self._snapshot

    def age(self) -> timedelta | None:
        """How old the prices in lists are; None if there are none yet."""
        fetched_at = self._snapshot.fetched_at
        return None if fetched_at is None else self._clock() - fetched_at

    @property
    def is_stale(self) -> bool:
        """Whether the store has been away so long that people should be told how old the prices are."""
        age = self.age()
        return age is None or age >= STALE_AFTER

    @property
    def is_away(self) -> bool:
        """Whether the store didn't answer when it was asked last."""
        return self._outage

    @property
    def store(self) -> Storefront | None:
        """The store itself, as far as it is known without asking it."""
        return self._snapshot.store

    def known(self, product_id: str) -> ProductSummary | None:
        """The product, as far as it is known without asking the store."""
        details = self._details.get(product_id)
        return details.product if details is not None else self._snapshot.by_id.get(product_id)

    def kind_of(self, product_id: str) -> ProductType:
        """What kind of product it is, as far as that is known without asking the store."""
        known = self.known(product_id)
        return ProductType.UNKNOWN if known is None else known.product_type

    async def search(self, text: str, limit: int = CHOICES) -> list[ProductSummary]:
        """The products that fit best; see `SearchIndex.search`."""
        await self._first_answer()
        return await self.snapshot.index.search(text, limit)

    async def match(self, text: str) -> Match:
        """What typed text stands for; see `SearchIndex.match`."""
        await self._first_answer()
        return await self.snapshot.index.match(text)

    async def recall(self) -> None:
        """Have what was kept be known until the store answers, if nothing is known yet."""
        if self._file is None or self.age() is not None:
            return
        await self._shared("kept", self._read_kept)

    async def refresh(self) -> bool:
        """Read everything anew and say whether that worked; if not, what was known before stays.

        Whoever calls meanwhile waits for the same read.
        """
        return await self._shared("everything", self._read_everything)

    async def details(self, product_id: str, *, max_age: timedelta = DETAILS_MAX_AGE) -> Product:
        """The product with its variants, at most `max_age` old while the store answers.

        If it doesn't, the newest known one is given, whatever its age: `details_age` says it.

        Raises:
            ProductGone: the store no longer has it.
            PandabaseError: the store doesn't answer, and the product isn't known from before.
        """
        known = self._details.get(product_id)
        if known is not None and self._clock() - known.fetched_at < max_age:
            self._details.move_to_end(product_id)
            return known.product
        return await self._shared(("product", product_id), lambda: self._read_product(product_id))

    async def current(self, listed: ProductSummary, *, max_age: timedelta) -> Product:
        """A product of the newest list with its variants: read anew where the list says something else.

        A store that is away isn't asked. Raises as `details` does.
        """
        known = self._details.get(listed.id)
        if known is not None and self.is_away:
            return known.product
        agree = known is not None and all(
            getattr(known.product, name) == getattr(listed, name) for name in _SHOWN_IN_LISTS
        )
        return await self.details(listed.id, max_age=max_age if agree else timedelta(0))

    def details_age(self, product_id: str) -> timedelta | None:
        """How old the product is that `details` gave; None if it isn't kept."""
        known = self._details.get(product_id)
        return None if known is None else self._clock() - known.fetched_at

    def forget(self, product_id: str) -> None:
        """Have the next `details` ask the store, for example after it refused an amount."""
        self._details.pop(product_id, None)

    async def _shared(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Join the read that is under way, or start it; it goes on when a caller gives up waiting."""
        task: asyncio.Task[Result] | None = self._reads.get(key)
        return await asyncio.shield(task or self._start(key, read))

    def _start(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, Result]]) -> asyncio.Task[Result]:
        task = self._reads[key] = asyncio.create_task(read())
        task.add_done_callback(lambda _: self._reads.pop(key, None))
        return task

    async def _first_answer(self) -> None:
        if self.age() is None and (not self._has_asked or "everything" in self._reads):
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_ANSWER):
                    await self.recall()
                    if self.age() is None:
                        await self.refresh()

    async def _read_kept(self) -> None:
        if self._file is None:
            return
        kept = await asyncio.to_thread(self._file.read, self._clock())
        if kept is None:
            return
        snapshot = await asyncio.to_thread(
            Snapshot.of, kept.store, kept.products, kept.categories, kept.fetched_at
        )
        if self.age() is None:  # the store may have answered meanwhile
            self._snapshot = snapshot
            self._kept_at = kept.fetched_at

    async def _keep(self, *, is_same: bool) -> None:
        """Write down what is known now, unless that is what the file says already."""
        now = self._snapshot
        if self._file is None or now.store is None or now.fetched_at is None:
            return
        is_recent = self._kept_at is not None and now.fetched_at - self._kept_at < KEPT_FOR
        if is_recent and is_same:
            return
        await asyncio.to_thread(self._file.write, now.fetched_at, now.store, now.products, now.categories)
        self._kept_at = now.fetched_at

    async def _read_everything(self) -> bool:
        try:
            return await self._read_from_store()
        finally:
            self._mark(Queue.CATALOG, None)

    async def _read_from_store(self) -> bool:
        asked_at = self._clock()
        try:
            # One after the other: nobody waits for it, and a store in trouble gets one request, not three.
            store = await self._client.store()
            products = await self._client.all_products(self._snapshot.by_id)
            categories = await self._client.all_categories()
        except PandabaseError as error:
            if not self._outage:
                log.warning("the catalog can't be read, so what is known stays in use: %s", error)
            self._outage = self._has_asked = True
            return False
        if self._outage:
            log.info("the catalog can be read again")
        self._outage = False
        self._has_asked = True
        before = self._snapshot
        is_same = before.says(store, products, categories)
        if is_same:
            self._snapshot = replace(before, fetched_at=asked_at)
        else:
            # Ten thousand titles take a while to prepare for the search.
            self._snapshot = await asyncio.to_thread(Snapshot.of, store, products, categories, asked_at)
        await self._keep(is_same=is_same)
        return True

    async def _read_product(self, product_id: str) -> Product:
        asked_at = self._clock()
        try:
            product = await self._client.product(product_id)
        except NotFound as error:
            self.forget(product_id)
            listed = self._snapshot.by_id.get(product_id)
            raise ProductGone(listed.title if listed else product_id) from error
        except PandabaseError:
            known = self._details.get(product_id)
            if known is None:
                raise
            return known.product
        self._details[product_id] = _Details(product, asked_at)
        self._details.move_to_end(product_id)
        while len(self._details) > MOST_DETAILS:
            self._details.popitem(last=False)
        return product
