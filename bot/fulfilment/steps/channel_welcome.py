"""The step that posts a benefit's message in a channel, for everybody there to see who came."""

from bot.fulfilment.custom_message import custom_message
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import Audience
from bot.fulfilment.steps.base import Earnings, FulfilmentStep
from bot.jobs.models import Job, JobKind, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.payments.events import OrderChanged
from bot.storage.transaction import Transaction
from bot.texts import template, text


class ChannelWelcome(FulfilmentStep):
    """Earned by the payment of a link, not by renewals, nor by what is given later to those who paid before.

    A job's key is the order's row and the benefit's.
    """

    kind = JobKind.CHANNEL_WELCOME
    audience = Audience.RECIPIENT
    log_label = text("Welcome in the channel")
    failure = template("We couldn't welcome {recipient} in the channel for {sale}.")

    async def order_changed(self, tx: Transaction, event: OrderChanged, earned: Earnings | None) -> None:
        order = event.order
        if earned is None or order.session_id is None:
            return
        for benefit in earned.benefits:
            if benefit.terms.channel_id is not None:
                await JobRepository(tx).plan(event.sale.id, self.kind, f"{order.id}-{benefit.id}", event.at)

    @classmethod
    def stands(cls, key: str, facts: SaleFacts) -> bool:
        return super().stands(key.partition("-")[0], facts)

    async def revoke(self, _job: Job, _facts: SaleFacts) -> Result:
        """What was posted stays."""
        return Result(Outcome.GONE, refresh=True)

    async def grant(self, job: Job, facts: SaleFacts) -> Result:
        benefit = facts.benefits.get(int(job.key.partition("-")[2]))
        earned = [each for each in facts.grants if benefit is not None and each.benefit_id == benefit.id]
        if benefit is None or not earned or benefit.terms.channel_id is None:
            return Result(Outcome.GONE, refresh=True)
        grant, roles = earned[-1], self.tools.roles
        words = custom_message(
            grant,
            benefit,
            role=roles.name(grant.guild_id, grant.role_id),
            server=roles.server(grant.guild_id),
        )
        await self.tools.channels.say(benefit.terms.channel_id, words, job, mentioned=grant.user_id)
        return Result(Outcome.POSTED, refresh=True)
