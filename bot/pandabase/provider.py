"""One Pandabase store as the provider of all that the shop needs: our records in, our records out."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Self, TypeVar

from bot.catalog.models import Category, Product, ProductSummary, Storefront
from bot.checkout.draft import CheckoutDraft, CheckoutEstimate, CheckoutItem, CheckoutPage
from bot.coupons.provider import Coupon, CouponScopes, NewCoupon
from bot.pandabase import catalog, checkouts, coupons, orders
from bot.pandabase.client import PandabaseClient
from bot.pandabase.schemas import EstimateRequest, StorePage, StoreProductSummary
from bot.pandabase.store_api import LARGEST_PAGE, StoreApi
from bot.pandabase.transport import Observe, nobody_observes
from bot.payments.models import PaymentEvent
from bot.payments.provider import Allowance, Order, Page, RefundReason, Scopes, Subscription

_MOST_PAGES_OF_KEYS: Final = 20
"""Of a product's keys, newest first, that are looked through for one."""

Given = TypeVar("Given")
Entry = TypeVar("Entry")


class PandabaseShop:
    """What needs no token: `CatalogProvider` and `CheckoutProvider`. Each call raises the PandabaseErrors."""

    customer_portal: Final = "https://mypandabase.com"
    """Where those who pay a subscription manage it; source: Pandabase's changelog."""

    def __init__(self, client: PandabaseClient) -> None:
        self._client = client

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
        """A store with a connection pool of its own, for as long as the context lasts."""
        async with PandabaseClient.open(store_id, base_url, clock=clock, observe=observe) as client:
            yield cls(client)

    @property
    def clock_difference(self) -> timedelta | None:
        """How far the store's clock is ahead of ours, by its last answer that said so."""
        return self._client.clock_difference

    async def store(self) -> Storefront:
        return catalog.storefront(await self._client.store())

    async def all_products(
        self, known: Mapping[str, ProductSummary] = MappingProxyType({})
    ) -> Sequence[ProductSummary]:
        def read(given: StoreProductSummary) -> ProductSummary:
            product, before = catalog.product_summary(given), known.get(given.id)
            return before if before == product else product

        return await self._client.all_products_as(read)

    async def all_categories(self) -> Sequence[Category]:
        return [catalog.category(each) for each in await self._client.all_categories()]

    async def product(self, product_id: str) -> Product:
        return catalog.product(await self._client.product(product_id))

    async def create_checkout(self, draft: CheckoutDraft) -> CheckoutPage:
        return checkouts.page(await self._client.create_checkout(checkouts.request(draft)))

    async def estimate(
        self,
        items: tuple[CheckoutItem, ...],
        *,
        country: str,
        state: str | None = None,
        coupon_code: str | None = None,
        tax_id: str | None = None,
    ) -> CheckoutEstimate:
        request = EstimateRequest(
            items=checkouts.items(items), country=country, state=state, coupon_code=coupon_code, tax_id=tax_id
        )
        return checkouts.estimate(await self._client.estimate(request))


class PandabaseAccount:
    """What the owner's token opens: implements `PaymentProvider` and `CouponProvider`.

    Each call raises the PandabaseErrors.
    """

    scopes: Final = Scopes(
        orders="ORDERS_READ",
        subscriptions="SUBSCRIPTIONS_READ",
        refunds="REFUNDS_WRITE",
        licenses="LICENSES_READ",
        subscription_changes="SUBSCRIPTIONS_WRITE",
    )
    coupon_scopes: Final = CouponScopes(read="COUPONS_READ", write="COUPONS_WRITE")

    def __init__(self, api: StoreApi) -> None:
        self._api = api

    @property
    def allowance(self) -> Allowance | None:
        return self._api.allowance

    async def orders(self, page: int, *, event: PaymentEvent | None = None) -> Page[Order]:
        status = None if event is None else orders.ORDER_STATUS[event]
        found = await self._api.orders(page, LARGEST_PAGE, status=status)
        return _page(found, orders.order)

    async def orders_numbered(self, number: str) -> Sequence[Order]:
        return list(map(orders.order, (await self._api.orders(search=number)).items))

    async def order(self, order_id: str) -> Order:
        return orders.order(await self._api.order(order_id))

    async def order_of_key(self, key: str) -> Order | None:
        checked = await self._api.verify_license(key)
        if not checked.valid or checked.product_id is None:
            return None
        for page in range(1, _MOST_PAGES_OF_KEYS + 1):
            found = await self._api.licenses(checked.product_id, page, LARGEST_PAGE)
            for each in found.items:
                if each.key == key and each.order_id is not None:
                    return await self.order(each.order_id)
            if found.sent < LARGEST_PAGE:
                break
        return None

    async def order_bought_with(self, number: str, email: str | None) -> Order | None:
        for each in (await self._api.orders_with_payers(number)).items:
            if number in (each.order_number, each.id) and each.id is not None:
                is_theirs = email is None or each.is_of(email)
                return await self.order(each.id) if is_theirs else None
        return None

    async def license_keys(self, order_id: str) -> tuple[str, ...]:
        return await self._api.license_keys(order_id)

    async def subscriptions(self, page: int) -> Page[Subscription]:
        return _page(await self._api.subscriptions(page, LARGEST_PAGE), orders.subscription)

    async def subscriptions_of(self, customer_id: str, product_id: str) -> Sequence[Subscription]:
        found = await self._api.subscriptions(
            limit=LARGEST_PAGE, product_id=product_id, customer_id=customer_id
        )
        return list(map(orders.subscription, found.items))

    async def subscription(self, subscription_id: str) -> Subscription:
        return orders.subscription(await self._api.subscription(subscription_id))

    async def cancel_subscription(self, subscription_id: str, *, idempotency_key: str) -> Subscription:
        now = await self._api.cancel_subscription(subscription_id, idempotency_key=idempotency_key)
        return orders.subscription(now)

    async def resume_subscription(self, subscription_id: str, *, idempotency_key: str) -> Subscription:
        now = await self._api.reactivate_subscription(subscription_id, idempotency_key=idempotency_key)
        return orders.subscription(now)

    async def refund(self, order_id: str, reason: RefundReason, *, idempotency_key: str) -> None:
        word = orders.REFUND_REASONS[reason]
        await self._api.refund(order_id, word, idempotency_key=idempotency_key)

    async def coupons(
        self, page: int, limit: int, *, search: str | None = None, only_enabled: bool = False
    ) -> Page[Coupon]:
        enabled = True if only_enabled else None
        found = await self._api.coupons(page, limit, search=search, enabled=enabled)
        entries = list(map(coupons.coupon, found.items))
        return Page(entries, is_full=found.sent >= limit, pages=found.pagination.total_pages)

    async def create_coupon(self, coupon: NewCoupon, *, idempotency_key: str) -> Coupon:
        made = await self._api.create_coupon(coupons.body(coupon), idempotency_key=idempotency_key)
        return coupons.coupon(made)

    async def disable_coupon(self, coupon_id: str) -> Coupon:
        return coupons.coupon(await self._api.disable_coupon(coupon_id))


def _page(given: StorePage[Given], read: Callable[[Given], Entry]) -> Page[Entry]:
    pages = given.pagination.total_pages
    return Page(list(map(read, given.items)), is_full=given.sent >= LARGEST_PAGE, pages=pages)
