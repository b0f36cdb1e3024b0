"""The Pandabase API: checkout sessions, estimates and the public storefront. None of it needs a token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, Literal, Self, TypeVar

import aiohttp

from bot.errors import UnreadableAnswer
from bot.pandabase.schemas import (
    CategorySummary,
    CheckoutRequest,
    CheckoutSession,
    Estimate,
    EstimateRequest,
    StoreCategory,
    StoreDetails,
    StorePage,
    StorePricingModel,
    StoreProductDetails,
    StoreProductSummary,
    StoreProductType,
)
from bot.pandabase.transport import Observe, Transport, nobody_observes, path_segment, store_connections

LARGEST_PAGE: Final = 100
"""Entries; source: the storefront OpenAPI file."""
PAGES_AT_ONCE: Final = 4
MOST_READS_OF_A_LIST: Final = 3

# Sized for a store that takes its time: with 10 connections and 250 ms each, 50 purchases queue up.
CONNECTIONS: Final = 100

Entry = TypeVar("Entry", StoreProductSummary, CategorySummary)
Read = TypeVar("Read")


class PandabaseClient:
    """One store. What it refuses or fails to do is raised as a subclass of `bot.errors.PandabaseError`."""

    def __init__(
        self,
        store_id: str,
        base_url: str,
        *,
        clock: Callable[[], datetime],
        http: aiohttp.ClientSession,
        observe: Observe = nobody_observes,
    ) -> None:
        self._transport = Transport(http, base_url, clock=clock, observe=observe)
        self._checkouts = f"/stores/{path_segment(store_id)}/checkouts"
        self._storefront = f"/storefront/stores/{path_segment(store_id)}"

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        store_id: str,
        base_url: str,
        *,
        clock: Callable[[], datetime],
        observe: Observe = nobody_observes,
    ) -> AsyncIterator[Self]:
        """A client with a connection pool of its own, for as long as the context lasts."""
        async with store_connections(base_url, at_once=CONNECTIONS) as http:
            yield cls(store_id, base_url, clock=clock, http=http, observe=observe)

    @property
    def clock_difference(self) -> timedelta | None:
        """How far the store's clock is ahead of ours, by its last answer that said so."""
        return self._transport.clock_difference

    async def create_checkout(self, request: CheckoutRequest) -> CheckoutSession:
        """Make a session. It lives 6 hours, and nothing can read, extend or withdraw it.

        A create whose answer was lost is repeated once: nobody has the link of the first.

        Raises:
            Rejected: the store's own sentence says why, for example that `amount` isn't the sum.
            Unavailable: `sent` says whether a session that nobody knows of may exist.
        """
        answer = await self._transport.call("POST", self._checkouts, body=request.body(), repeatable=False)
        return answer.read(CheckoutSession)

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """Price the items with discount and tax; nothing is created."""
        path = f"{self._checkouts}/estimate"
        answer = await self._transport.call("POST", path, body=request.body(), repeatable=True)
        return answer.read(Estimate)

    async def store(self) -> StoreDetails:
        answer = await self._transport.call("GET", self._storefront, repeatable=True)
        return answer.read(StoreDetails)

    async def products(
        self,
        page: int = 1,
        limit: int = 25,
        *,
        search: str | None = None,
        category_id: str | None = None,
        product_type: StoreProductType | None = None,
        pricing_model: StorePricingModel | None = None,
        sort_by: Literal["title", "price", "createdAt"] | None = None,
        sort_order: Literal["asc", "desc"] | None = None,
    ) -> StorePage[StoreProductSummary]:
        """One page of the active products, newest first unless sorted otherwise; `limit` is 1 to 100."""
        query = {
            "page": page,
            "limit": limit,
            "search": search,
            "categoryId": category_id,
            "productType": product_type,
            "pricingModel": pricing_model,
            "sortBy": sort_by,
            "sortOrder": sort_order,
        }
        answer = await self._transport.call(
            "GET", f"{self._storefront}/products", query=_given(query), repeatable=True
        )
        return answer.read(StorePage[StoreProductSummary])

    async def all_products(self) -> list[StoreProductSummary]:
        """Every active product, oldest first, each once."""
        return await self.all_products_as(_itself)

    async def all_products_as(self, read: Callable[[StoreProductSummary], Read]) -> list[Read]:
        """The same, each as it is `read`: what the store sent is kept page by page only."""
        # Oldest first: what is added while the pages are read comes after what was read already.
        return await _read_whole(
            lambda page: self.products(page, LARGEST_PAGE, sort_by="createdAt", sort_order="asc"), read
        )

    async def product(self, product_id: str) -> StoreProductDetails:
        """Raises `NotFound` for a product that isn't there or isn't active."""
        path = f"{self._storefront}/products/{path_segment(product_id)}"
        return (await self._transport.call("GET", path, repeatable=True)).read(StoreProductDetails)

    async def categories(
        self,
        page: int = 1,
        limit: int = 25,
        *,
        featured: bool | None = None,
        parent_id: str | None = None,
    ) -> StorePage[CategorySummary]:
        """One page of the categories; `limit` is 1 to 100."""
        query = {
            "page": page,
            "limit": limit,
            "featured": None if featured is None else str(featured).lower(),
            "parentId": parent_id,
        }
        answer = await self._transport.call(
            "GET", f"{self._storefront}/categories", query=_given(query), repeatable=True
        )
        return answer.read(StorePage[CategorySummary])

    async def all_categories(self) -> list[CategorySummary]:
        """Every category, each once, in the store's order."""
        return await _read_whole(lambda page: self.categories(page, LARGEST_PAGE), _itself)

    async def category(self, category_id: str) -> StoreCategory:
        """Raises `NotFound` for a category that isn't there."""
        path = f"{self._storefront}/categories/{path_segment(category_id)}"
        return (await self._transport.call("GET", path, repeatable=True)).read(StoreCategory)


def _itself(entry: Entry) -> Entry:
    return entry


async def _read_whole(
    fetch: Callable[[int], Awaitable[StorePage[Entry]]], read: Callable[[Entry], Read]
) -> list[Read]:
    """Every entry of a list that may change while its pages are read.

    What is removed moves the rest forward, past a page that was read already: then it is read again.
    """
    for _ in range(MOST_READS_OF_A_LIST):
        found, shrank = await _read_once(fetch, read)
        if not shrank:
            break
    return found


async def _read_once(
    fetch: Callable[[int], Awaitable[StorePage[Entry]]], read: Callable[[Entry], Read]
) -> tuple[list[Read], bool]:
    first = await fetch(1)
    found = {entry.id: read(entry) for entry in first.items}
    sent, done, last, total = first.sent, 1, first.pagination.total_pages, first.pagination.total
    shrank = False
    while done < last:
        pages = await _fetch_together(fetch, range(done + 1, min(done + PAGES_AT_ONCE, last) + 1))
        known = len(found)
        for page in pages:
            found |= {entry.id: read(entry) for entry in page.items}
            sent += page.sent
            shrank = shrank or page.pagination.total < total
            total = page.pagination.total
        done += len(pages)
        last = pages[-1].pagination.total_pages
        if len(found) == known:
            break  # whatever the store's totals say: nothing new comes
    if sent and not found:
        raise UnreadableAnswer(detail=f"none of {sent} entries of a list can be read")
    return list(found.values()), shrank


async def _fetch_together(
    fetch: Callable[[int], Awaitable[StorePage[Entry]]], numbers: range
) -> list[StorePage[Entry]]:
    async def one(number: int) -> StorePage[Entry]:
        return await fetch(number)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number)) for number in numbers]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def _given(query: dict[str, str | int | None]) -> dict[str, str | int]:
    return {name: value for name, value in query.items() if value is not None}
