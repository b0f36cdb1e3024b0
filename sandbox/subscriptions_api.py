"""The Store API's part about subscriptions: how they stand, and what becomes of them."""

from collections.abc import Callable
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel

from sandbox import listing
from sandbox.envelopes import Allow, Id, envelope
from sandbox.errors import NotFound, Refused
from sandbox.ledger import Ledger
from sandbox.listing import Paging
from sandbox.models import Subscription, SubscriptionStatus
from sandbox.order_shapes import customer, subscription_shape


class SubscriptionQuery(Paging):
    status: SubscriptionStatus | None = None
    product_id: Id | None = None
    customer_id: Id | None = None

    def suits(self, subscription: Subscription) -> bool:
        product, owner = subscription.line.product, customer(subscription.email)
        return (
            self.status in (None, subscription.status)
            and self.product_id in (None, product and product.id)
            and self.customer_id in (None, owner and owner["id"])
        )


class Plan(BaseModel):
    """What a subscription is changed to."""

    product_id: Id
    proration_behavior: Literal["IMMEDIATELY", "END_OF_PERIOD"] = "IMMEDIATELY"


class Cancellation(BaseModel):
    immediate: bool = False


class SubscriptionsApi:
    def __init__(self, ledger: Ledger, allow: Allow) -> None:
        self.ledger = ledger
        self._allow = allow
        self._answered: dict[str, dict[str, Any]] = {}

    def add_to(self, app: web.Application) -> None:
        subscriptions = "/core/stores/{store}/subscriptions/"
        app.router.add_get(subscriptions, self.get_subscriptions)
        app.router.add_get(f"{subscriptions}{{subscription}}", self.get_subscription)
        app.router.add_post(f"{subscriptions}{{subscription}}/{{step}}", self.post_step)

    async def get_subscriptions(self, request: web.Request) -> web.Response:
        await self._allow(request, "SUBSCRIPTIONS_READ")
        query = listing.read(SubscriptionQuery, request.query)
        found = [each for each in self.ledger.subscriptions.values() if query.suits(each)]
        found.reverse()
        return envelope(listing.cut(found, query).body(subscription_shape))

    async def get_subscription(self, request: web.Request) -> web.Response:
        await self._allow(request, "SUBSCRIPTIONS_READ")
        return envelope(subscription_shape(self._subscription(request)))

    async def post_step(self, request: web.Request) -> web.Response:
        """`change`, `cancel`, `reactivate`, `pause` or `resume`; the same key has it done once."""
        await self._allow(request, "SUBSCRIPTIONS_WRITE")
        subscription = self._subscription(request)
        steps: dict[str, Callable[[Any], None]] = {
            "change": lambda given: self._change(subscription, listing.read(Plan, given)),
            "cancel": lambda given: self.ledger.cancel(
                subscription, immediate=listing.read(Cancellation, given).immediate
            ),
            "reactivate": lambda _given: self.ledger.reactivate(subscription),
            "pause": lambda _given: self.ledger.pause(subscription),
            "resume": lambda _given: self._resume(subscription),
        }
        step = steps.get(request.match_info["step"])
        if step is None:
            raise NotFound("There is no such endpoint.")
        key = request.headers.get("Idempotency-Key", "")
        if key not in self._answered:
            step(await request.json() if await request.read() else {})
            if not key:
                return envelope(subscription_shape(subscription))
            self._answered[key] = subscription_shape(subscription)
        return envelope(self._answered[key])

    def _change(self, subscription: Subscription, plan: Plan) -> None:
        product = self.ledger.store.products.get(plan.product_id)
        if product is None or product.billing_interval is None:
            raise Refused("The product is no subscription.")
        self.ledger.change(subscription, product, at_once=plan.proration_behavior == "IMMEDIATELY")

    def _resume(self, subscription: Subscription) -> None:
        if subscription.status is not SubscriptionStatus.PAUSED:
            raise Refused("The subscription isn't paused.")
        self.ledger.resume(subscription)

    def _subscription(self, request: web.Request) -> Subscription:
        found = self.ledger.subscriptions.get(request.match_info["subscription"])
        if found is None:
            raise NotFound("The subscription was not found.")
        return found
