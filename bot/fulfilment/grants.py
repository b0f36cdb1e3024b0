"""The life of grants: earned, changed with their money, laid out one after the other, and ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.catalog.availability import Line
from bot.checkout.models import AnyLine, Sale
from bot.checkout.states import MoneyState
from bot.fulfilment.models import Benefit, Grant
from bot.fulfilment.notices import Audience, Notice, NoticeKind
from bot.fulfilment.repository import SUBSCRIPTION, FulfilmentRepository
from bot.fulfilment.schedule import TimedGrant, lay_out
from bot.fulfilment.states import GrantState, grant_state, subscription_ends_at
from bot.jobs.models import JobKind, NewJob
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock, Worker
from bot.payments.models import OrderRecord, SubscriptionRecord
from bot.payments.repository import PaymentRepository
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork

_ENDED_AT_ONCE: Final = 100
"""Grants that are ended in one transaction: five statements, some ten milliseconds in the write lock."""


@dataclass(frozen=True, slots=True)
class _Span:
    """How long something earned lasts: for days, as long as a subscription does, or else for ever."""

    days: int | None
    ends_at: datetime | None
    follows_subscription: bool = False


def _span_of(sale: Sale, benefit: Benefit, subscription: SubscriptionRecord | None, now: datetime) -> _Span:
    """Of what the benefit gives from `now` (UTC) on: staff who give it say so themselves, if they like."""
    if sale.given is not None and sale.given.days is not None:
        return _Span(sale.given.days, now + timedelta(days=sale.given.days))
    if benefit.terms.days is not None:
        units = sum(line.quantity for line in sale.basket.lines if benefit.is_earned_by(line))
        days = benefit.terms.days * max(units, 1)
        return _Span(days, now + timedelta(days=days))
    ends_at = None if subscription is None else subscription_ends_at(subscription, now)
    return _Span(None, ends_at, subscription is not None or is_sold_by_period(sale))


class Grants:
    """What it writes in a caller's transaction commits with it, or not at all."""

    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.endings = Worker(self.settle_ended, name="ends of roles", clock=clock, queue=Queue.LIVE_GRANTS)

    async def earn(
        self,
        tx: Transaction,
        sale: Sale,
        order_id: int,
        benefit: Benefit,
        now: datetime,
        *,
        subscription: SubscriptionRecord | None,
        bulk: bool = False,
    ) -> Grant | None:
        """Record what the order's payment earns by the benefit, from `now` (UTC); None if it has already.

        `subscription` is the one that the sale began, as far as the store has told of it.
        What is timed goes on where what the member has of it ends, rather than beside it. `bulk` says that
        it is one of many that nobody waits for.
        """
        span = _span_of(sale, benefit, subscription, now)
        state = grant_state(MoneyState.PAID, span.ends_at, now, kept=benefit.terms.kept)
        grant = await FulfilmentRepository(tx).add_grant(
            {
                "sale_id": sale.id,
                "benefit_id": benefit.id,
                "earned_by": SUBSCRIPTION if span.follows_subscription else str(order_id),
                "order_id": order_id,
                "guild_id": sale.guild_id,
                "user_id": sale.recipient_id,
                "role_id": benefit.terms.role_id,
                "money": MoneyState.PAID,
                "kept": benefit.terms.kept,
                "kept_at_chargeback": benefit.terms.kept_at_chargeback,
                "state": state,
                "earned_at": now,
                "days": span.days,
                "begins_at": now,
                "ends_at": span.ends_at,
            }
        )
        if grant is not None and state is GrantState.LIVE:
            await JobRepository(tx).plan_again(sale.id, JobKind.ROLE, str(grant.id), now, bulk=bulk)
            await self.change(tx, grant, grant.money, span.ends_at, now)
        return grant

    async def change(
        self, tx: Transaction, grant: Grant, money: MoneyState, ends_at: datetime | None, now: datetime
    ) -> None:
        """Have the grant follow its money, and end at `ends_at` (UTC) unless it is timed.

        When what is timed ends follows from all that the member has of it.
        """
        changed = replace(grant, money=money, ends_at=ends_at)
        if grant.days is None:
            await self._write(tx, grant, changed, now)
            return
        timed = {each.id: each for each in await FulfilmentRepository(tx).timed_beside(grant)}
        periods = lay_out(_as_timed(changed if each.id == grant.id else each) for each in timed.values())
        for each in timed.values():
            after = changed if each.id == grant.id else each
            if (period := periods.get(each.id)) is not None:
                after = replace(after, begins_at=period.begins_at, ends_at=period.ends_at)
            state = await self._write(tx, each, after, now)
            if each.id != grant.id and each.state is GrantState.LIVE and state is GrantState.ENDED:
                await self.tell_of_ends(tx, [after], now)

    async def _write(self, tx: Transaction, before: Grant, after: Grant, now: datetime) -> GrantState:
        state = grant_state(after.money, after.ends_at, now, kept=after.outlives(after.money))
        after = replace(after, state=state)
        if after != before:
            values: dict[str, object] = {
                "money": after.money,
                "state": state,
                "begins_at": after.begins_at,
                "ends_at": after.ends_at,
            }
            if state is not before.state:
                if state is GrantState.LIVE:
                    values["given_at"] = None  # it was taken: it is to be given anew
                await JobRepository(tx).plan_again(before.sale_id, JobKind.ROLE, str(before.id), now)
            await FulfilmentRepository(tx).change_grant(before.id, **values)
        return state

    async def follow_subscription(self, tx: Transaction, sale: Sale, now: datetime) -> None:
        """Have what lives with the sale's subscription follow it.

        What was earned before anybody knew that it is one follows it from here on.
        """
        subscription = await PaymentRepository(tx).subscription_of(sale.id)
        if subscription is None:
            return
        await FulfilmentRepository(tx).follow_subscription(sale.id)
        for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id):
            if grant.follows_subscription:
                ends_at = await self.end_by_subscription(tx, grant, subscription, now)
                await self.change(tx, grant, grant.money, ends_at, now)
        await self._earn_by_plan(tx, sale, subscription, now)

    async def end_by_subscription(
        self, tx: Transaction, grant: Grant, subscription: SubscriptionRecord | None, now: datetime
    ) -> datetime | None:
        """When (UTC) what lives with a subscription ends: with it, or with a change to another plan."""
        if subscription is None:
            return None
        ends_at = subscription_ends_at(subscription, now)
        if subscription.product_id is not None:
            benefits = await FulfilmentRepository(tx).benefits_by_id([grant.benefit_id])
            if benefits[grant.benefit_id].product_id != subscription.product_id:
                return now if grant.ends_at is None else min(grant.ends_at, now)
        if grant.kept and grant.money is MoneyState.REFUNDED and ends_at is not None:
            # The refund has cancelled it; what outlives a refund has the time that was paid for.
            return max(ends_at, subscription.current_period_end or ends_at)
        return ends_at

    async def _earn_by_plan(
        self, tx: Transaction, sale: Sale, subscription: SubscriptionRecord, now: datetime
    ) -> None:
        """Give what the product earns that the subscription was changed to, once that is paid."""
        orders = await PaymentRepository(tx).orders_of(sale.id)
        lines = plan_of(sale, subscription, orders)
        paying = [order for order in orders if order.money is MoneyState.PAID]
        if lines == sale.basket.lines or not paying:
            return
        for benefit in await FulfilmentRepository(tx).benefits_of(sale.guild_id, lines):
            if benefit.terms.days is None:  # what is timed is earned by each payment
                await self.earn(tx, sale, paying[-1].id, benefit, now, subscription=subscription)

    async def settle_ended(self) -> datetime | None:
        """End some of what has run out, however long ago; returns when (UTC) there is more."""
        now = self._clock()
        async with self._database.write() as tx:
            ended = await FulfilmentRepository(tx).end(now, limit=_ENDED_AT_ONCE)
            if ended:
                role_jobs = [NewJob(JobKind.ROLE, str(grant.id), grant.sale_id) for grant in ended]
                await JobRepository(tx).plan_all_again(role_jobs, now)
                await self.tell_of_ends(tx, ended, now)
            next_end = await FulfilmentRepository(tx).next_end()
        return now if ended else next_end

    @staticmethod
    async def tell_of_ends(tx: Transaction, ended: Sequence[Grant], now: datetime) -> None:
        """Have those told who don't hold the role by anything else, once for each role."""
        held = await FulfilmentRepository(tx).holders(ended)
        last = {(grant.guild_id, grant.user_id, grant.role_id): grant for grant in ended}
        await JobRepository(tx).plan_all(
            [
                NewJob(JobKind.NOTICE, _ended(grant).key, grant.sale_id)
                for key, grant in last.items()
                if key not in held
            ],
            now,
        )


async def is_subscription(tx: Transaction, sale: Sale) -> bool:
    """Whether each period of the sale is paid anew.

    A sale that was written because of its order may not say so itself, but then its subscription does.
    """
    return is_sold_by_period(sale) or await PaymentRepository(tx).has_subscription(sale.id)


def is_sold_by_period(sale: Sale) -> bool:
    return any(line.is_subscription for line in sale.basket.lines)


def _as_timed(grant: Grant) -> TimedGrant:
    assert grant.days is not None  # noqa: S101  # a chain holds what is timed
    counts = grant.outlives(grant.money) or grant.money is MoneyState.PAID
    return TimedGrant(grant.id, grant.earned_at, grant.days, counts)


def _ended(grant: Grant) -> Notice:
    # What comes back, because another payment no longer counts, may end once more.
    return Notice(NoticeKind.ENDED, Audience.RECIPIENT, grant.id, grant.ends_at)


# --- what a subscription is of by now: its plan may have been changed to another product --------------


def plan_of(
    sale: Sale, subscription: SubscriptionRecord | None, orders: Sequence[OrderRecord]
) -> tuple[AnyLine, ...]:
    """What earns: the sale's lines, or the product of its subscription's plan if that is another one.

    Which variant, the newest of the orders says that is of that product.
    """
    lines = sale.basket.lines
    plan = subscription.product_id if subscription is not None else None
    if plan is None or any(line.product_id == plan for line in lines):
        return lines
    variants = [item.variant_id for order in orders for item in order.items if item.product_id == plan]
    variant = variants[-1] if variants else None
    return tuple(
        replace(line, product_id=plan, variant_id=variant) for line in lines if isinstance(line, Line)
    )[:1]
