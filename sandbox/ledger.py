"""What becomes of the money after the payment page: clearing, refunds, disputes, and subscriptions' periods.

Every change is told as the real store's webhooks tell it; who listens is the caller's matter.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sandbox.errors import Refused
from sandbox.models import (
    Line,
    Order,
    OrderStatus,
    Product,
    Quote,
    Subscription,
    SubscriptionStatus,
    random_id,
)
from sandbox.store import Store

Tell = Callable[[str, Order | None, Subscription | None], None]

INTERVALS: Final = {
    "WEEKLY": timedelta(days=7),
    "MONTHLY": timedelta(days=30),
    "YEARLY": timedelta(days=365),
}
# Which of an order's states each action begins in; source: the order states of the store's documentation.
_REFUNDABLE: Final = frozenset({OrderStatus.COMPLETED, OrderStatus.PROCESSING})


class Ledger:
    """`tell` hears of each event with its order and subscription. `subscriptions` go by id."""

    def __init__(self, store: Store, tell: Tell) -> None:
        self.store = store
        self.tell = tell
        self.subscriptions: dict[str, Subscription] = {}
        store.paid = self._paid
        store.declined = self._declined

    def order(self, order_id: str) -> Order:
        """The order with this id; raise KeyError if there is none."""
        for order in self.store.orders:
            if order.id == order_id:
                return order
        raise KeyError(order_id)

    # --- orders --------------------------------------------------------------------------------------

    def _paid(self, order: Order) -> None:
        subscription = self._begin_subscription(order)
        if subscription is not None:
            self.tell("SUBSCRIPTION_CREATED", None, subscription)
        self.tell("PAYMENT_COMPLETED", order, None)

    def _declined(self, order: Order) -> None:
        self.tell("PAYMENT_FAILED", order, None)

    def pay_slowly(self, session_id: str, *, email: str | None = None) -> Order:
        """Pay with a bank that takes days: the payment clears until `clear` or `fail`."""
        order = self.store.begin_payment(session_id, email=email)
        self.tell("PAYMENT_PENDING", order, None)
        order.payment_status = OrderStatus.PROCESSING
        self.tell("PAYMENT_PROCESSING", order, None)
        return order

    def clear(self, order: Order) -> None:
        """The money has arrived, however long its session has been over."""
        self._require(order, OrderStatus.PENDING)
        self._become(order, OrderStatus.COMPLETED)
        self._paid(order)

    def fail(self, order: Order) -> None:
        self._require(order, OrderStatus.PENDING)
        self._become(order, OrderStatus.FAILED)
        self.tell("PAYMENT_FAILED", order, None)

    def refund(self, order: Order) -> None:
        self._require(order, *_REFUNDABLE)
        self._become(order, OrderStatus.REFUNDED)
        self.tell("PAYMENT_REFUNDED", order, None)
        subscription = self.subscriptions.get(order.subscription_id or "")
        if subscription is not None and subscription.status is not SubscriptionStatus.CANCELLED:
            self.cancel(subscription, immediate=True)

    def dispute(self, order: Order) -> None:
        self._require(order, *_REFUNDABLE)
        self._become(order, OrderStatus.CHARGEBACK)
        self.tell("PAYMENT_DISPUTED", order, None)

    def win(self, order: Order) -> None:
        """The dispute is decided for the shop."""
        self._require(order, OrderStatus.CHARGEBACK)
        self._become(order, OrderStatus.COMPLETED)
        self.tell("PAYMENT_DISPUTE_WON", order, None)

    def lose(self, order: Order) -> None:
        self._require(order, OrderStatus.CHARGEBACK)
        self.tell("PAYMENT_DISPUTE_LOST", order, None)

    def prevent(self, order: Order) -> None:
        """The card network gives the payer their money back before a dispute begins; it stays so."""
        self._require(order, *_REFUNDABLE, OrderStatus.CHARGEBACK)
        self._become(order, OrderStatus.CHARGEBACK)
        self.tell("PAYMENT_DISPUTE_PREVENTED", order, None)

    def _become(self, order: Order, status: OrderStatus) -> None:
        order.status = order.payment_status = status
        order.updated_at = self.store.clock()

    @staticmethod
    def _require(order: Order, *statuses: OrderStatus) -> None:
        if order.status not in statuses:
            raise Refused(f"The order is {order.status}, so that can't be done.")

    # --- subscriptions -------------------------------------------------------------------------------

    def _begin_subscription(self, order: Order) -> Subscription | None:
        line = next((line for line in order.quote.lines if _renews(line)), None)
        if line is None or line.product is None:
            return None
        now = self.store.clock()
        trial = timedelta(days=line.product.trial_days or 0)
        period = INTERVALS[line.product.billing_interval or "MONTHLY"]
        subscription = Subscription(
            id=random_id("sub"),
            status=SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE,
            order_number=order.order_number,
            line=line,
            amount=line.amount,
            currency=order.quote.currency,
            email=order.email,
            created_at=now,
            period_start=now,
            period_end=now + (trial or period),
            trial_end=now + trial if trial else None,
        )
        self.subscriptions[subscription.id] = subscription
        order.subscription_id = subscription.id
        return subscription

    def renew(self, subscription: Subscription) -> Order:
        """The next period is paid, by an order of its own with a number of its own."""
        self._alive(subscription)
        now = self.store.clock()
        period = INTERVALS[self._interval(subscription)]
        subscription.period_start = max(now, subscription.period_end)
        subscription.period_end = subscription.period_start + period
        subscription.status = SubscriptionStatus.ACTIVE
        subscription.retries = 0
        if subscription.next_line is not None:
            subscription.line, subscription.next_line = subscription.next_line, None
            subscription.amount = subscription.line.amount
        order = self._charge(subscription, subscription.line)
        self.tell("SUBSCRIPTION_RENEWED", None, subscription)
        self.tell("PAYMENT_COMPLETED", order, None)
        return order

    def _charge(self, subscription: Subscription, line: Line) -> Order:
        """An order that no session led to, paid."""
        currency = subscription.currency
        quote = Quote(lines=[line], currency=currency, coupon=None, discount=0, tax_rate=0.0, tax=0)
        return self.store.add_renewal(quote, subscription_id=subscription.id, email=subscription.email)

    def fall_behind(self, subscription: Subscription) -> None:
        """The next period's payment was declined; the store goes on trying for days."""
        self._alive(subscription)
        subscription.retries += 1
        self._turn(subscription, SubscriptionStatus.PAST_DUE, "SUBSCRIPTION_PAST_DUE")

    def cancel(self, subscription: Subscription, *, immediate: bool = False) -> None:
        self._alive(subscription)
        now = self.store.clock()
        subscription.cancelled_at = now
        subscription.ends_at = now if immediate else subscription.period_end
        self._turn(subscription, SubscriptionStatus.CANCELLED, "SUBSCRIPTION_CANCELLED")

    def pause(self, subscription: Subscription) -> None:
        self._alive(subscription)
        subscription.paused_at = self.store.clock()
        self._turn(subscription, SubscriptionStatus.PAUSED, "SUBSCRIPTION_PAUSED")

    def resume(self, subscription: Subscription) -> None:
        self._alive(subscription)
        subscription.paused_at = None
        self._turn(subscription, SubscriptionStatus.ACTIVE, "SUBSCRIPTION_RESUMED")

    def reactivate(self, subscription: Subscription) -> None:
        """Take a cancellation back before the period that is paid ends."""
        if subscription.ends_at is None or subscription.ends_at <= self.store.clock():
            raise Refused("The subscription has no cancellation to take back.")
        subscription.cancelled_at = subscription.ends_at = None
        self._turn(subscription, SubscriptionStatus.ACTIVE, "SUBSCRIPTION_RESUMED")

    def change(self, subscription: Subscription, product: Product, *, at_once: bool = True) -> Order | None:
        """Another plan: at once, with an order for the difference, or from the next period on."""
        self._alive(subscription)
        line = Line(name=product.title, unit_amount=product.price, quantity=1, product=product)
        order = None
        if not at_once:
            subscription.next_line = line
        else:
            due = _difference(subscription, line, self.store.clock())
            subscription.line, subscription.amount = line, line.amount
            if due > 0:
                order = self._charge(subscription, replace(line, unit_amount=due))
        self.tell("SUBSCRIPTION_UPDATED", None, subscription)
        if order is not None:
            self.tell("PAYMENT_COMPLETED", order, None)
        return order

    def announce(self, subscription: Subscription, event: str) -> None:
        """Tell what is about to happen: TRIAL_ENDING or RENEWING."""
        self._alive(subscription)
        self.tell(f"SUBSCRIPTION_{event}", None, subscription)

    def _turn(self, subscription: Subscription, status: SubscriptionStatus, event: str) -> None:
        subscription.status = status
        self.tell(event, None, subscription)

    @staticmethod
    def _interval(subscription: Subscription) -> str:
        product = subscription.line.product
        return (product.billing_interval if product else None) or "MONTHLY"

    @staticmethod
    def _alive(subscription: Subscription) -> None:
        if subscription.status is SubscriptionStatus.CANCELLED:
            raise Refused("The subscription has been cancelled.")


def _difference(subscription: Subscription, line: Line, now: datetime) -> int:
    """Minor units that the new plan costs more for what is left of the period."""
    period = subscription.period_end - subscription.period_start
    left = max(subscription.period_end - now, timedelta()) / period
    return round((line.amount - subscription.amount) * left)


def _renews(line: Line) -> bool:
    return line.product is not None and line.product.billing_interval is not None
