"""The HTTP side of the API: routes, envelopes, headers, limits, and what goes wrong on purpose."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, Final

from aiohttp import web

from sandbox import bodies, listing
from sandbox.bodies import CheckoutBody, EstimateBody
from sandbox.core_api import CoreApi
from sandbox.envelopes import envelope, failure
from sandbox.errors import ApiError, NotFound, Refused
from sandbox.faults import Fault, Faults, LoggedRequest
from sandbox.ledger import Ledger
from sandbox.limits import RateLimit
from sandbox.listing import CATEGORY_PRODUCTS, CategoryQuery, ProductQuery
from sandbox.models import random_id
from sandbox.shapes import Shapes, category_in_list
from sandbox.store import Store
from sandbox.webhooks import Webhooks

API_VERSION: Final = "2.0.0"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The routes below /v2. `requests` grows by every request, in the order of arrival."""

    def __init__(
        self, store: Store, shapes: Shapes, ledger: Ledger, webhooks: Webhooks, *, rate_limit: int
    ) -> None:
        self.store = store
        self.core = CoreApi(ledger, webhooks)
        self.shapes = shapes
        self.rate_limit = RateLimit(rate_limit)
        self.faults = Faults()
        self.latency = 0.0
        """Seconds of real time that every request takes longer."""
        self.clock_is_off_by = 0.0
        """Seconds that the answers' dates are ahead of the store's clock."""
        self.requests: list[LoggedRequest] = []
        self.under_way = 0
        """Requests that aren't answered yet."""

    @property
    def parts(self) -> tuple[Any, ...]:
        """What the routes lead to."""
        return self, self.core, self.core.webhooks, self.core.coupons, self.core.subscriptions

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._middleware])
        app.router.add_get("/storefront/stores/{store}", self.get_store)
        app.router.add_get("/storefront/stores/{store}/products", self.get_products)
        app.router.add_get("/storefront/stores/{store}/products/{product}", self.get_product)
        app.router.add_get("/storefront/stores/{store}/categories", self.get_categories)
        app.router.add_get("/storefront/stores/{store}/categories/{category}", self.get_category)
        app.router.add_post("/stores/{store}/checkouts", self.post_checkout)
        app.router.add_post("/stores/{store}/checkouts/estimate", self.post_estimate)
        self.core.add_to(app)
        return app

    # --- around every request ------------------------------------------------------------------------

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.under_way += 1
        try:
            return await self._answered(request, handler)
        finally:
            self.under_way -= 1

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        logged = await self._log(request)
        fault = self.faults.take(request.method, request.path)
        if delay := self.latency + (fault.delay if fault else 0.0):
            await asyncio.sleep(delay)
        if fault and fault.refuse:
            return _hang_up(request)
        response = await self._limited(request, handler, fault)
        if fault and fault.lose_answer:
            return _hang_up(request)
        logged.status = response.status
        response.headers["X-Request-ID"] = logged.request_id
        response.headers["X-Version"] = API_VERSION
        now = self.store.clock().timestamp() + self.clock_is_off_by
        response.headers["Date"] = formatdate(now, usegmt=True)
        return response

    async def _log(self, request: web.Request) -> LoggedRequest:
        raw = await request.read()
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        logged = LoggedRequest(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers=dict(request.headers),
            body=body,
            request_id=random_id("req"),
        )
        self.requests.append(logged)
        return logged

    async def _limited(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.Response:
        allowance = self.rate_limit.take(self.store.clock())
        if not allowance.allowed:
            response = failure(429, "Too many requests. Please wait a moment and try again.")
        elif fault and fault.status is not None:
            response = failure(fault.status, f"The service failed on purpose ({fault.status}).")
        else:
            response = await self._answer(request, handler)
        if fault and fault.malformed and isinstance(response.body, bytes):
            response.body = response.body[: len(response.body) // 2]
        if fault and fault.data is not None and isinstance(response.body, bytes):
            answer = json.loads(response.body)
            response.body = json.dumps({**answer, "data": {**answer["data"], **fault.data}}).encode()
        response.headers.update(allowance.headers())
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.Response:
        try:
            store_id = request.match_info.get("store")
            if store_id is not None and store_id != self.store.info.id:
                raise NotFound("The store was not found.")
            response = await handler(request)
        except ApiError as error:
            return failure(error.status, str(error))
        except web.HTTPException as error:
            return failure(error.status, f"There is nothing at {request.method} {request.path}.")
        assert isinstance(response, web.Response)  # noqa: S101 - every route above returns an envelope
        return response

    # --- the catalog ---------------------------------------------------------------------------------

    async def get_store(self, _: web.Request) -> web.Response:
        return envelope(self.shapes.store(self.store.info))

    async def get_products(self, request: web.Request) -> web.Response:
        query = listing.read(ProductQuery, request.query)
        page = listing.list_products(self.store.products.values(), query)
        return envelope(page.body(lambda each: self.shapes.product_in_list(each, self.store.categories)))

    async def get_product(self, request: web.Request) -> web.Response:
        product = self.store.products.get(request.match_info["product"])
        if product is None:
            raise NotFound("The product was not found.")
        return envelope(self.shapes.product(product, self.store.categories))

    async def get_categories(self, request: web.Request) -> web.Response:
        query = listing.read(CategoryQuery, request.query)
        page = listing.list_categories(self.store.categories.values(), query)
        return envelope(page.body(category_in_list))

    async def get_category(self, request: web.Request) -> web.Response:
        category = self.store.categories.get(request.match_info["category"])
        if category is None:
            raise NotFound("The category was not found.")
        children = [each for each in self.store.categories.values() if each.parent_id == category.id]
        products = [each for each in self.store.products.values() if category.id in each.category_ids]
        return envelope(self.shapes.category(category, children, products[:CATEGORY_PRODUCTS]))

    # --- checkouts -----------------------------------------------------------------------------------

    async def post_checkout(self, request: web.Request) -> web.Response:
        allow_http_loopback = self.store.rules.allow_http_loopback
        body = bodies.read(CheckoutBody, await _json(request), allow_http_loopback=allow_http_loopback)
        session = self.store.open_session(body)
        return envelope(self.shapes.session(session, self.store.info), status=201)

    async def post_estimate(self, request: web.Request) -> web.Response:
        body = bodies.read(EstimateBody, await _json(request))
        quote = self.store.estimate(body)
        return envelope(self.shapes.estimate(quote, body.country, self.store.info))


async def _json(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise Refused("The request body must be sent as application/json.")
    return await request.read()


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    # Goes nowhere: the connection is gone.
    return web.Response()
