"""The step that takes the role that a benefit's own replaces, once that has been given."""

from bot.checkout.models import Sale
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import Audience
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.base import Earnings, FulfilmentStep
from bot.fulfilment.steps.role import MAY_NOT
from bot.jobs.handlers import failure_text
from bot.jobs.models import Job, JobKind, NeedsStaff, Outcome, Result
from bot.payments.events import OrderChanged
from bot.storage.transaction import Transaction
from bot.texts import Text, template, text


class ReplacedRole(FulfilmentStep):
    """A job's key is the grant's row. Planned when its role is given, and so once for each grant.

    What another purchase gives stays: it is paid for. A refund gives nothing back that was taken here.
    """

    kind = JobKind.REPLACED_ROLE
    audience = Audience.RECIPIENT
    log_label = text("Replaced role")
    failure = template("We couldn't remove the role from {recipient} that {sale} replaces.")

    async def order_changed(self, tx: Transaction, event: OrderChanged, earned: Earnings | None) -> None:
        """Nothing: it follows the role."""

    async def failure_of(self, tx: Transaction, job: Job, sale: Sale, error: Exception) -> Text:
        """With what staff can do about it."""
        grant = await FulfilmentRepository(tx).grant(int(job.key))
        benefits = await FulfilmentRepository(tx).benefits_by_id([grant.benefit_id])
        replaced = benefits[grant.benefit_id].terms.replaces
        advice = None
        if replaced is not None and isinstance(error, NeedsStaff):
            obstacle = self.tools.roles.obstacle(grant.guild_id, replaced)
            advice = None if obstacle is None else MAY_NOT.get(obstacle)
        return failure_text(self.failure, sale, error, advice)

    @classmethod
    def stands(cls, key: str, facts: SaleFacts) -> bool:
        return facts.grant(int(key)).state is GrantState.LIVE

    async def revoke(self, _job: Job, _facts: SaleFacts) -> Result:
        """What was taken stays so."""
        return Result(Outcome.GONE, refresh=True)

    async def grant(self, job: Job, facts: SaleFacts) -> Result:
        """Take the other one."""
        grant = facts.grant(int(job.key))
        replaced = facts.benefits[grant.benefit_id].terms.replaces
        if replaced is None:
            return Result(Outcome.GONE, refresh=True)
        if not await self._is_held(grant.guild_id, grant.user_id, replaced):
            there = await self.tools.roles.take(grant.guild_id, grant.user_id, replaced, replaced=True)
            if not await self._is_held(grant.guild_id, grant.user_id, replaced):
                return Result(Outcome.TAKEN if there else Outcome.ABSENT, refresh=True)
        elif not job.may_have_happened:
            return Result(Outcome.GONE, refresh=True)
        # A purchase gives it by now, and may have been carried out before this attempt, or an earlier one
        # that nobody knows the end of, took it.
        await self.tools.roles.give(grant.guild_id, grant.user_id, replaced)
        return Result(Outcome.GONE, refresh=True)

    async def _is_held(self, guild_id: int, user_id: int, role_id: int) -> bool:
        """Whether another purchase gives it."""
        async with self.tools.database.read() as tx:
            return await FulfilmentRepository(tx).holds(guild_id, user_id, role_id)
