"""The Store API, for which the owner makes a token: orders, subscriptions, refunds and coupons."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, Literal, Self

import aiohttp

from bot.pandabase.coupons import StoreCoupon
from bot.pandabase.schemas import StorePage
from bot.pandabase.schemas.orders import (
    StoreLicense,
    StoreLicenseCheck,
    StoreOrder,
    StorePaidOrder,
    StoreSubscription,
)
from bot.pandabase.transport import (
    Authorize,
    Observe,
    StoreAllowance,
    StoreAnswer,
    Transport,
    nobody_observes,
    path_segment,
    store_connections,
)

LARGEST_PAGE: Final = 100
"""Entries; source: the Store API's OpenAPI file."""
CONNECTIONS: Final = 10

OrderStatus = Literal["PENDING", "PROCESSING", "COMPLETED", "CANCELLED", "FAILED", "REFUNDED", "CHARGEBACK"]
RefundReason = Literal["DUPLICATE", "FRAUDULENT", "REQUESTED_BY_CUSTOMER"]


def bearer(secret: str) -> Authorize:
    """Shows the token's secret (`sk_…`) itself."""
    headers = {"Authorization": f"Bearer {secret}"}
    return lambda _body: headers


def signed(token_id: str, secret: str) -> Authorize:
    """Shows the token's id (`stk_…`) and signs each body, keyed with the digest of the secret in hex."""
    key = hashlib.sha256(secret.encode()).hexdigest().encode()

    def authorize(body: bytes) -> Mapping[str, str]:
        signature = hmac.new(key, body, hashlib.sha256).hexdigest()
        return {"Authorization": f"Bearer {token_id}", "X-Signature": signature}

    return authorize


class StoreApi:
    """One store. What it refuses or fails to do is raised as a subclass of `bot.errors.PandabaseError`."""

    def __init__(
        self,
        store_id: str,
        base_url: str,
        authorize: Authorize,
        *,
        clock: Callable[[], datetime],
        http: aiohttp.ClientSession,
        observe: Observe = nobody_observes,
    ) -> None:
        self._transport = Transport(http, base_url, clock=clock, authorize=authorize, observe=observe)
        self._store = f"/core/stores/{path_segment(store_id)}"

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        store_id: str,
        base_url: str,
        authorize: Authorize,
        *,
        clock: Callable[[], datetime],
        observe: Observe = nobody_observes,
    ) -> AsyncIterator[Self]:
        """A client with a connection pool of its own, for as long as the context lasts."""
        async with store_connections(base_url, at_once=CONNECTIONS) as http:
            yield cls(store_id, base_url, authorize, clock=clock, http=http, observe=observe)

    @property
    def allowance(self) -> StoreAllowance | None:
        """What the store's last answer said of its rate limit."""
        return self._transport.allowance

    async def orders(
        self,
        page: int = 1,
        limit: int = 25,
        *,
        status: OrderStatus | None = None,
        search: str | None = None,
    ) -> StorePage[StoreOrder]:
        """One page of the orders, newest first, without their items; `limit` is 1 to 100."""
        query: dict[str, str | int] = {"page": page, "limit": limit}
        if status is not None:
            query["status"] = status
        if search is not None:
            query["search"] = search
        answer = await self._transport.call("GET", f"{self._store}/orders/", query=query, repeatable=True)
        return answer.read(StorePage[StoreOrder])

    async def orders_with_payers(self, search: str) -> StorePage[StorePaidOrder]:
        """What the search finds, each with who paid: to be compared, and no more."""
        path = f"{self._store}/orders/"
        answer = await self._transport.call("GET", path, query={"search": search}, repeatable=True)
        return answer.read(StorePage[StorePaidOrder])

    async def order(self, order_id: str) -> StoreOrder:
        """Everything about one order. Raises NotFound."""
        path = f"{self._store}/orders/{path_segment(order_id)}"
        return (await self._transport.call("GET", path, repeatable=True)).read(StoreOrder)

    async def license_keys(self, order_id: str) -> tuple[str, ...]:
        """The keys that the store issued for an order, by the order's id. Raises NotFound."""
        keys = (await self.order(order_id)).licenses or ()
        return tuple(key for entry in keys if isinstance(key := entry.get("key"), str))

    async def verify_license(self, key: str) -> StoreLicenseCheck:
        """Whether a key is valid, and of which product. Raises NotFound and Rejected."""
        path = f"{self._store}/licenses/verify"
        return (await self._transport.call("POST", path, body={"key": key}, repeatable=True)).read(
            StoreLicenseCheck
        )

    async def licenses(self, product_id: str, page: int = 1, limit: int = 25) -> StorePage[StoreLicense]:
        """One page of a product's keys that were sold; `limit` is 1 to 100."""
        query: dict[str, str | int] = {
            "page": page,
            "limit": limit,
            "productId": product_id,
            "status": "CLAIMED",
        }
        answer = await self._transport.call("GET", f"{self._store}/licenses/", query=query, repeatable=True)
        return answer.read(StorePage[StoreLicense])

    async def subscriptions(
        self,
        page: int = 1,
        limit: int = 25,
        *,
        product_id: str | None = None,
        customer_id: str | None = None,
    ) -> StorePage[StoreSubscription]:
        """One page of the subscriptions, newest first; `limit` is 1 to 100."""
        query: dict[str, str | int] = {"page": page, "limit": limit}
        if product_id is not None:
            query["product_id"] = product_id
        if customer_id is not None:
            query["customer_id"] = customer_id
        path = f"{self._store}/subscriptions/"
        answer = await self._transport.call("GET", path, query=query, repeatable=True)
        return answer.read(StorePage[StoreSubscription])

    async def subscription(self, subscription_id: str) -> StoreSubscription:
        """One subscription as it is now. Raises NotFound."""
        path = f"{self._store}/subscriptions/{path_segment(subscription_id)}"
        return (await self._transport.call("GET", path, repeatable=True)).read(StoreSubscription)

    async def cancel_subscription(self, subscription_id: str, *, idempotency_key: str) -> StoreSubscription:
        """Have it end with the period that is paid. Needs SUBSCRIPTIONS_WRITE; otherwise as `refund`."""
        body = {"immediate": False}
        return await self._turn_subscription(subscription_id, "cancel", idempotency_key, body)

    async def reactivate_subscription(
        self, subscription_id: str, *, idempotency_key: str
    ) -> StoreSubscription:
        """Take back that it was cancelled, within its current period. Needs SUBSCRIPTIONS_WRITE."""
        return await self._turn_subscription(subscription_id, "reactivate", idempotency_key)

    async def _turn_subscription(
        self, subscription_id: str, step: str, idempotency_key: str, body: dict[str, Any] | None = None
    ) -> StoreSubscription:
        path = f"subscriptions/{path_segment(subscription_id)}/{step}"
        answer = await self._post_once(path, body, idempotency_key)
        return answer.read(StoreSubscription)

    async def refund(self, order_id: str, reason: RefundReason, *, idempotency_key: str) -> None:
        """Give all of an order's money back; within 30 days, and not while it is disputed.

        The key (8 to 32 characters) makes a repeated call do nothing more. Raises Rejected with the
        store's own sentence, and NotFound.
        """
        await self._post_once(f"refunds/orders/{path_segment(order_id)}", {"reason": reason}, idempotency_key)

    async def coupons(
        self, page: int = 1, limit: int = 25, *, search: str | None = None, enabled: bool | None = None
    ) -> StorePage[StoreCoupon]:
        """One page of the coupons, newest first; `limit` is 1 to 100. Needs COUPONS_READ."""
        query: dict[str, str | int] = {
            "page": page,
            "limit": limit,
            "sortBy": "createdAt",
            "sortOrder": "desc",
        }
        if search is not None:
            query["search"] = search
        if enabled is not None:
            query["enabled"] = "true" if enabled else "false"
        answer = await self._transport.call("GET", f"{self._store}/coupons/", query=query, repeatable=True)
        return answer.read(StorePage[StoreCoupon])

    async def create_coupon(self, body: Mapping[str, Any], *, idempotency_key: str) -> StoreCoupon:
        """The key (8 to 32 characters) makes a repeated call do nothing more. Needs COUPONS_WRITE."""
        answer = await self._post_once("coupons/", body, idempotency_key)
        return answer.read(StoreCoupon)

    async def disable_coupon(self, coupon_id: str) -> StoreCoupon:
        """Needs COUPONS_WRITE. Raises NotFound."""
        path = f"{self._store}/coupons/{path_segment(coupon_id)}"
        answer = await self._transport.call("PATCH", path, body={"enabled": False}, repeatable=True)
        return answer.read(StoreCoupon)

    async def _post_once(
        self, path: str, body: Mapping[str, Any] | None, idempotency_key: str
    ) -> StoreAnswer:
        """However often it is sent, it is done once."""
        return await self._transport.call(
            "POST",
            f"{self._store}/{path}",
            body=body,
            headers={"Idempotency-Key": idempotency_key},
            repeatable=True,
        )
