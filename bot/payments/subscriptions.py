"""Subscriptions: whom they belong to, and what the store says becomes of them."""

from dataclasses import replace
from datetime import datetime

from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.states import MoneyState
from bot.jobs.worker import Clock
from bot.payments.event_repository import EventRepository
from bot.payments.events import OrderChanged, SubscriptionChanged
from bot.payments.matching import SaleMatching, subscribed_product
from bot.payments.models import (
    ObservationResult,
    OrderRecord,
    PaymentEvent,
    SubscriptionChange,
    SubscriptionRecord,
    SubscriptionStatus,
)
from bot.payments.observations import Observation, Source
from bot.payments.order_changes import subscription_details
from bot.payments.payment_notes import note_of_sale
from bot.payments.polling.renewals import unpaid_plan_since
from bot.payments.polling.repository import PollingRepository
from bot.payments.provider import Order, Subscription, WebhookReader
from bot.payments.quarantine_repository import QuarantineRepository
from bot.payments.repository import PaymentRepository
from bot.payments.state_machine import news, subscription_status
from bot.payments.store_lookup import SubscriptionLookup
from bot.payments.subscription_schedule import change_of, next_subscription_poll
from bot.payments.webhook_matching import WebhookMatching
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction
from bot.texts import text


class Subscriptions:
    """Every change is published in its transaction.

    `lookup` finds out what events leave open, where the store can be asked; else what they share with
    payments has to do.
    """

    def __init__(
        self,
        matching: SaleMatching,
        clock: Clock,
        *,
        lookup: SubscriptionLookup | None,
        reader: WebhookReader,
    ) -> None:
        self._matching = matching
        self._lookup = lookup
        self._webhooks = WebhookMatching(clock, reader)
        self._clock = clock

    async def observe(self, tx: Transaction, seen: Observation, given: Subscription) -> ObservationResult:
        assert given.id is not None  # noqa: S101  # the caller looked
        known = await PaymentRepository(tx).known_subscription(given.id)
        if known is None:
            return await self._unknown(tx, seen, given, given.id)
        subscription = known.record
        # A list has no events: what is known of the subscription and what it shows now make one.
        listed = seen.source is Source.LIST
        change = change_of(subscription, given) if listed else seen.subscription_change
        if change is SubscriptionChange.RENEWED and not listed and self._lookup is None:
            await self._webhooks.renewed(tx, seen.said)
        if change is None or change is SubscriptionChange.CREATED or seen.said < known.changed_at:
            return ObservationResult.KNOWN
        status = subscription_status(subscription.status, change, given.status)
        if status is None:
            return ObservationResult.KNOWN
        if await self._is_asked_first(tx, seen, subscription, given, change):
            return ObservationResult.ASKED
        values = subscription_details(subscription, given, status)
        was_unpaid = subscription.status is SubscriptionStatus.PAST_DUE
        if status is SubscriptionStatus.CANCELLED and was_unpaid and values["ends_at"] is None:
            values["ends_at"] = values["cancelled_at"] or seen.said  # its period was never paid
        changed = await PaymentRepository(tx).change_subscription(
            subscription.id, **values, status=status, changed_at=seen.said
        )
        if changed == subscription:
            return ObservationResult.KNOWN  # the list was faster than the webhook
        await self._follow_up(tx, seen, subscription, changed, change)
        await self._publish(tx, changed, news(subscription, changed, change))
        return ObservationResult.APPLIED

    async def _is_asked_first(
        self,
        tx: Transaction,
        seen: Observation,
        subscription: SubscriptionRecord,
        given: Subscription,
        change: SubscriptionChange,
    ) -> bool:
        """Whether the event leaves open when the subscription ends, and the store can tell."""
        if self._lookup is None or not seen.may_wait or change is not SubscriptionChange.CANCELLED:
            return False
        if given.ends_at is not None or subscription.ends_at is not None:
            return False
        await self._poll_now(tx, subscription)
        return True

    async def _follow_up(
        self,
        tx: Transaction,
        seen: Observation,
        before: SubscriptionRecord,
        after: SubscriptionRecord,
        change: SubscriptionChange,
    ) -> None:
        """Find what the news came without: a renewal's order, the product of another plan."""
        await self.plan_poll(tx, after.subscription_id)
        told_by_webhook = seen.source is Source.WEBHOOK
        leaves_open = change in {SubscriptionChange.RENEWED, SubscriptionChange.UPDATED}
        if told_by_webhook and leaves_open and self._lookup is not None:
            await self._poll_now(tx, after)
        if self._lookup is None and before.amount is not None and after.amount != before.amount:
            await self._tell_of_another_plan(tx, after)
        if after.product_id != before.product_id:
            await self._reconsider(tx, after)  # what was paid for the new plan

    async def _poll_now(self, tx: Transaction, subscription: SubscriptionRecord) -> None:
        await PollingRepository(tx).poll_subscription_at(subscription.id, self._clock())

    async def _tell_of_another_plan(self, tx: Transaction, subscription: SubscriptionRecord) -> None:
        """Its price has changed, and no event says to which product."""
        sale = await SaleRepository(tx).by_id(subscription.sale_id)
        told = text(
            "A subscription's price has changed, perhaps with its plan, but the store's "
            "webhook doesn't say to which product. Its roles stay as they are. See "
            "Pandabase's dashboard, or set pandabase.api_token so that the bot can look it "
            "up."
        )
        note = note_of_sale(sale, f"plan:{subscription.id}", told)
        await StaffRepository(tx).write_note(note, self._clock())

    # --- payments that name none ----------------------------------------------------------------------

    async def renewed_by(self, tx: Transaction, seen: Observation, order: Order) -> SubscriptionRecord | None:
        """What a payment of nothing that we know is the next period of, as far as a webhook tells."""
        if (
            self._lookup is not None
            or seen.source is not Source.WEBHOOK
            or seen.event is not PaymentEvent.PAID
        ):
            return None
        return await self._webhooks.renewed_by(tx, seen, order)

    async def is_awaited(self, tx: Transaction, seen: Observation, order_number: str | None) -> None:
        """A payment lacks the subscription that it began: look for it in what was told, or at the store."""
        if seen.source is Source.LIST:  # who reads the list looks for it already
            return
        if self._lookup is None:
            await self._webhooks.paid(tx, seen.said)
        elif order_number is not None:
            await PollingRepository(tx).poll_number_at(order_number, self._clock())

    async def follow_order(self, tx: Transaction, event: OrderChanged) -> None:
        """A refund ends what it paid for."""
        if event.change is PaymentEvent.REFUNDED:
            await self._end_with_refund(tx, event.order, event.said)

    async def _publish(
        self, tx: Transaction, subscription: SubscriptionRecord, change: SubscriptionChange
    ) -> None:
        await tx.publish(SubscriptionChanged(subscription, change, self._clock()))

    async def _end_with_refund(self, tx: Transaction, order: OrderRecord, said: datetime) -> None:
        """A refund of its payment cancels a subscription at once, whenever the store tells of that (UTC)."""
        subscription = await self._paid_by(tx, order)
        if subscription is None:
            return
        until = subscription.access_until
        if until is not None and until <= said:
            return
        known = await PaymentRepository(tx).known_subscription(subscription.subscription_id)
        changed_at = known.changed_at if known else said
        ended = await PaymentRepository(tx).change_subscription(
            subscription.id,
            status=SubscriptionStatus.CANCELLED,
            ends_at=said,
            cancelled_at=subscription.cancelled_at or said,
            changed_at=max(changed_at, said),  # a renewal from before it, told late, changes nothing
        )
        await self.plan_poll(tx, ended.subscription_id)
        # Its people hear of the refund itself.
        await self._publish(tx, ended, SubscriptionChange.UPDATED)

    @staticmethod
    async def _paid_by(tx: Transaction, order: OrderRecord) -> SubscriptionRecord | None:
        if order.subscription_id is not None:
            return await PaymentRepository(tx).subscription(order.subscription_id)
        begun = await PaymentRepository(tx).subscription_of(order.sale_id)
        return begun if begun is not None and begun.order_number == order.order_number else None

    async def plan_poll(self, tx: Transaction, subscription_id: str) -> None:
        """Write when one that we know is polled next."""
        subscription = await PaymentRepository(tx).subscription(subscription_id)
        assert subscription is not None  # noqa: S101  # rows of subscriptions stay
        now = self._clock()
        unpaid_since = await unpaid_plan_since(tx, subscription, now)
        poll_at = next_subscription_poll(subscription, now, unpaid_plan_since=unpaid_since)
        await PollingRepository(tx).poll_subscription_at(subscription.id, poll_at)

    async def _unknown(
        self, tx: Transaction, seen: Observation, given: Subscription, subscription_id: str
    ) -> ObservationResult:
        if seen.order is not None:
            sale = await self._matching.sale_of_subscription(tx, seen, seen.order)
            number = seen.order.order_number
            return await self._begin(tx, seen, given, sale, number) if sale else ObservationResult.UNMATCHED
        if seen.source is Source.WEBHOOK and self._lookup is not None and seen.may_wait:
            self._lookup.look_up(tx, subscription_id)
            return ObservationResult.ASKED
        is_foreign = self._lookup is not None and self._lookup.has_looked_up(subscription_id)
        if seen.source is not Source.WEBHOOK or is_foreign:
            return ObservationResult.UNMATCHED
        payment = await self._webhooks.first_payment_of(tx, seen, given)
        if isinstance(payment, ObservationResult):
            return payment
        sale = await SaleRepository(tx).by_id(payment.sale_id)
        return await self._begin(tx, seen, given, sale, payment.order_number)

    async def _begin(
        self,
        tx: Transaction,
        seen: Observation,
        given: Subscription,
        sale: Sale,
        order_number: str | None,
    ) -> ObservationResult:
        change = seen.subscription_change or SubscriptionChange.CREATED
        start = given.status if given.status is SubscriptionStatus.TRIALING else SubscriptionStatus.ACTIVE
        status = subscription_status(start, change, given.status) or given.status
        told = subscription_details(None, given, status)
        subscription = await PaymentRepository(tx).add_subscription(
            subscription_id=given.id,
            sale_id=sale.id,
            order_number=order_number,
            status=status,
            changed_at=seen.said,
            created_at=self._clock(),
            **{**told, "product_id": told["product_id"] or subscribed_product(sale)},
        )
        await self._publish(tx, subscription, SubscriptionChange.CREATED)
        if change is not SubscriptionChange.CREATED:
            before = replace(subscription, status=start)
            await self._publish(tx, subscription, news(before, subscription, change))
        await PollingRepository(tx).leave_paid_sessions(sale.id)
        await self.plan_poll(tx, subscription.subscription_id)
        await self._webhooks.withdraw_note(tx, subscription.subscription_id)
        await self._reconsider(tx, subscription)
        for order in await PaymentRepository(tx).orders_of(sale.id):
            if order.money is MoneyState.REFUNDED:
                await self._end_with_refund(tx, order, seen.said)
        return ObservationResult.APPLIED

    async def _reconsider(self, tx: Transaction, subscription: SubscriptionRecord) -> None:
        """What was told of it too early means something now: a trial's order, a renewal, its end."""
        quarantined = await QuarantineRepository(tx).of_sale(subscription.sale_id)
        numbers = {each.order_number for each in quarantined} | {subscription.order_number}
        await EventRepository(tx).reconsider(
            self._clock(),
            order_numbers={number for number in numbers if number is not None},
            subscription_id=subscription.subscription_id,
        )
