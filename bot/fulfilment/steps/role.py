"""The step that gives and takes roles: decided by grants, carried out as they are then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.fulfilment.grants import is_sold_by_period, is_subscription
from bot.fulfilment.held_role_repository import HeldRoleRepository
from bot.fulfilment.models import Grant, Obstacle, SaleFacts, Terms
from bot.fulfilment.notices import Audience
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState, money_of, payers
from bot.fulfilment.steps.base import Earnings, FulfilmentStep
from bot.jobs.handlers import failure_text
from bot.jobs.models import Job, JobKind, JobRecord, NeedsStaff, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.payments.events import OrderChanged, SubscriptionChanged
from bot.payments.models import OrderRecord
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import Transaction
from bot.texts import Text, template, text

_ANOTHER_ROLE: Final = text(
    "Add another role with `/store benefit add`: it offers to give it to those who paid before, too."
)
MAY_NOT: Final = {
    Obstacle.ROLE_ABOVE: text("In Server Settings → Roles, drag the bot's role above it, then press Retry."),
    Obstacle.NO_PERMISSION: text(
        "In Server Settings → Roles, give the bot's role Manage Roles, then press Retry."
    ),
}
_CANT_BE_GIVEN: Final = {
    **MAY_NOT,
    Obstacle.ROLE_GONE: _ANOTHER_ROLE,
    Obstacle.ROLE_MANAGED: _ANOTHER_ROLE,
    Obstacle.ROLE_EVERYONE: _ANOTHER_ROLE,
}
_IS_THERE: Final = frozenset({Outcome.GIVEN, Outcome.TAKEN, Outcome.KEPT, Outcome.GONE})


class BenefitRole(FulfilmentStep):
    """Earned by benefits. A job's key is the grant's row; grants live and end by the rules of `Grants`."""

    kind = JobKind.ROLE
    audience = Audience.RECIPIENT
    log_label = text("Role")
    failure = template("We couldn't give {recipient} their role for {sale}.")
    failure_to_take = template("We couldn't remove a role from {recipient} that {sale} no longer gives.")

    @classmethod
    def is_delivered(cls, job: JobRecord, _jobs: Sequence[JobRecord]) -> bool:
        return job.done_at is not None and job.outcome in _IS_THERE

    async def failure_of(self, tx: Transaction, job: Job, sale: Sale, error: Exception) -> Text:
        """With what staff can do about it."""
        grant = await FulfilmentRepository(tx).grant(int(job.key))
        is_live = grant.state is GrantState.LIVE
        obstacle = self.tools.roles.obstacle(grant.guild_id, grant.role_id)
        ways_out = _CANT_BE_GIVEN if is_live else MAY_NOT
        advice = None
        if obstacle is not None and isinstance(error, NeedsStaff):
            advice = ways_out.get(obstacle)
        return failure_text(self.failure if is_live else self.failure_to_take, sale, error, advice)

    # --- what payments mean for it --------------------------------------------------------------------

    async def order_changed(self, tx: Transaction, event: OrderChanged, earned: Earnings | None) -> None:
        if earned is not None:
            await self._earn(tx, event, earned)
        else:
            await self._follow_money(tx, event.sale, event.order, event.at)

    async def subscription_changed(self, tx: Transaction, sale: Sale, event: SubscriptionChanged) -> None:
        await self.tools.grants.follow_subscription(tx, sale, event.at)

    async def _earn(self, tx: Transaction, event: OrderChanged, earned: Earnings) -> None:
        sale, order, now, grants = event.sale, event.order, event.at, self.tools.grants
        subscription = earned.subscription
        for benefit in earned.benefits:
            await grants.earn(tx, sale, order.id, benefit, now, subscription=subscription)
        if subscription is None and not is_sold_by_period(sale):
            return  # nothing that it earned lives as long as one does
        for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id):
            if grant.follows_subscription and grant.order_id != order.id:
                await FulfilmentRepository(tx).change_grant(grant.id, order_id=order.id)
                paid = replace(grant, money=MoneyState.PAID)
                ends_at = await grants.end_by_subscription(tx, paid, subscription, now)
                await grants.change(tx, grant, MoneyState.PAID, ends_at, now)

    async def _follow_money(self, tx: Transaction, sale: Sale, order: OrderRecord, now: datetime) -> None:
        """Have what was earned follow what became of the money."""
        orders = await PaymentRepository(tx).orders_of(sale.id)
        subscription = await is_subscription(tx, sale)
        for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id):
            # Each period is paid by an order of its own; else two payments may have come for the same.
            if subscription:
                paying = [order] if grant.order_id == order.id else []
            else:
                paying = payers(orders, grant.order_id)
            if order.id in {each.id for each in paying}:
                await self.tools.grants.change(tx, grant, money_of(paying), grant.ends_at, now)

    # --- carrying it out ------------------------------------------------------------------------------

    @classmethod
    def stands(cls, key: str, facts: SaleFacts) -> bool:
        return facts.grant(int(key)).state is GrantState.LIVE

    async def grant(self, job: Job, facts: SaleFacts) -> Result:
        """Give the role of a grant. Raises NeedsStaff, and HTTPException."""
        grant = facts.grant(int(job.key))
        if grant.given_at is not None:
            # What staff removed since is theirs to decide; but an attempt whose end nobody wrote gave it.
            ours = job.may_have_happened
            return Result(Outcome.GIVEN if ours else Outcome.GONE, refresh=ours)
        return await self._give(job, grant, facts.benefits[grant.benefit_id].terms)

    async def revoke(self, job: Job, _facts: SaleFacts) -> Result:
        """Take the role, unless another grant holds it, or it came by no purchase."""
        async with self.tools.database.read() as tx:
            grant = await FulfilmentRepository(tx).grant(int(job.key))
            held = await FulfilmentRepository(tx).holds(grant.guild_id, grant.user_id, grant.role_id)
            had_before = await HeldRoleRepository(tx).had_before(grant)
        if not held:
            return await self._end(job, grant, had_before)
        if job.may_have_happened:
            # An attempt that nobody knows the end of may have taken what another grant holds since.
            await self.tools.roles.give(grant.guild_id, grant.user_id, grant.role_id)
        return Result(Outcome.GONE)

    async def _give(self, job: Job, grant: Grant, terms: Terms) -> Result:
        had_before = False

        async def seen(has_it: bool) -> None:  # noqa: FBT001  # a callback
            nonlocal had_before
            had_before = has_it
            # Committed before the call: a retry after a crash finds the role that the first attempt gave.
            await self.tools.writes.write(partial(self._begin, grant, had_before=has_it))

        if not await self.tools.roles.give(grant.guild_id, grant.user_id, grant.role_id, seen=seen):
            return Result(Outcome.ABSENT, refresh=True)
        given = partial(self._given, job, grant, terms, had_before=had_before)
        return Result(Outcome.GIVEN, refresh=True, write=given)

    async def _begin(self, grant: Grant, tx: Transaction, *, had_before: bool) -> None:
        await HeldRoleRepository(tx).begin(grant, self.tools.clock(), had_before=had_before)

    async def _given(
        self, job: Job, grant: Grant, terms: Terms, tx: Transaction, *, had_before: bool
    ) -> None:
        now = self.tools.clock()
        if await FulfilmentRepository(tx).given(grant.id, now):
            if terms.replaces is not None:  # once, whatever becomes of the grant later
                await JobRepository(tx).plan(grant.sale_id, JobKind.REPLACED_ROLE, str(grant.id), now)
            return
        if not await FulfilmentRepository(tx).holds(grant.guild_id, grant.user_id, grant.role_id):
            # It ended while it was given, and may have been taken before that.
            await self._begin(grant, tx, had_before=had_before)
            await JobRepository(tx).plan_again(job.sale_id, self.kind, job.key, now)

    async def _end(self, job: Job, grant: Grant, had_before: bool | None) -> Result:  # noqa: FBT001
        """Take the role, unless it came by no purchase; None says that none gave it, or it was taken."""
        if had_before is None:
            # What was taken by an attempt whose end nobody wrote was taken all the same.
            return Result(Outcome.TAKEN if job.may_have_happened else Outcome.GONE, refresh=True)
        if not had_before:
            return await self._take(grant)
        await self._release(grant)
        return Result(Outcome.KEPT, refresh=True)

    async def _take(self, grant: Grant) -> Result:
        there = await self.tools.roles.take(grant.guild_id, grant.user_id, grant.role_id)
        if not await self._release(grant):
            # Another grant began while it was taken, and may have been carried out before.
            await self.tools.roles.give(grant.guild_id, grant.user_id, grant.role_id)
            return Result(Outcome.GONE, refresh=True)
        return Result(Outcome.TAKEN if there else Outcome.ABSENT, refresh=True)

    async def _release(self, grant: Grant) -> bool:
        """Write that no purchase gives the role any more; False if another grant holds it by now."""
        async with self.tools.database.write() as tx:
            if await FulfilmentRepository(tx).holds(grant.guild_id, grant.user_id, grant.role_id):
                return False
            await HeldRoleRepository(tx).end(grant)
        return True
