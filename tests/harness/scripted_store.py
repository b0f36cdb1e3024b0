"""A store on a real socket: it serves a small catalog, or what a test scripts for the next requests."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.openapi import validate_request

STORE_ID = "shp_test"
Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Seen:
    """A request that arrived; `path` is what comes after the API's base address."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class ScriptedStore:
    """Every request must fit the OpenAPI files; those that don't fail the test when the store closes."""

    products: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    categories: list[dict[str, Any]] = field(default_factory=list)
    storefront: dict[str, Any] = field(default_factory=dict)
    """What differs from the usual."""
    requests: list[Seen] = field(default_factory=list)
    violations: list[Exception] = field(default_factory=list)
    script: deque[Script] = field(default_factory=deque)
    always: Script | None = None
    """Answers every request that the script has nothing for, instead of the catalog."""
    busiest: int = 0
    """The most requests that were being answered at the same time."""
    base_url: str = ""
    stop_listening: Callable[[], Awaitable[None]] = field(init=False)
    """Take no new connections; those that are open stay so."""
    _busy: int = 0

    def then(self, *scripts: Script) -> None:
        """Answer the next requests so, one each."""
        self.script.extend(scripts)

    @property
    def paths(self) -> list[str]:
        return [seen.path for seen in self.requests]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        body = await request.json() if text else None
        path = request.raw_path.partition("?")[0].removeprefix("/v2")
        seen = Seen(request.method, path, dict(request.query), body, dict(request.headers))
        self.requests.append(seen)
        try:
            validate_request(seen.method, seen.path, seen.query, seen.body)
        except AssertionError as violation:
            self.violations.append(violation)
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            if self.script:
                return await self.script.popleft()(request)
            return await self.always(request) if self.always else await self.serve(request)
        finally:
            self._busy -= 1

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """What a store in good health answers to a read."""
        match request.path.removeprefix(f"/v2/storefront/stores/{STORE_ID}").split("/"):
            case [""]:
                return data_of(shop(**self.storefront))
            case ["", "products"]:
                return data_of(page_of(request, self.products))
            case ["", "categories"]:
                return data_of(page_of(request, self.categories))
            case ["", "products", product_id] if product_id in self.details:
                return data_of(self.details[product_id])
        return web.json_response({"ok": False, "error": "Not found"}, status=404)


@asynccontextmanager
async def scripted_store(port: int = 0) -> AsyncIterator[ScriptedStore]:
    store = ScriptedStore()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", store.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    store.stop_listening = site.stop
    host, port = runner.addresses[0][:2]
    store.base_url = f"http://{host}:{port}/v2"
    try:
        yield store
    finally:
        await runner.cleanup()
    assert not store.violations


def data_of(data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"ok": True, "data": data}, status=status, headers=headers)


def answers(data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Script:
    async def script(_: web.Request) -> web.StreamResponse:
        return data_of(data, status=status, headers=headers)

    return script


def refuses(status: int, sentence: str, *, headers: dict[str, str] | None = None) -> Script:
    async def script(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": False, "error": sentence}, status=status, headers=headers)

    return script


def says(text: str, *, status: int = 200, content_type: str = "text/html") -> Script:
    """An answer that isn't the store's: a proxy's page, broken JSON, another envelope."""

    async def script(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type)

    return script


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """The request arrives, and the connection ends without an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """The answer begins, and ends in the middle."""
    assert request.transport is not None
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"ok": true, ')
    request.transport.close()
    return response


def waits(seconds: float, script: Script) -> Script:
    async def later(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await script(request)

    return later


def page_of(request: web.Request, entries: list[dict[str, Any]]) -> dict[str, Any]:
    page, limit = int(request.query.get("page", 1)), int(request.query.get("limit", 25))
    total = len(entries)
    return {
        "items": entries[(page - 1) * limit : page * limit],
        "pagination": {"page": page, "limit": limit, "total": total, "totalPages": -(-total // limit)},
    }


def shop(**changes: Any) -> dict[str, Any]:
    return {"id": STORE_ID, "name": "Panda", "handle": "panda", "description": "", "category": []} | changes


def summary(product_id: str = "prd_1", **changes: Any) -> dict[str, Any]:
    """A product as the store's list shows it."""
    return {
        "id": product_id,
        "title": "Pro Plan",
        "subtitle": None,
        "handle": product_id,
        "price": 1999,
        "compareAtPrice": None,
        "images": [],
        "inStock": True,
        "currency": "USD",
        "productType": "LICENSE_KEY",
        "pricingModel": "STANDARD",
        "status": "ACTIVE",
        "minimumPrice": None,
        "categories": [],
    } | changes


def product(product_id: str = "prd_1", **changes: Any) -> dict[str, Any]:
    """A product as the store shows it alone."""
    return (
        summary(product_id)
        | {
            "description": None,
            "message": None,
            "maxPerCustomer": None,
            "fulfillmentMode": None,
            "availableFrom": None,
            "availableUntil": None,
            "billingInterval": None,
            "billingAnchor": None,
            "trialDays": None,
            "options": [],
            "variants": [],
        }
        | changes
    )


def variant(variant_id: str = "var_1", **changes: Any) -> dict[str, Any]:
    return {
        "id": variant_id,
        "title": "Personal",
        "options": {},
        "price": 1999,
        "images": [],
        "inStock": True,
        "quantity": None,
        "trackStock": False,
        "position": 0,
    } | changes


def category(category_id: str = "ctg_1", **changes: Any) -> dict[str, Any]:
    return {
        "id": category_id,
        "name": "Plans",
        "slug": "plans",
        "description": None,
        "icon": None,
        "parentId": None,
        "displayOrder": 0,
        "featured": False,
    } | changes


def session(session_id: str = "cs_1", **changes: Any) -> dict[str, Any]:
    """What a created checkout session looks like; it expires in 6 hours."""
    return {
        "id": session_id,
        "title": "Panda",
        "description": None,
        "checkout_url": f"https://pandabase.io/checkout/{session_id}",
        "pay_redirect_url": f"https://pay.pandabase.io/{session_id}",
        "merchant": {"id": STORE_ID, "name": "Panda", "handle": "panda"},
        "amount": 1999,
        "discount_amount": 0,
        "tax_amount": 0,
        "total_amount": 1999,
        "coupon": None,
        "items": [{"name": "Pro Plan", "amount": 1999, "quantity": 1, "image": None}],
        "display": None,
        "metadata": None,
        "return_url": None,
        "cancel_url": None,
        "expires_at": int(time.time() * 1000) + 6 * 3600 * 1000,
    } | changes
