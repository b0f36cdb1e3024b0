"""What the store's word about money changed, each time it changes. `at` is when that was recorded (UTC)."""

from dataclasses import dataclass
from datetime import datetime

from bot.checkout.models import Sale
from bot.checkout.states import SessionState
from bot.payments.models import OrderRecord, PaymentEvent, SubscriptionChange, SubscriptionRecord
from bot.storage.events import Event


@dataclass(frozen=True, slots=True)
class OrderChanged(Event):
    """An order is clearing, paid, refunded, disputed, …; sale and order are as they are after it.

    `said` is when (UTC) the store said so. `link_was` is the state of the link that it pays before that; None
    for what renews a subscription.
    """

    sale: Sale
    order: OrderRecord
    change: PaymentEvent
    said: datetime
    at: datetime
    link_was: SessionState | None = None


@dataclass(frozen=True, slots=True)
class QuarantineChanged(Event):
    """Staff have to decide about a payment of the sale, or no longer do; people see it from `at` (UTC) on."""

    sale_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionChanged(Event):
    """A subscription began, was renewed, paused, cancelled, …; it is as it is after that."""

    subscription: SubscriptionRecord
    change: SubscriptionChange
    at: datetime


@dataclass(frozen=True, slots=True)
class SaleRecovered(Event):
    """An order brought back a sale whose row was gone, by our signature.

    `invoice_number` is that of the invoice that asked for it.
    """

    sale: Sale
    invoice_number: int | None
    at: datetime
