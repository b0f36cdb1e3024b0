"""Subscriptions: whom they belong to, and what the store says becomes of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.alarm import Clock
from bot.pandabase.schemas.orders import StoreSubscription
from bot.payments.claims import Claims
from bot.payments.models import Fulfilment, SubscriptionChange, SubscriptionRecord, SubscriptionStatus
from bot.payments.observations import Observation, Source
from bot.payments.states import as_status, news, subscription_status
from bot.payments.subscription_looks import change_of, next_look
from bot.payments.telling import told_of
from bot.payments.verdicts import Verdict
from bot.storage.unit_of_work import Transaction


class Subscriptions:
    """`fulfilment` hears of every change inside its transaction.

    `planned` hears when (UTC) one is to be looked at next.
    """

    def __init__(
        self, claims: Claims, fulfilment: Fulfilment, clock: Clock, *, planned: Callable[[datetime], None]
    ) -> None:
        self._claims = claims
        self._planned = planned
        self._fulfilment = fulfilment
        self._clock = clock

    async def observe(self, tx: Transaction, seen: Observation, given: StoreSubscription) -> Verdict:
        assert given.id is not None  # noqa: S101  # the caller looked
        found = await tx.payments.subscription(given.id)
        if found is None:
            return await self._new(tx, seen, given)
        subscription, changed_at = found
        # A list has no events: what is known of the subscription and what it shows now make one.
        listed = seen.source is Source.LIST
        change = change_of(subscription, given) if listed else seen.subscription_change
        if change is None or change is SubscriptionChange.CREATED or seen.said < changed_at:
            return Verdict.KNOWN
        status = subscription_status(subscription.status, change, given.status)
        if status is None:
            return Verdict.KNOWN
        values = told_of(subscription, given, status)
        changed = await tx.payments.change_subscription(
            subscription.id, **values, status=status, changed_at=seen.said
        )
        if changed == subscription:
            return Verdict.KNOWN  # the list was faster than the webhook
        await self.plan_look(tx, changed.subscription_id)
        await self._fulfilment.subscription_changed(tx, changed, news(subscription, changed, change))
        return Verdict.APPLIED

    async def plan_look(self, tx: Transaction, subscription_id: str) -> None:
        """Write when one that we know is looked at next."""
        found = await tx.payments.subscription(subscription_id)
        assert found is not None  # noqa: S101  # rows of subscriptions stay
        look_at = next_look(found[0], self._clock())
        await tx.looks.look_at_subscription(found[0].id, look_at)
        if look_at is not None:
            self._planned(look_at)

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
            before = replace(subscription, status=start)
            await self._fulfilment.subscription_changed(tx, subscription, news(before, subscription, change))
        await tx.looks.leave_paid_sessions(sale.id)
        await self.plan_look(tx, subscription.subscription_id)
        await self._reconsider(tx, subscription)
        return Verdict.APPLIED

    async def _reconsider(self, tx: Transaction, subscription: SubscriptionRecord) -> None:
        """What was told of it too early means something now: a trial's order, a renewal, its end."""
        held = await tx.quarantine.of_sale(subscription.sale_id)
        numbers = {each.order_number for each in held} | {subscription.order_number}
        await tx.payments.reconsider(
            self._clock(),
            order_numbers={number for number in numbers if number is not None},
            subscription_id=subscription.subscription_id,
        )
