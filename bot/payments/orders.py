"""Applies what is said of orders and subscriptions: each change happens here, once, whoever told it."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.checkout.repository import SaleRepository
from bot.checkout.states import PAID_ONCE, MoneyState, SessionState
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.events import OrderChanged, QuarantineChanged, SubscriptionChanged
from bot.payments.matching import MatchedSale, MismatchReason, SaleMatching, belongs_to, lacks_subscription
from bot.payments.models import (
    ENDS_QUARANTINE,
    Decision,
    ObservationResult,
    OrderLookupNeeded,
    OrderRecord,
    PaymentEvent,
    SubscriptionChange,
)
from bot.payments.observations import Observation, Source
from bot.payments.order_changes import (
    OrderObservation,
    came_late,
    closes_a_dispute,
    details,
    earns,
    is_unpaid,
    transition_of,
    with_what_is_known,
)
from bot.payments.payment_notes import note_of_sale
from bot.payments.polling.repository import PollingRepository
from bot.payments.provider import Order, WebhookReader
from bot.payments.quarantine_entry import QuarantineWriter
from bot.payments.quarantine_repository import QuarantinedPayment, QuarantineRepository
from bot.payments.repository import KnownOrder, PaymentRepository
from bot.payments.state_machine import Transition
from bot.payments.store_lookup import SubscriptionLookup
from bot.payments.subscriptions import Subscriptions
from bot.payments.verification import ASKED_ABOUT, Reason, reasons_against, reasons_against_renewal
from bot.payments.webhook_matching import TOLD_AFTER
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction
from bot.texts import text

log = logging.getLogger(__name__)


_CLOSED: Final = frozenset({Decision.DISMISSED, Decision.REFUNDED})
_STANDS: Final = frozenset({MoneyState.PAID, MoneyState.DISPUTED})


class Payments:
    """Every change is published in its transaction; `bot.wiring.handlers` says what follows from it.

    `lookup` finds out what webhooks leave open, where the store can be asked.
    """

    def __init__(
        self,
        matching: SaleMatching,
        clock: Clock,
        *,
        lookup: SubscriptionLookup | None = None,
        reader: WebhookReader,
    ) -> None:
        self.matching = matching
        self._quarantine = QuarantineWriter(clock)
        self.subscriptions = Subscriptions(matching, clock, lookup=lookup, reader=reader)
        self._clock = clock

    async def observe(
        self, tx: Transaction, seen: Observation, *, can_ask: bool = False
    ) -> ObservationResult:
        """Apply what was seen, with all that follows from it.

        Where the store `can` be `ask`ed for what this leaves open, OrderLookupNeeded is raised instead of
        holding the payment back: it is to be told again with the answer, or with none.
        """
        results = []
        if seen.subscription is not None and seen.subscription.id is not None:
            results.append(await self.subscriptions.observe(tx, seen, seen.subscription))
        if seen.order is not None and seen.event is not None:
            results.append(
                await self._observe_order(tx, OrderObservation(seen, seen.order, seen.event), can_ask=can_ask)
            )
        for result in ObservationResult:  # the first says most
            if result in results:
                return result
        return ObservationResult.EMPTY

    async def accept(self, tx: Transaction, seen: Observation, matched: MatchedSale) -> ObservationResult:
        """Take an order for a payment of this sale, whatever speaks against it."""
        assert seen.order is not None  # noqa: S101  # nothing else is put in quarantine
        observed = OrderObservation(seen, seen.order, PaymentEvent.PAID)
        known = await self._known(tx, seen.order)
        if known is not None and known.record.sale_id != matched.sale.id:
            known = await self._handed_over(tx, known, matched)
        taken = transition_of(observed, known)
        if taken is None and known is not None and _is_disputed_before_it_counted(known):
            # That the dispute was won is held back with it.
            taken = Transition(MoneyState.PAID, PaymentEvent.PAID)
        quarantined = await QuarantineRepository(tx).order(seen.order.id, seen.order.order_number)
        result = await self._record(tx, observed, matched, known, taken, quarantined=quarantined)
        for subscription in await PaymentRepository(tx).move_subscriptions(
            observed.order.order_number, matched.sale.id
        ):
            await tx.publish(SubscriptionChanged(subscription, SubscriptionChange.CREATED, self._clock()))
        return result

    async def dismiss(
        self, tx: Transaction, quarantined: QuarantinedPayment, decision: Decision, *, by: int | None
    ) -> bool:
        """It doesn't count; says whether nobody had decided before. For its sale it is as if cancelled."""
        if not await QuarantineRepository(tx).decide(quarantined.id, decision, by=by, now=self._clock()):
            return False
        known = await PaymentRepository(tx).order(quarantined.order_id, quarantined.order_number)
        if known is not None and is_unpaid(known):
            await self._cancel(tx, known)
        if quarantined.sale_id is not None:
            await tx.publish(QuarantineChanged(quarantined.sale_id, self._clock()))
        return True

    async def stop_waiting(self, tx: Transaction, known: KnownOrder) -> None:
        """Nobody told how a clearing payment ended: what it is for can be bought again."""
        await self._cancel(tx, known)
        sale = await SaleRepository(tx).by_id(known.record.sale_id)
        told = text(
            "The store never said how a pending payment ended, so we stopped waiting. If "
            "the money arrives, it counts. Pandabase's dashboard may say more."
        )
        await StaffRepository(tx).write_note(
            note_of_sale(sale, f"clearing:{known.record.id}", told), self._clock()
        )

    # --- orders ---------------------------------------------------------------------------------------

    async def _observe_order(
        self, tx: Transaction, observed: OrderObservation, *, can_ask: bool
    ) -> ObservationResult:
        order = observed.order
        known, quarantined = await self._known(tx, order), None
        if is_unpaid(known):
            quarantined = await QuarantineRepository(tx).order(order.id, order.order_number)
            settled = await self._settled(tx, observed, quarantined)
            if settled is not None:
                return settled
        if known is not None:
            matched = await self.matching.of_known(tx, known.record)
        else:
            found = await self._find_sale(tx, observed)
            if found is None:
                return ObservationResult.UNMATCHED
            if isinstance(found, MismatchReason):
                return await self._quarantine.put(tx, observed, found.sale, [found.reason])
            matched = found
        taken = transition_of(observed, known)
        if taken is None and known is not None:
            return ObservationResult.KNOWN
        if earns(taken, known) and not matched.recovered:
            reasons = await self._reasons(tx, matched, with_what_is_known(order, known))
            if can_ask and order.id and _is_worth_asking(matched, reasons):
                raise OrderLookupNeeded(order.id)
            if reasons:
                return await self._put_in_quarantine(tx, observed, matched, reasons)
        return await self._record(tx, observed, matched, known, taken, quarantined=quarantined)

    async def _find_sale(
        self, tx: Transaction, observed: OrderObservation
    ) -> MatchedSale | MismatchReason | None:
        found = await self.matching.of(
            tx, observed.seen, observed.order, paid=observed.event is PaymentEvent.PAID
        )
        if found is not None:
            return found
        renewed = await self.subscriptions.renewed_by(tx, observed.seen, observed.order)
        return (
            None
            if renewed is None
            else MatchedSale(await SaleRepository(tx).by_id(renewed.sale_id), None, renewed)
        )

    async def _put_in_quarantine(
        self, tx: Transaction, observed: OrderObservation, matched: MatchedSale, reasons: list[Reason]
    ) -> ObservationResult:
        # A trial of nothing counts once its subscription is known: staff hear of what goes on lacking it.
        waits = reasons == [Reason.NOTHING_PAID] and matched.session is not None
        waits = waits and await lacks_subscription(tx, matched.sale)
        result = await self._quarantine.put(
            tx, observed, matched.sale, reasons, wait=TOLD_AFTER if waits else timedelta()
        )
        if waits:
            await self.subscriptions.is_awaited(tx, observed.seen, observed.order.order_number)
        return result

    @staticmethod
    async def _known(tx: Transaction, order: Order) -> KnownOrder | None:
        """The order as we know it, under its own id as soon as the store tells that."""
        known = await PaymentRepository(tx).order(order.id, order.order_number)
        if known is None or order.id is None or known.record.order_id == order.id:
            return known
        return replace(
            known, record=await PaymentRepository(tx).change_order(known.record.id, order_id=order.id)
        )

    async def _settled(
        self, tx: Transaction, observed: OrderObservation, quarantined: QuarantinedPayment | None
    ) -> ObservationResult | None:
        """What comes of an order that is in quarantine, or was; None to go on with it."""
        if quarantined is None:
            return None
        if quarantined.decision is not None:
            return ObservationResult.DISMISSED if quarantined.decision in _CLOSED else None
        if observed.event in ENDS_QUARANTINE:
            await self.dismiss(tx, quarantined, Decision.REFUNDED, by=None)
            return ObservationResult.APPLIED
        return None if observed.event is PaymentEvent.PAID else ObservationResult.QUARANTINED

    async def _handed_over(self, tx: Transaction, known: KnownOrder, matched: MatchedSale) -> KnownOrder:
        """The order as one of another sale than the one that it began to pay."""
        before = known.record.sale_id
        record = await PaymentRepository(tx).change_order(known.record.id, **belongs_to(matched))
        await SaleRepository(tx).store_status([before])
        await JobRepository(tx).refresh_messages([before], self._clock())
        return replace(known, record=record)

    async def _cancel(self, tx: Transaction, known: KnownOrder) -> None:
        """Nobody waits for the order's money any more; a payment that is told of later still wins."""
        record = known.record
        order = Order(id=record.order_id, order_number=record.order_number)
        seen = Observation(source=Source.STAFF, said=self._clock(), event=PaymentEvent.CANCELLED, order=order)
        observed = OrderObservation(seen, order, PaymentEvent.CANCELLED)
        taken = transition_of(observed, known)
        if taken is not None:
            await self._record(tx, observed, await self.matching.of_known(tx, record), known, taken)

    @staticmethod
    async def _reasons(tx: Transaction, matched: MatchedSale, order: Order) -> list[Reason]:
        if matched.subscription is not None:
            return reasons_against_renewal(matched.sale.basket, order, plan=matched.subscription.product_id)
        has_subscription = order.amount == 0 and await PaymentRepository(tx).has_subscription(matched.sale.id)
        return reasons_against(matched.sale.basket, matched.session, order, has_subscription=has_subscription)

    async def _record(
        self,
        tx: Transaction,
        observed: OrderObservation,
        matched: MatchedSale,
        known: KnownOrder | None,
        taken: Transition | None,
        *,
        quarantined: QuarantinedPayment | None = None,
    ) -> ObservationResult:
        record, news = await self._write(tx, observed, matched, known, taken)
        if quarantined is not None and earns(taken, known):
            await self._quarantine.release(tx, quarantined)
        await self._move_session(tx, observed, matched, record)
        sale = await SaleRepository(tx).by_id(matched.sale.id)
        if news is None:
            return ObservationResult.APPLIED if known is None else ObservationResult.KNOWN
        link_was = matched.session.state if matched.session is not None else None
        await tx.publish(OrderChanged(sale, record, news, observed.seen.said, self._clock(), link_was))
        log.info("Sale %s: order %s is %s (%s)", sale.reference, record.order_id, record.money, news)
        return ObservationResult.APPLIED

    async def _write(
        self,
        tx: Transaction,
        observed: OrderObservation,
        matched: MatchedSale,
        known: KnownOrder | None,
        taken: Transition | None,
    ) -> tuple[OrderRecord, PaymentEvent | None]:
        """Write what the order is now; returns it with what is to be told."""
        now = self._clock()
        news = taken.news if taken else None
        before = known.record.money if known else MoneyState.PENDING
        money = taken.money if taken else before
        values: dict[str, Any] = {
            **details(observed.order),
            "money": money,
            "changed_at": max(observed.seen.said, known.changed_at) if known else observed.seen.said,
            "dispute_closed": closes_a_dispute(observed, known, money),
        }
        if earns(taken, known):
            news = PaymentEvent.PAID
            late, again = await self._first_payment(tx, matched, observed)
            values |= {"paid_at": now, "late": late, "again": again}
        if known is not None:
            return await PaymentRepository(tx).change_order(known.record.id, **values), news
        fresh: dict[str, Any] = {
            "order_id": observed.order.id or observed.order.order_number,
            "order_number": observed.order.order_number or observed.order.id,
            **belongs_to(matched),
            "created_at": now,
            "status": "",
            "payment_status": "",
            "amount": 0,
            "discount": 0,
            "currency": matched.sale.basket.currency,
            "items": [],
            "custom_fields": {},
            "late": False,
            "again": False,
        }
        return await PaymentRepository(tx).add_order(**{**fresh, **values}), news

    @staticmethod
    async def _first_payment(
        tx: Transaction, matched: MatchedSale, observed: OrderObservation
    ) -> tuple[bool, bool]:
        """Whether an order's first payment is late, and whether the sale was paid before."""
        if matched.subscription is not None:
            return False, False
        # What was given back pays for nothing: the next payment is then a first one.
        again = any(
            order.paid_at is not None and order.money in _STANDS and order.subscription_id is None
            for order in await PaymentRepository(tx).orders_of(matched.sale.id)
        )
        late = matched.session is not None and came_late(matched.session, observed)
        return late, again

    async def _move_session(
        self, tx: Transaction, observed: OrderObservation, matched: MatchedSale, record: OrderRecord
    ) -> None:
        session = matched.session
        if session is not None and record.money in PAID_ONCE:
            if session.state is SessionState.PAID:
                await SaleRepository(tx).store_status([matched.sale.id])
            else:
                await SaleRepository(tx).move(session.id, SessionState.PAID)
            await SaleRepository(tx).supersede_others(matched.sale.id, session.id)
            if not await lacks_subscription(tx, matched.sale):
                await PollingRepository(tx).poll_session_at(session.id, None)
            elif record.money is MoneyState.PAID:
                await self.subscriptions.is_awaited(tx, observed.seen, record.order_number)
        else:
            await SaleRepository(tx).store_status([matched.sale.id])


def _is_worth_asking(matched: MatchedSale, reasons: list[Reason]) -> bool:
    """Whether the order itself may say that it fits; others' orders aren't worth a request."""
    ours = matched.session is not None and matched.session.is_answered
    return ours and not ASKED_ABOUT.isdisjoint(reasons)


def _is_disputed_before_it_counted(known: KnownOrder) -> bool:
    return known.record.money is MoneyState.DISPUTED and is_unpaid(known)
