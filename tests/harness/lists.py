"""The lists of a simulated store over HTTP, polled whenever a test says so."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.catalog.models import PricingModel, ProductType
from bot.pandabase import orders
from bot.pandabase.client import PandabaseClient
from bot.pandabase.provider import PandabaseAccount
from bot.pandabase.schemas import CatalogItem, CheckoutRequest
from bot.pandabase.schemas.orders import StoreOrder
from bot.pandabase.store_api import StoreApi
from bot.payments.observations import Observation
from bot.payments.polling.orders import OrdersList
from bot.payments.polling.recovery import LostOrders
from bot.payments.polling.refunds import RefundSweep
from bot.payments.polling.store import StoreLists
from bot.payments.polling.subscriptions import SubscriptionsList
from tests.harness.books import line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from bot.pandabase.transport import Authorize
    from sandbox import Sandbox
    from sandbox.models import Order, Subscription
    from tests.harness.books import Books, Opened

PAYER: Final = "alice@example.com"
WEEKLY: Final = "Sprout membership"
TRIAL: Final = "VIP membership"
"""Monthly, after seven days of nothing."""


class Lists:
    """`subscriptions_due` and `due` are when the two lists are to be polled next."""

    def __init__(
        self, books: Books, sandbox: Sandbox, client: PandabaseClient, api: PandabaseAccount
    ) -> None:
        self.books = books
        self.sandbox = sandbox
        self.client = client
        self.api = api
        self.restart()

    def restart(self) -> None:
        """A new process on the same file."""
        books, lists = self.books, StoreLists(self.api, self.books.clock)
        self.subscriptions = SubscriptionsList(books.database, lists, books.payments, books.clock)
        self.list = OrdersList(
            books.database,
            lists,
            books.payments,
            begun_by=self.subscriptions.begun_by,
            clock=books.clock,
        )
        self.refunds = RefundSweep(books.database, lists, self.list.observe, books.clock)
        self._next_sweep: datetime | None = None
        self.lost = LostOrders(books.database, lists, self.list.observe, books.clock)
        self._polls_for_lost = False

    async def link(self, title: str = "GroveGuard", coupon: str | None = None) -> Opened:
        """A sale with a session at the store."""
        product = next(one for one in self.sandbox.products.values() if one.title == title)
        sold = line(
            product_id=product.id,
            title=title,
            unit_amount=product.price,
            quantity=1,
            trial_days=product.trial_days or 0,
            product_type=ProductType(product.product_type),
            pricing_model=PricingModel.STANDARD,
        )
        opened = await self.books.sale(sold, coupon=coupon, made=False)
        item = CatalogItem(product_id=product.id, quantity=1)
        made = await self.client.create_checkout(
            CheckoutRequest(items=(item,), metadata=opened.metadata, coupon_code=coupon)
        )
        opened.session_id = made.id
        await self.books.make(opened, discount=made.discount_amount)
        return opened

    def pay(self, opened: Opened, *, email: str = PAYER) -> tuple[Order, Subscription | None]:
        """What the payment of a session leads to at the store."""
        order = self.sandbox.store.pay(opened.session_id, email=email)
        return order, self.sandbox.subscriptions.get(order.subscription_id or "")

    async def sold_elsewhere(self) -> None:
        """The store's own site sells something."""
        [product, *_] = [one for one in self.sandbox.products.values() if one.title == "GroveGuard"]
        item = CatalogItem(product_id=product.id, quantity=1)
        made = await self.client.create_checkout(CheckoutRequest(items=(item,)))
        self.sandbox.store.pay(made.id, email="somebody@example.com")

    async def subscribed(self, title: str = WEEKLY, *, email: str = PAYER) -> Subscription:
        """A subscription that was bought, paid, and found by the lists."""
        _, subscription = self.pay(await self.link(title), email=email)
        assert subscription is not None
        await self.pass_time(minutes=1)
        return subscription

    async def pass_time(self, **span: float) -> None:
        """Let time go by, with every poll that falls due in it."""
        end = self.books.now + timedelta(**span)
        await self.poll()
        while self.due is not None and self.due <= end:
            self.books.now = max(self.due, self.books.now)
            await self.books.expire()
            await self.poll()
        self.books.now = end

    async def skip(self, **span: float) -> None:
        """Jump over time, as a machine that was asleep; what fell due in it is polled then."""
        self.books.pass_time(**span)
        await self.books.expire()
        await self.poll()

    async def find_lost(self) -> datetime | None:
        """All of what the process does about lost orders now; from here on it polls whenever that is due.

        Returns when it goes on.
        """
        self._polls_for_lost = True
        while (due := await self.lost.poll()) is not None and due <= self.books.now:
            pass
        return due

    async def poll(self) -> None:
        lost = await self.find_lost() if self._polls_for_lost else None
        polls = [lost, await self.list.poll(), await self._sweep(), await self.subscriptions.poll()]
        self.due: datetime | None = min(filter(None, polls), default=None)

    async def _sweep(self) -> datetime:
        if self._next_sweep is None or self._next_sweep <= self.books.now:
            self._next_sweep = await self.refunds.sweep()
        return self._next_sweep

    async def statuses(self) -> list[str]:
        return [row["status"] for row in await self.books.rows("SELECT status FROM sales ORDER BY id")]

    @property
    def asked(self) -> int:
        return len(self.requests())

    def requests(self, of: str = "") -> list[str]:
        """What the Store API was asked for, by the end of the path or part of it."""
        return [one.path for one in self.sandbox.requests if "/core/" in one.path and of in one.path]


@asynccontextmanager
async def open_lists(books: Books, sandbox: Sandbox, authorize: Authorize) -> AsyncIterator[Lists]:
    store = sandbox.store_id, sandbox.base_url
    async with (
        PandabaseClient.open(*store, clock=books.clock) as client,
        StoreApi.open(*store, authorize, clock=books.clock) as api,
    ):
        yield Lists(books, sandbox, client, PandabaseAccount(api))


async def listed(books: Books, order: dict[str, Any]) -> str:
    """What comes of the order as the store's list has it."""
    read = orders.order(StoreOrder.model_validate(order))
    async with books.database.write() as tx:
        return await books.payments.observe(tx, Observation.of_order(read, books.now))


def subscriptions_told(lists: Lists) -> list[str]:
    """What was told of subscriptions, in that order."""
    return [str(change) for change, _ in lists.books.heard.subscriptions]


async def subscription_rows(lists: Lists) -> list[tuple[str, int]]:
    """Status and sale of each that is written."""
    rows = await lists.books.rows("SELECT status, sale_id FROM subscriptions ORDER BY id")
    return [(row["status"], row["sale_id"]) for row in rows]
