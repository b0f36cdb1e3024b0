"""The sandbox as a whole: a store with its API and its payment page on a port of its own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, Literal, Self

from aiohttp import web

from sandbox.api import Api
from sandbox.catalog import load_catalog
from sandbox.core_api import Token
from sandbox.faults import Fault, LoggedRequest
from sandbox.ledger import Ledger
from sandbox.models import Clock, Coupon, Order, Product, Session, Subscription, Variant, utc_now
from sandbox.owner_money import OwnerMoney
from sandbox.shapes import Shapes
from sandbox.site import Site
from sandbox.store import Rules, Store
from sandbox.webhooks import Endpoint, Webhooks

GENEROUS_RATE_LIMIT: Final = 100_000
"""Requests a minute: enough that no test meets it by accident."""
SHUTDOWN_TIMEOUT: Final = 0.5
"""Seconds that requests under way get when the sandbox stops."""


class Sandbox:
    """A simulated Pandabase that can be looked into and steered while it runs."""

    def __init__(
        self,
        *,
        clock: Clock = utc_now,
        products: Sequence[Product] | None = None,
        allow_http_loopback: bool = False,
        rate_limit: int = GENEROUS_RATE_LIMIT,
        public_url: str = "",
        home_url: str = "",
        stocked_at: datetime | None = None,
    ) -> None:
        """`products` replaces the catalog's own. `rate_limit` is in requests a minute of the clock.

        `stocked_at` (UTC) is the day of the catalog, when that isn't today.

        `allow_http_loopback` takes return addresses on http://127.0.0.1 (the real API takes https only).
        `public_url` is where browsers reach it, when that isn't the address it listens on.
        `home_url` is where its payment page leads instead of the addresses that the session names.
        """
        self._options: dict[str, Any] = {
            "clock": clock,
            "products": products,
            "allow_http_loopback": allow_http_loopback,
            "rate_limit": rate_limit,
            "home_url": home_url,
        }
        catalog = load_catalog(stocked_at or clock())
        self.store = Store(
            catalog.info,
            clock=clock,
            products=catalog.products if products is None else products,
            categories=catalog.categories,
            coupons=catalog.coupons,
            rules=Rules(allow_http_loopback=allow_http_loopback),
        )
        self.url = public_url
        self._shapes = Shapes(public_url)
        self.webhooks = Webhooks(clock)
        self.ledger = Ledger(self.store, self.webhooks.tell)
        self.names: dict[str, str] = {}
        """What the owner's page calls Discord's users, by their ids."""
        money = OwnerMoney(self.ledger, self.webhooks)
        self._site = Site(self.store, self._shapes, money, home_url, names=self.names)
        self._api = Api(self.store, self._shapes, self.ledger, self.webhooks, rate_limit=rate_limit)
        self.parts: tuple[Any, ...] = (self, *self._api.parts, *self._site.parts)

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        *,
        clock: Clock = utc_now,
        host: str = "127.0.0.1",
        port: int = 0,
        products: Sequence[Product] | None = None,
        allow_http_loopback: bool = False,
        rate_limit: int = GENEROUS_RATE_LIMIT,
        public_url: str = "",
        home_url: str = "",
        stocked_at: datetime | None = None,
    ) -> AsyncIterator[Self]:
        """A sandbox that listens on host and port (0: a free one) until the block is left."""
        sandbox = cls(
            clock=clock,
            products=products,
            allow_http_loopback=allow_http_loopback,
            rate_limit=rate_limit,
            public_url=public_url,
            home_url=home_url,
            stocked_at=stocked_at,
        )
        runner = web.AppRunner(sandbox.application(), access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            sandbox._listens_on(host, runner.addresses[0][1])
            yield sandbox
        finally:
            await sandbox.webhooks.stop()
            await runner.cleanup()

    def application(self) -> web.Application:
        app = web.Application()
        app.add_subapp("/v2", self._api.application())
        self._site.add_to(app)
        return app

    def _listens_on(self, host: str, port: int) -> None:
        if not self.url:
            self.url = self._shapes.public_url = f"http://{host}:{port}"

    @property
    def is_at_rest(self) -> bool:
        """Whether no request to the API is under way."""
        return self._api.under_way == 0

    async def begin_anew(self, *, stocked_at: datetime | None = None) -> None:
        """As it was at its start, on the same port; it has to be at rest."""
        await self.webhooks.stop()
        fresh = type(self)(public_url=self.url, stocked_at=stocked_at, **self._options)
        parts = self.parts
        for part, new in zip(parts, fresh.parts, strict=True):
            part.__dict__ = new.__dict__  # the routes lead to it as before, and it is the new one
        self.parts = parts

    @property
    def base_url(self) -> str:
        """What a client of the API is given, `/v2` included."""
        return f"{self.url}/v2"

    @property
    def store_id(self) -> str:
        return self.store.info.id

    # --- to look into --------------------------------------------------------------------------------

    @property
    def products(self) -> dict[str, Product]:
        return self.store.products

    @property
    def subscriptions(self) -> dict[str, Subscription]:
        return self.ledger.subscriptions

    @property
    def sessions(self) -> dict[str, Session]:
        """Every session that was created, by id, oldest first."""
        return self.store.sessions

    @property
    def orders(self) -> list[Order]:
        """Every attempt to pay, oldest first."""
        return self.store.orders

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request to the API, whatever became of it, oldest first."""
        return self._api.requests

    def requests_to(self, method: str, ending: str) -> list[LoggedRequest]:
        """The requests with this method whose path ends so: `requests_to("POST", "/checkouts")`."""
        return [each for each in self.requests if each.method == method and each.path.endswith(ending)]

    # --- to steer ------------------------------------------------------------------------------------

    def product(self, name: str) -> Product:
        """The product with this id or handle; raise KeyError if there is none."""
        return self.store.product(name)

    def variant(self, product: str, title: str) -> Variant:
        """The variant with this id or title; raise KeyError if there is none."""
        return self.store.variant(product, title)

    def set_price(self, product: str, price: int, *, variant: str | None = None) -> None:
        """Set a price in minor units."""
        self.store.set_price(product, price, variant=variant)

    def set_stock(self, product: str, stock: int | None, *, variant: str | None = None) -> None:
        """Set the units left; None: not counted."""
        self.store.set_stock(product, stock, variant=variant)

    def sell_out(self, product: str, *, variant: str | None = None) -> None:
        self.store.sell_out(product, variant=variant)

    def add_product(self, product: Product) -> None:
        self.store.add_product(product)

    def remove_product(self, product: str) -> Product:
        return self.store.remove_product(product)

    def add_coupon(self, coupon: Coupon) -> None:
        self.store.add_coupon(coupon)

    def send_webhooks_to(
        self,
        url: str,
        secret: str,
        *,
        version: Literal["V1", "V2"] = "V2",
        key: Literal["base64", "text"] = "base64",
    ) -> None:
        """Send what happens to this address from now on, signed with the secret."""
        self.webhooks.endpoint = Endpoint(url, secret, version, key)

    def add_token(self, token: Token) -> None:
        """Let the token's holder use the Store API, as the holder of DEMO_TOKEN always may."""
        self._api.core.tokens.append(token)

    def take_tokens_back(self) -> None:
        """Nobody may use the Store API any more."""
        self._api.core.tokens.clear()

    def search_numbers(self, *, finds: bool) -> None:
        """Whether the search in the orders' list finds them by their numbers."""
        self._api.core.searches_numbers = finds

    def set_latency(self, seconds: float) -> None:
        """Make every request to the API take so much longer, in real time."""
        self._api.latency = seconds

    def set_clock_off_by(self, seconds: float) -> None:
        """Have the API's answers carry a date that is so far ahead."""
        self._api.clock_is_off_by = seconds

    def set_rate_limit(self, limit: int) -> None:
        """Answer with 429 from the request after this many in a minute of the clock."""
        self._api.rate_limit.limit = limit

    def fail_next(
        self,
        method: str = "*",
        path: str = "*",
        *,
        status: int | None = None,
        refuse: bool = False,
        lose_answer: bool = False,
        malformed: bool = False,
        data: Mapping[str, Any] | None = None,
        delay: float = 0.0,
        times: int = 1,
    ) -> None:
        """Let the next `times` requests fail whose method matches and whose path matches the `*` pattern.

        `status` answers with it before acting; `refuse` closes the connection before acting; `lose_answer`
        acts and closes the connection; `malformed` acts and answers with half a body; `data` acts and changes
        what the answer says; `delay` (seconds of real time) comes first, and alone only makes the request
        slow. With none of these it is a 503.
        """
        if not (status or refuse or lose_answer or malformed or data or delay):
            status = 503
        self._api.faults.plan(
            Fault(
                method=method,
                path=path,
                status=status,
                refuse=refuse,
                lose_answer=lose_answer,
                malformed=malformed,
                data=data,
                delay=delay,
                times=times,
            )
        )

    def stop_failing(self) -> None:
        """Forget every failure that is still planned."""
        self._api.faults.clear()
