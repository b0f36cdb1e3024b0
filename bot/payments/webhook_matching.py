"""Which payment a subscription is of, where webhooks tell of both apart and the store can't be asked.

What they share is the moment, the price and the interval. What more than one fits is left to staff.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.catalog.availability import Line
from bot.catalog.models import BillingInterval, ProductType
from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.jobs.worker import Clock
from bot.payments.matching import subscribed_product
from bot.payments.models import ObservationResult, SubscriptionChange, SubscriptionRecord
from bot.payments.observations import Observation
from bot.payments.provider import Order, Subscription, WebhookEvent, WebhookReader
from bot.payments.repository import PaymentRepository
from bot.payments.unmatched_repository import FirstPayment, UnmatchedRepository
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction
from bot.texts import code, joined, mention, text

APART: Final = timedelta(minutes=2)
"""How far apart the store may say that something was paid, and that its subscription began or went on."""
TOLD_AFTER: Final = timedelta(minutes=10)
"""When staff hear of what fits nothing: by then the rest has been told, as a rule."""
_LATELY: Final = timedelta(days=30)
"""A store that sold elsewhere within it may do so in the same moment."""
_MOST_NAMED: Final = 5
_MATTERS: Final = {
    SubscriptionChange.CREATED: text("A subscription started"),
    SubscriptionChange.RENEWED: text("A subscription was renewed"),
    SubscriptionChange.PAST_DUE: text("A subscription couldn't be charged"),
    SubscriptionChange.CANCELLED: text("A subscription was cancelled"),
    SubscriptionChange.PAUSED: text("A subscription was paused"),
}


class WebhookMatching:
    def __init__(self, clock: Clock, reader: WebhookReader) -> None:
        self._clock = clock
        self._reader = reader
        self._words = reader.words

    async def first_payment_of(
        self, tx: Transaction, seen: Observation, given: Subscription
    ) -> FirstPayment | ObservationResult:
        """The payment that began a subscription, if only one can be it; else staff may hear of it.

        ASKED where another payment may be about to fit as well.
        """
        start = _start(seen, given)
        if start is not None:
            near = await UnmatchedRepository(tx).lacking(start + APART, since=start - APART)
            fitting = await self._fitting(tx, given, near)
            if len(fitting) == 1 and not await self._has_rivals(tx, fitting[0], given, start):
                others = seen.may_wait and await self._may_be_another(tx, fitting[0], start)
                return ObservationResult.ASKED if others else fitting[0]
        await self._tell_staff(tx, seen, given)
        return ObservationResult.UNMATCHED

    @staticmethod
    async def _fitting(
        tx: Transaction, given: Subscription, beginnings: Sequence[FirstPayment]
    ) -> list[FirstPayment]:
        return [
            each for each in beginnings if fits(await SaleRepository(tx).by_id(each.sale_id), each, given)
        ]

    async def _may_be_another(self, tx: Transaction, payment: FirstPayment, start: datetime) -> bool:
        """Whether the same is for sale by another link, or elsewhere: it may be told of a moment later."""
        if await UnmatchedRepository(tx).is_sold_elsewhere(start - _LATELY, self._words):
            return True
        product = subscribed_product(await SaleRepository(tx).by_id(payment.sale_id))
        return product is not None and await UnmatchedRepository(tx).is_open(product, but=payment.sale_id)

    async def renewed_by(self, tx: Transaction, seen: Observation, order: Order) -> SubscriptionRecord | None:
        """The subscription whose next period a payment that names nothing is of, if only one can be it."""
        if (
            order.order_number is None
            or order.order_number.startswith(self._words.checkouts)
            or not order.amount
        ):
            return None
        fitting = await self._renewed_about(tx, seen.said, order)
        if len(fitting) != 1:
            return None
        for event in await self._events(
            tx, self._words.paid, seen.said - APART, outcome=ObservationResult.UNMATCHED
        ):
            rival = event.order
            if rival is None or rival.id == order.id or rival.amount != order.amount:
                continue
            if _is_near(event.said, seen.said) and rival.has_product(fitting[0].product_id):
                return None
        return fitting[0]

    async def _renewed_about(self, tx: Transaction, said: datetime, order: Order) -> list[SubscriptionRecord]:
        """The subscriptions of what was paid that were renewed about then (UTC), by no order that we know."""
        found: dict[str, SubscriptionRecord] = {}
        for event in await self._events(tx, self._words.renewed, said - APART):
            given = event.subscription
            if given is None or given.id is None or not _is_near(event.said, said):
                continue
            known = await PaymentRepository(tx).subscription(given.id)
            if given.amount != order.amount:
                continue
            if known is None:
                return []  # it may be of that one, of which nobody knows the product
            if not order.has_product(known.product_id):
                continue
            if not await PaymentRepository(tx).was_renewed(given.id, said - APART, said + APART):
                found[given.id] = known
        return list(found.values())

    async def paid(self, tx: Transaction, said: datetime) -> None:
        """A payment lacks its subscription: one that was told of before may be it."""
        await UnmatchedRepository(tx).reconsider(self._words.subscriptions, said - APART, self._clock())

    async def renewed(self, tx: Transaction, said: datetime) -> None:
        """A subscription was renewed: a payment that was told before may be of it."""
        await UnmatchedRepository(tx).reconsider(self._words.paid, said - APART, self._clock())

    async def withdraw_note(self, tx: Transaction, subscription_id: str) -> None:
        """It is known whose it is: staff need not hear of it any more."""
        await StaffRepository(tx).withdraw_notes(_key(subscription_id))

    async def _has_rivals(
        self, tx: Transaction, payment: FirstPayment, given: Subscription, start: datetime
    ) -> bool:
        """Whether another subscription, or a payment at another shop of the store, fits as well."""
        sale = await SaleRepository(tx).by_id(payment.sale_id)
        for event in await self._events(
            tx, self._words.subscriptions, start - APART, outcome=ObservationResult.UNMATCHED
        ):
            other = event.subscription
            if other is None or other.id in (None, given.id):
                continue
            if _is_near(other.current_period_start, start) and fits(sale, payment, other):
                return True
        for event in await self._events(
            tx, self._words.paid, start - APART, outcome=ObservationResult.UNMATCHED
        ):
            order = event.order
            if order is None or not _is_near(event.said, start):
                continue
            if order.items is None or order.has_product(subscribed_product(sale)):
                return True
        return False

    async def _events(
        self, tx: Transaction, prefix: str, since: datetime, *, outcome: ObservationResult | None = None
    ) -> Sequence[WebhookEvent]:
        payloads = await UnmatchedRepository(tx).payloads(prefix, since, outcome=outcome)
        return [self._reader.read(payload) for payload in payloads]

    async def _tell_staff(self, tx: Transaction, seen: Observation, given: Subscription) -> None:
        """Have the staff of those servers told whose sales it may be of, if it may be of any."""
        matter = _MATTERS.get(seen.subscription_change or SubscriptionChange.UPDATED)
        if matter is None or given.id is None:
            return
        candidates = await self._fitting(tx, given, await UnmatchedRepository(tx).lacking(seen.said + APART))
        start = _start(seen, given)
        if not candidates and start is not None:
            # What was taken for the one that fits may have been sold elsewhere.
            near = await UnmatchedRepository(tx).lacking(start + APART, since=start - APART, matched=True)
            candidates = await self._fitting(tx, given, near)
        named: dict[int, list[Sale]] = {}
        for payment in candidates:
            sale = await SaleRepository(tx).by_id(payment.sale_id)
            named.setdefault(sale.guild_id, []).append(sale)
        for guild_id, sales in named.items():
            which = (
                text("{sale} for {member}", sale=sale.name, member=mention(sale.buyer_id))
                for sale in sales[:_MOST_NAMED]
            )
            told = text(
                "{what}, but the store's webhook doesn't say whose it is. It may be {sales}. See "
                "Pandabase's dashboard ({number}). Nothing changes until the bot knows: update "
                "the member's role by hand, or set pandabase.api_token so that the bot can look "
                "it up.",
                what=matter,
                sales=joined(", ", which),
                number=code(given.id),
            )
            note = StaffNote(guild_id, f"{_key(given.id)}:{seen.subscription_change}", told)
            await StaffRepository(tx).write_note(note, self._clock(), wait=TOLD_AFTER)


def fits(sale: Sale, payment: FirstPayment, given: Subscription) -> bool:
    """Whether the sale's payment may have begun the subscription, by all that an event tells of it."""
    line = _subscribed(sale)
    if line is None or given.amount is None:
        return False
    interval = line.billing_interval
    return (
        given.amount in {line.amount, payment.amount}
        and given.currency in {"", sale.basket.currency}
        and (interval in {None, BillingInterval.UNKNOWN} or given.billing_interval in {None, interval})
        and (payment.amount == 0) == (given.trial_end is not None)
    )


def _subscribed(sale: Sale) -> Line | None:
    lines = [line for line in sale.basket.lines if isinstance(line, Line)]
    sold = [line for line in lines if line.is_subscription]
    if not sold and len(lines) == len(sale.basket.lines) == 1:
        sold = [line for line in lines if line.product_type is ProductType.UNKNOWN]
    return sold[0] if len(sold) == 1 else None


def _start(seen: Observation, given: Subscription) -> datetime | None:
    if given.current_period_start is not None:
        return given.current_period_start
    return seen.said if seen.subscription_change is SubscriptionChange.CREATED else None


def _is_near(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs(one - other) <= APART


def _key(subscription_id: str) -> str:
    return f"loose:{hashlib.sha256(subscription_id.encode()).hexdigest()[:16]}"
