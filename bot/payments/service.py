"""The one door: whoever tells it, an order's or a subscription's change happens here, once."""

import logging
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from bot.alarm import Clock
from bot.fulfilment.models import NoteButton, StaffNote
from bot.pandabase.schemas.orders import StoreOrder, StoreSubscription
from bot.payments.claims import Claim, Claims
from bot.payments.models import (
    Change,
    Fulfilment,
    OrderRecord,
    SubscriptionChange,
    SubscriptionStatus,
)
from bot.payments.observations import Observation
from bot.payments.repository import KnownOrder
from bot.payments.states import Fact, Step, as_status, news, subscription_status
from bot.payments.telling import (
    Told,
    closes_a_dispute,
    details,
    earns,
    refund_id,
    snowflake,
    step_of,
    told_of,
    with_what_is_known,
)
from bot.payments.trust import (
    SENTENCES,
    Reason,
    reasons_against,
    reasons_against_renewal,
)
from bot.sales.models import Sale
from bot.sales.states import LIVE, MoneyState, SessionState
from bot.storage.unit_of_work import Transaction

log = logging.getLogger(__name__)


class Verdict(StrEnum):
    """What came of an observation."""

    APPLIED = "applied"
    KNOWN = "known"
    """It changed nothing: it was told before, or is older than what is known."""
    UNMATCHED = "unmatched"
    """It isn't of a session of ours, as far as we know by now."""
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"
    """Staff decided that it doesn't count."""
    EMPTY = "empty"
    """It doesn't say which order or subscription it is about."""


class Decision(StrEnum):
    """What became of a payment in quarantine. Without anybody, where the store told more of it."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    FITS = "fits"
    REFUNDED = "refunded"


_CLOSED: Final = frozenset({Decision.DISMISSED, Decision.REFUNDED})
_FIRST_PAYMENTS: Final = frozenset({Change.PAID, Change.PAID_AGAIN})
_STANDS: Final = frozenset({MoneyState.PAID, MoneyState.DISPUTED})
_OVER: Final = frozenset(SessionState) - LIVE - {SessionState.PAID}
_WAS_PAID: Final = frozenset({MoneyState.PAID, MoneyState.REFUNDED, MoneyState.DISPUTED, MoneyState.LOST})


class Payments:
    """`fulfilment` hears of every change inside its transaction."""

    def __init__(self, claims: Claims, fulfilment: Fulfilment, clock: Clock) -> None:
        self.claims = claims
        self._fulfilment = fulfilment
        self._clock = clock

    async def observe(self, tx: Transaction, seen: Observation) -> Verdict:
        """Apply what was seen, with all that follows from it."""
        verdicts = []
        if seen.subscription is not None and seen.subscription.id is not None:
            verdicts.append(await self._observe_subscription(tx, seen, seen.subscription))
        if seen.order is not None and seen.fact is not None:
            verdicts.append(await self._observe_order(tx, Told(seen, seen.order, seen.fact)))
        for verdict in Verdict:  # the first says most
            if verdict in verdicts:
                return verdict
        return Verdict.EMPTY

    async def accept(self, tx: Transaction, seen: Observation, claim: Claim) -> Verdict:
        """Take an order for a payment of this sale, whatever speaks against it."""
        assert seen.order is not None  # noqa: S101  # nothing else is put in quarantine
        told = Told(seen, seen.order, Fact.PAID)
        verdict = await self._record(tx, told, claim, None, step_of(told, None))
        for subscription in await tx.payments.move_subscriptions(told.order.order_number, claim.sale.id):
            await self._fulfilment.subscription_changed(tx, subscription, SubscriptionChange.CREATED)
        return verdict

    # --- orders ---------------------------------------------------------------------------------------

    async def _observe_order(self, tx: Transaction, told: Told) -> Verdict:
        order = told.order
        known = await tx.payments.order(order.id, order.order_number)
        if known is not None:
            claim = await self.claims.of_known(tx, known.record)
        else:
            closed = await self._closed_quarantine(tx, told)
            if closed is not None:
                return closed
            found = await self.claims.of(tx, told.seen, order, paid=told.fact is Fact.PAID)
            if found is None:
                return Verdict.UNMATCHED
            if isinstance(found, Reason):
                return await self._quarantine(tx, told, None, [found])
            claim = found
        taken = step_of(told, known)
        if taken is None and known is not None:
            return Verdict.KNOWN
        if earns(taken, known) and not claim.recovered:
            reasons = await self._reasons(tx, claim, with_what_is_known(order, known))
            if reasons:
                return await self._quarantine(tx, told, claim.sale, reasons)
        return await self._record(tx, told, claim, known, taken)

    @staticmethod
    async def _reasons(tx: Transaction, claim: Claim, order: StoreOrder) -> list[Reason]:
        if claim.subscription is not None:
            return reasons_against_renewal(claim.sale.basket, order)
        has_subscription = order.amount == 0 and await tx.payments.has_subscription(claim.sale.id)
        return reasons_against(claim.sale.basket, claim.session, order, has_subscription=has_subscription)

    async def _record(
        self, tx: Transaction, told: Told, claim: Claim, known: KnownOrder | None, taken: Step | None
    ) -> Verdict:
        record, change = await self._write(tx, told, claim, known, taken)
        held = await tx.payments.quarantined(record.order_id, None) if known is None else None
        if held is not None:
            await tx.payments.decide(held.id, Decision.FITS, by=None, now=self._clock())
        await self._move_session(tx, claim, record)
        sale = await tx.sales.by_id(claim.sale.id)
        if change is None:
            return Verdict.APPLIED if known is None else Verdict.KNOWN
        await self._tell(tx, claim, sale, record, change)
        return Verdict.APPLIED

    async def _write(
        self,
        tx: Transaction,
        told: Told,
        claim: Claim,
        known: KnownOrder | None,
        taken: Step | None,
    ) -> tuple[OrderRecord, Change | None]:
        """Write what the order is now; returns it with what is to be told."""
        now = self._clock()
        change = taken.change if taken else None
        money = taken.money if taken else MoneyState.PENDING
        values: dict[str, Any] = {
            **details(told.order),
            "money": money,
            "changed_at": max(told.seen.said, known.changed_at) if known else told.seen.said,
            "dispute_closed": closes_a_dispute(told, known, money),
        }
        if earns(taken, known):
            change, late, again = await self._first_payment(tx, claim)
            values |= {"paid_at": now, "late": late, "again": again}
        if known is not None:
            return await tx.payments.change_order(known.record.id, **values), change
        subscription = claim.subscription.subscription_id if claim.subscription else None
        fresh: dict[str, Any] = {
            "order_id": told.order.id or told.order.order_number,
            "order_number": told.order.order_number or told.order.id,
            "sale_id": claim.sale.id,
            "session_id": claim.session.id if claim.session else None,
            "subscription_id": subscription,
            "created_at": now,
            "status": "",
            "payment_status": "",
            "amount": 0,
            "discount": 0,
            "currency": claim.sale.basket.currency,
            "items": [],
            "custom_fields": {},
            "late": False,
            "again": False,
        }
        return await tx.payments.add_order(**{**fresh, **values}), change

    @staticmethod
    async def _first_payment(tx: Transaction, claim: Claim) -> tuple[Change, bool, bool]:
        """What an order's first payment is, whether it is late, and whether the sale was paid before."""
        if claim.subscription is not None:
            return Change.RENEWED, False, False
        # What was given back pays for nothing: the next payment is then a first one.
        again = any(
            order.paid_at is not None and order.money in _STANDS and order.subscription_id is None
            for order in await tx.payments.orders_of(claim.sale.id)
        )
        late = claim.session is not None and claim.session.state in _OVER
        return Change.PAID_AGAIN if again else Change.PAID, late, again

    @staticmethod
    async def _move_session(tx: Transaction, claim: Claim, record: OrderRecord) -> None:
        session = claim.session
        if session is not None and record.money in _WAS_PAID:
            if session.state is not SessionState.PAID:
                await tx.sales.move(session.id, SessionState.PAID)
            await tx.sales.supersede_others(claim.sale.id, session.id)
            await tx.payments.look_again(session.id, None)
        else:
            await tx.sales.store_status([claim.sale.id])

    async def _tell(
        self, tx: Transaction, claim: Claim, sale: Sale, record: OrderRecord, change: Change
    ) -> None:
        await tx.outbox.refresh_messages([sale.id], self._clock())
        await self._fulfilment.order_changed(tx, sale, record, change)
        if change is Change.PAID_AGAIN:
            await self._note_second_payment(tx, sale, record)
        if record.late and change in _FIRST_PAYMENTS and claim.session is not None:
            text = f"A payment came although its link was {claim.session.state}; it counts."
            await self._note(tx, sale, f"late:{record.id}", text)
        log.info("Sale %s: order %s is %s (%s)", sale.reference, record.order_id, record.money, change)

    async def _note_second_payment(self, tx: Transaction, sale: Sale, record: OrderRecord) -> None:
        text = f"Two payments came for {sale.name} of <@{sale.buyer_id}>. "
        text += "One of them should be refunded."
        button = NoteButton("Refund the second payment", refund_id(record.id))
        note = StaffNote(sale.guild_id, f"again:{record.id}", text, (button,))
        await tx.staff.write_note(note, self._clock())

    async def _note(self, tx: Transaction, sale: Sale, key: str, text: str) -> None:
        note = StaffNote(sale.guild_id, key, f"{text} It is {sale.name} of <@{sale.buyer_id}>.")
        await tx.staff.write_note(note, self._clock())

    # --- the quarantine -------------------------------------------------------------------------------

    async def _closed_quarantine(self, tx: Transaction, told: Told) -> Verdict | None:
        """What is to be done with an order that is in quarantine, or was; None to go on with it."""
        held = await tx.payments.quarantined(told.order.id, told.order.order_number)
        if held is None:
            return None
        if held.decision is not None:
            return Verdict.DISMISSED if held.decision in _CLOSED else None
        if told.fact is Fact.REFUNDED:
            await tx.payments.decide(held.id, Decision.REFUNDED, by=None, now=self._clock())
            return Verdict.APPLIED
        return None if told.fact is Fact.PAID else Verdict.QUARANTINED

    async def _quarantine(
        self, tx: Transaction, told: Told, sale: Sale | None, reasons: list[Reason]
    ) -> Verdict:
        order = told.order
        values: dict[str, Any] = {
            "reasons": list(reasons),
            "observation": told.seen.model_dump(mode="json", exclude={"order": {"licenses", "customer"}}),
        }
        held = await tx.payments.quarantined(order.id, order.order_number)
        if held is not None:
            if held.decision is None and order.items is not None:
                await tx.payments.observe_again(held.id, **values)
            return Verdict.QUARANTINED
        member = order.metadata.get("discord_user_id", "")
        held = await tx.payments.put_in_quarantine(
            order_id=order.id or order.order_number,
            order_number=order.order_number,
            sale_id=sale.id if sale else None,
            guild_id=sale.guild_id if sale else None,
            member_id=sale.buyer_id if sale else snowflake(member),
            created_at=self._clock(),
            **values,
        )
        log.warning("Order %s is in quarantine as %s: %s", held.order_id, held.reference, ", ".join(reasons))
        if sale is not None:
            why = " ".join(SENTENCES[reason] for reason in reasons)
            text = f"A payment doesn't fit and waits for you in `/store quarantine`. {why}"
            await self._note(tx, sale, f"quarantine:{held.reference}", text)
        return Verdict.QUARANTINED

    # --- subscriptions --------------------------------------------------------------------------------

    async def _observe_subscription(
        self, tx: Transaction, seen: Observation, given: StoreSubscription
    ) -> Verdict:
        assert given.id is not None  # noqa: S101  # the caller looked
        found = await tx.payments.subscription(given.id)
        change = seen.subscription_change
        if found is None:
            return await self._new_subscription(tx, seen, given)
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
        await self._fulfilment.subscription_changed(tx, changed, news(subscription, changed, change))
        return Verdict.APPLIED

    async def _new_subscription(
        self, tx: Transaction, seen: Observation, given: StoreSubscription
    ) -> Verdict:
        order = seen.order
        if order is None:
            return Verdict.UNMATCHED
        sale = await self.claims.sale_of_subscription(tx, seen, order)
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
        await self._judge_again(tx, order.order_number)
        return Verdict.APPLIED

    async def _judge_again(self, tx: Transaction, order_number: str | None) -> None:
        """A trial's order of nothing fits as soon as its subscription is known."""
        if order_number is None:
            return
        for held in await tx.payments.quarantined_by_number(order_number):
            seen = Observation.model_validate(held.observation)
            await self.observe(tx, seen)
