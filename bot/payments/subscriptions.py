"""Subscriptions: whom they belong to, and what the store says becomes of them."""

from collections.abc import Awaitable, Callable

from bot.alarm import Clock
from bot.pandabase.schemas.orders import StoreSubscription
from bot.payments.claims import Claims
from bot.payments.models import Fulfilment, SubscriptionChange, SubscriptionStatus
from bot.payments.observations import Observation
from bot.payments.states import as_status, subscription_status
from bot.payments.telling import told_of
from bot.payments.verdicts import Verdict
from bot.storage.unit_of_work import Transaction

JudgeAgain = Callable[[Transaction, Observation], Awaitable[Verdict]]


class Subscriptions:
    """`fulfilment` hears of every change inside its transaction."""

    def __init__(self, claims: Claims, fulfilment: Fulfilment, judge: JudgeAgain, clock: Clock) -> None:
        self._claims = claims
        self._fulfilment = fulfilment
        self._judge = judge
        self._clock = clock

    async def observe(self, tx: Transaction, seen: Observation, given: StoreSubscription) -> Verdict:
        assert given.id is not None  # noqa: S101  # the caller looked
        found = await tx.payments.subscription(given.id)
        change = seen.subscription_change
        if found is None:
            return await self._new(tx, seen, given)
        subscription, changed_at = found
        if change is None or change is SubscriptionChange.CREATED or seen.said < changed_at:
            return Verdict.KNOWN
        status = subscription_status(subscription.status, change, given.status)
        if status is None:
            return Verdict.KNOWN
        values = told_of(subscription, given, status)
        changed = await tx.payments.change_subscription(
            subscription.id, **values, status=status, changed_at=seen.said
        )
        await self._fulfilment.subscription_changed(tx, changed, change)
        return Verdict.APPLIED

    async def _new(self, tx: Transaction, seen: Observation, given: StoreSubscription) -> Verdict:
        order = seen.order
        if order is None:
            return Verdict.UNMATCHED
        sale = await self._claims.sale_of_subscription(tx, seen, order)
        if sale is None:
            return Verdict.UNMATCHED
        change = seen.subscription_change or SubscriptionChange.CREATED
        start = SubscriptionStatus.TRIALING if given.status == "TRIALING" else SubscriptionStatus.ACTIVE
        status = subscription_status(start, change, given.status) or as_status(given.status)
        subscription = await tx.payments.add_subscription(
            subscription_id=given.id,
            sale_id=sale.id,
            order_number=order.order_number,
            status=status,
            changed_at=seen.said,
            created_at=self._clock(),
            **told_of(None, given, status),
        )
        await self._fulfilment.subscription_changed(tx, subscription, SubscriptionChange.CREATED)
        if change is not SubscriptionChange.CREATED:
            await self._fulfilment.subscription_changed(tx, subscription, change)
        await self._judge_again(tx, order.order_number)
        return Verdict.APPLIED

    async def _judge_again(self, tx: Transaction, order_number: str | None) -> None:
        """A trial's order of nothing fits as soon as its subscription is known."""
        if order_number is None:
            return
        for held in await tx.quarantine.of_number(order_number):
            seen = Observation.model_validate(held.observation)
            await self._judge(tx, seen)
