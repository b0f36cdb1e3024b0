"""Gives a benefit to those who paid before it was there: a few at a time, and after whoever buys now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.refusals import button_from_before
from bot.checkout.repository import SaleRepository
from bot.fulfilment.backfill_repository import BackfillRepository, BackfillRun, PaidSale
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.grants import Grants
from bot.fulfilment.models import Benefit, Grant
from bot.fulfilment.notices import Audience, Notice, NoticeKind
from bot.fulfilment.refusals import benefit_unknown
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import subscription_ends_at
from bot.jobs.models import JobKind
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock, Worker
from bot.payments.repository import PaymentRepository
from bot.staff.models import AuditAction, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import Text, ntext, text

_READ_AT_ONCE: Final = 100
_GIVEN_AT_ONCE: Final = 5
"""Buyers in one transaction: about a dozen statements each, and whoever buys waits for all of them."""
_ROLE_AGAIN_AFTER: Final = timedelta(minutes=10)
"""How long to wait when the role can't be given, rather than tell staff so for each buyer."""


_WHERE_INSTEAD: Final = text(
    "See roles for products in /store benefit list; /store benefit add offers to give one to earlier buyers."
)


class Backfill:
    """What is asked for is a row, so that it goes on after a restart."""

    def __init__(
        self,
        database: UnitOfWork,
        benefits: Benefits,
        grants: Grants,
        clock: Clock,
    ) -> None:
        self._database = database
        self._benefits = benefits
        self._grants = grants
        self._clock = clock
        self.worker = Worker(
            self.work, name="past buyers", clock=clock, queue=Queue.BACKFILLS, needs_servers=True
        )

    async def count(self, benefit: Benefit) -> int:
        """How many buyers have paid for it and would get something by it now."""
        count, after = 0, 0
        while True:
            # Each page is a transaction of its own: nobody waits for it.
            async with self._database.read() as tx:
                buyers = await BackfillRepository(tx).buyers(benefit, after=after, limit=_READ_AT_ONCE)
                found = await self._earning(tx, benefit, buyers)
            count += len({sale.recipient_id for sale in found})
            if len(buyers) < _READ_AT_ONCE:
                return count
            after = buyers[-1]

    async def give(self, guild_id: int, reference: str, *, by: int) -> tuple[Benefit, int]:
        """Have it given to those who paid before; says how many. `by` is who wants it.

        Raises button_from_before, benefit_unknown, role_unfit and role_out_of_reach.
        """
        async with self._database.read() as tx:
            benefit = await FulfilmentRepository(tx).benefit_named(reference)
            in_use = await FulfilmentRepository(tx).benefits(guild_id)
        if benefit is None:
            raise button_from_before(_WHERE_INSTEAD)
        if benefit not in in_use:
            raise benefit_unknown()
        await self._benefits.require_fit(benefit, by)
        count = await self.count(benefit)
        if count:
            async with self._database.write() as tx:
                await BackfillRepository(tx).start(benefit.id, self._clock())
                await self._benefits.record(tx, AuditAction.PAST_BUYERS, benefit, by)
        return benefit, count

    async def progress(self) -> dict[int, int]:
        """Of the benefits that are being given to past buyers, to how many each has been given so far."""
        async with self._database.read() as tx:
            return {run.benefit_id: run.given for run in await BackfillRepository(tx).under_way()}

    async def work(self) -> datetime | None:
        """Give to some of those who are next; returns when (UTC) there is more."""
        async with self._database.read() as tx:
            runs = await BackfillRepository(tx).under_way()
            benefits = await FulfilmentRepository(tx).benefits_by_id(run.benefit_id for run in runs)
        waits = [run for run in runs if self._benefits.trouble(benefits[run.benefit_id])]
        for run in runs:
            if run not in waits:
                await self._go_on(run, benefits[run.benefit_id])
                return self._clock()
        return self._clock() + _ROLE_AGAIN_AFTER if waits else None

    async def _go_on(self, run: BackfillRun, benefit: Benefit) -> None:
        async with self._database.read() as tx:
            buyers = await BackfillRepository(tx).buyers(benefit, after=run.reached, limit=_READ_AT_ONCE)
            in_use = await FulfilmentRepository(tx).benefits(benefit.guild_id)
        if benefit not in in_use:
            await self._finish(run, benefit, text("It was removed in the meantime, so nobody else gets it."))
            return
        if not buyers:
            await self._finish(run, benefit, text("That's everyone."))
            return
        for start in range(0, len(buyers), _GIVEN_AT_ONCE):
            next_ones = buyers[start : start + _GIVEN_AT_ONCE]
            if not await self._give_to(run, benefit, next_ones):
                return
            run = BackfillRun(run.id, run.benefit_id, next_ones[-1], run.given)

    async def _give_to(self, run: BackfillRun, benefit: Benefit, buyers: Sequence[int]) -> bool:
        """False if another process gives it to them."""
        now = self._clock()
        async with self._database.write() as tx:
            if not await BackfillRepository(tx).take(run, reached=buyers[-1]):
                return False
            given = [
                await self._give_one(tx, benefit, [sale for sale in found if sale.recipient_id == buyer], now)
                for found in [await self._earning(tx, benefit, buyers)]
                for buyer in buyers
            ]
            await BackfillRepository(tx).count(run, sum(given))
        return True

    async def _give_one(
        self, tx: Transaction, benefit: Benefit, found: Sequence[PaidSale], now: datetime
    ) -> bool:
        """Give a buyer what their sales earn, and have them told if they don't have the role already."""
        if not found:
            return False
        had_it = await FulfilmentRepository(tx).holds(
            benefit.guild_id, found[0].recipient_id, benefit.terms.role_id
        )
        grants: list[Grant] = []
        for each in found:
            sale = await SaleRepository(tx).by_id(each.sale_id)
            subscription = await PaymentRepository(tx).subscription_of(sale.id)
            grant = await self._grants.earn(
                tx, sale, each.order_id, benefit, now, subscription=subscription, bulk=True
            )
            grants += [grant] if grant is not None else []
        if grants and not had_it:
            # What is timed adds up, so the last one says how long it lasts.
            notice = Notice(NoticeKind.EARNED, Audience.RECIPIENT, grants[-1].id)
            await JobRepository(tx).plan(grants[-1].sale_id, JobKind.NOTICE, notice.key, now, bulk=True)
        return bool(grants)

    async def _earning(self, tx: Transaction, benefit: Benefit, buyers: Sequence[int]) -> list[PaidSale]:
        """Those of the buyers' sales that earn something that hasn't ended already."""
        found = await BackfillRepository(tx).sales_of(benefit, buyers)
        if benefit.terms.days is not None:
            return found
        now = self._clock()
        subscriptions = await PaymentRepository(tx).subscriptions_of([sale.sale_id for sale in found])
        ends = {sale_id: subscription_ends_at(each, now) for sale_id, each in subscriptions.items()}
        return [sale for sale in found if (end := ends.get(sale.sale_id)) is None or end > now]

    async def _finish(self, run: BackfillRun, benefit: Benefit, why: Text) -> None:
        now = self._clock()
        told = ntext(
            "The role for **{product}** goes to {count} earlier buyer. {why} Anyone who "
            "has left gets it when they come back.",
            "The role for **{product}** goes to {count} earlier buyers. {why} Anyone who "
            "has left gets it when they come back.",
            run.given,
            product=benefit.title,
            why=why,
        )
        async with self._database.write() as tx:
            if await BackfillRepository(tx).finish(run, now):
                await StaffRepository(tx).write_note(
                    StaffNote(benefit.guild_id, f"past-buyers:{run.id}", told), now
                )
