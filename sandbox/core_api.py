"""The Store API: orders, subscriptions and refunds, for whoever shows one of the store's tokens."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from sandbox import listing
from sandbox.coupons_api import CouponsApi
from sandbox.envelopes import Id, envelope
from sandbox.errors import ApiError, NotFound, Refused
from sandbox.ledger import Ledger
from sandbox.listing import Paging
from sandbox.models import Order, OrderStatus
from sandbox.order_shapes import licenses, order_alone, order_in_list
from sandbox.subscriptions_api import SubscriptionsApi
from sandbox.webhooks import Webhooks
from sandbox.webhooks_api import WebhooksApi

ALL_SCOPES: Final = frozenset(
    {
        "ORDERS_READ",
        "SUBSCRIPTIONS_READ",
        "SUBSCRIPTIONS_WRITE",
        "REFUNDS_WRITE",
        "LICENSES_READ",
        "COUPONS_READ",
        "COUPONS_WRITE",
        "WEBHOOKS_READ",
        "WEBHOOKS_WRITE",
    }
)


class Unauthorized(ApiError):
    status = 401


class Forbidden(ApiError):
    status = 403


@dataclass(frozen=True, slots=True)
class Token:
    """With an `id` (`stk_…`) it signs its requests; without, it is shown itself (`sk_…`)."""

    secret: str
    id: str | None = None
    scopes: frozenset[str] = ALL_SCOPES

    def signature(self, body: bytes) -> str:
        key = hashlib.sha256(self.secret.encode()).hexdigest().encode()
        return hmac.new(key, body, hashlib.sha256).hexdigest()


DEMO_TOKEN: Final = Token("sk_of-the-simulated-store")
"""May everything, and is always there: nothing in the sandbox is worth guarding."""


class OrderQuery(Paging):
    status: OrderStatus | None = None
    search: Annotated[str | None, Field(max_length=128)] = None
    sort: Annotated[str, Field(pattern="^(asc|desc)$")] = "desc"


class LicenseQuery(Paging):
    product_id: Annotated[Id | None, Field(alias="productId")] = None
    status: Literal["AVAILABLE", "CLAIMED", "REVOKED"] | None = None

    def suits(self, license_: Mapping[str, Any]) -> bool:
        return self.product_id in (None, license_["productId"]) and self.status in (None, license_["status"])


class KeyToVerify(BaseModel):
    key: Annotated[str, Field(min_length=1, max_length=512)]
    product_id: Annotated[Id | None, Field(alias="productId")] = None


class CoreApi:
    """`searches_numbers` is whether the orders' search looks at their numbers too."""

    def __init__(self, ledger: Ledger, webhooks: Webhooks) -> None:
        self.ledger = ledger
        self.webhooks = WebhooksApi(webhooks, self._allow)
        self.coupons = CouponsApi(ledger.store, self._allow)
        self.subscriptions = SubscriptionsApi(ledger, self._allow)
        self.tokens: list[Token] = [DEMO_TOKEN]
        self.searches_numbers = True
        self._refunded: set[str] = set()

    def add_to(self, app: web.Application) -> None:
        store = "/core/stores/{store}"
        app.router.add_get(f"{store}/orders/", self.get_orders)
        app.router.add_get(f"{store}/orders/{{order}}", self.get_order)
        app.router.add_get(f"{store}/licenses/", self.get_licenses)
        app.router.add_post(f"{store}/licenses/verify", self.post_verify)
        app.router.add_post(f"{store}/refunds/orders/{{order}}", self.post_refund)
        self.webhooks.add_to(app)
        self.coupons.add_to(app)
        self.subscriptions.add_to(app)

    async def _allow(self, request: web.Request, scope: str) -> None:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for token in self.tokens:
            if hmac.compare_digest(shown, token.id or token.secret):
                break
        else:
            raise Unauthorized("The API token is missing or not valid.")
        if token.id is not None:
            given = request.headers.get("X-Signature", "")
            if not hmac.compare_digest(given, token.signature(await request.read())):
                raise Unauthorized("The request signature is not valid.")
        if scope not in token.scopes:
            raise Forbidden(f"The API token lacks the scope {scope}.")

    # --- orders --------------------------------------------------------------------------------------

    async def get_orders(self, request: web.Request) -> web.Response:
        await self._allow(request, "ORDERS_READ")
        query = listing.read(OrderQuery, request.query)
        found = [order for order in self.ledger.store.orders if self._matches(order, query)]
        if query.sort == "desc":
            found.reverse()
        return envelope(listing.cut(found, query).body(order_in_list))

    def _matches(self, order: Order, query: OrderQuery) -> bool:
        if query.status is not None and order.status is not query.status:
            return False
        looked_at = [order.id, order.email or ""]
        if self.searches_numbers:
            looked_at.append(order.order_number)
        return query.search is None or any(query.search in text for text in looked_at)

    async def get_order(self, request: web.Request) -> web.Response:
        await self._allow(request, "ORDERS_READ")
        return envelope(order_alone(self._order(request)))

    def _order(self, request: web.Request) -> Order:
        try:
            return self.ledger.order(request.match_info["order"])
        except KeyError:
            raise NotFound("The order was not found.") from None

    async def post_refund(self, request: web.Request) -> web.Response:
        await self._allow(request, "REFUNDS_WRITE")
        order = self._order(request)
        key = request.headers.get("Idempotency-Key", "")
        if not key or key not in self._refunded:
            if order.status is not OrderStatus.COMPLETED:
                raise Refused(f"An order that is {order.status} can't be refunded.")
            self.ledger.refund(order)
            self._refunded.add(key)
        return envelope({"status": "COMPLETED", "amount": order.due})

    # --- license keys --------------------------------------------------------------------------------

    async def get_licenses(self, request: web.Request) -> web.Response:
        await self._allow(request, "LICENSES_READ")
        query = listing.read(LicenseQuery, request.query)
        found = [each for each in licenses(self.ledger.store.orders) if query.suits(each)]
        found.reverse()
        return envelope(listing.cut(found, query).body(dict))

    async def post_verify(self, request: web.Request) -> web.Response:
        await self._allow(request, "LICENSES_READ")
        given = listing.read(KeyToVerify, await request.json())
        for each in licenses(self.ledger.store.orders):
            if each["key"] == given.key and given.product_id in (None, each["productId"]):
                said = {name: each[name] for name in ("status", "productId", "customerId")}
                return envelope({"valid": each["status"] == "CLAIMED", **said, "expiresAt": None})
        raise NotFound("The license was not found.")
