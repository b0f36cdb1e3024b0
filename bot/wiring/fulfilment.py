"""Wires what payments earn: roles, receipts, the queue that carries them out, and what staff set up."""

from dataclasses import dataclass

from bot.discord.channel_messages import ChannelMessages
from bot.discord.connection import OUTAGES
from bot.fulfilment.backfill import Backfill
from bot.fulfilment.deliverables import Contents, Deliverables, Keys
from bot.fulfilment.end_reminders import EndReminders
from bot.fulfilment.failed_jobs import FailedJobs, GivenUp
from bot.fulfilment.grants import Grants
from bot.fulfilment.pauses import Pauses
from bot.fulfilment.receipts import Receipts
from bot.fulfilment.rejoining import Rejoining
from bot.fulfilment.service import FulfilmentService
from bot.fulfilment.steps.base import StepTools
from bot.fulfilment.steps.registry import steps_with
from bot.jobs.handlers import Handler, Handlers, saying
from bot.jobs.models import JobKind
from bot.jobs.queue import JobQueue
from bot.staff.notes import StaffNotes
from bot.storage.shared_writes import SharedWrites
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs import custom_ids
from cogs.fulfilment.buttons import EndPause, MemberListener, PauseActions, Retry, Reveal
from cogs.fulfilment.delivery import FulfilmentMessages
from cogs.fulfilment.view import FulfilmentView
from cogs.purchases.receipts import ReceiptView
from cogs.staff.benefits import (
    BenefitActions,
    BenefitCommands,
    BenefitPage,
    GiveToPastBuyers,
)
from cogs.staff.powerful_roles import AnswerProposal, PowerfulRoles
from cogs.staff.sales_log import LOG_FAILED, SalesLogCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentParts(Parts):
    """What the rest is wired to, and what the bot is equipped with."""

    queue: JobQueue
    fulfilment: FulfilmentService
    grants: Grants
    given_up: GivenUp
    reminders: EndReminders
    receipts: ReceiptView


def build_fulfilment(shared: Shared, handlers: Handlers, keys: Keys | None) -> FulfilmentParts:
    """`handlers` carry out what others than payments have to reach Discord.

    `keys` fetches the license keys of an order; None without a token of the store.
    """
    bot, database, clock = shared.bot, shared.database, shared.clock
    staff, channels, benefits, roles = shared.staff, shared.channels, shared.benefits, shared.roles
    contents = Contents(database, shared.catalog, keys, clock)
    receipts, writes = Receipts(database, clock), SharedWrites(database)
    messages = FulfilmentMessages(
        bot,
        receipts,
        shared.facts,
        FulfilmentView(shared.view, clock),
        roles,
        contents=contents,
        messages=shared.messages,
    )
    grants = Grants(database, clock)
    tools = StepTools(database, shared.facts, writes, grants, roles, messages, ChannelMessages(bot), clock)
    steps = steps_with(tools)
    registry = {
        **handlers,
        JobKind.LOG: Handler(channels.log, saying(LOG_FAILED)),
        JobKind.MOVED: Handler(messages.moved),
        JobKind.STAFF_NOTE: Handler(StaffNotes(database, channels).post, is_patient=True),
        **{kind: Handler(step.carry_out, step.failure_of) for kind, step in steps.items()},
    }
    queue = JobQueue(database, registry, clock, writes, outages=OUTAGES)
    fulfilment = FulfilmentService(database, steps, clock)
    reminders = EndReminders(database, shared.audit, clock)
    backfill = Backfill(database, benefits, grants, clock)
    actions = BenefitActions(benefits, backfill, roles, staff)
    rejoining = Rejoining(database, fulfilment, roles, mark=shared.mark, clock=clock)
    return FulfilmentParts(
        queue=queue,
        fulfilment=fulfilment,
        grants=grants,
        reminders=reminders,
        given_up=GivenUp(registry, retry_id=custom_ids.retry),
        receipts=ReceiptView(receipts, messages),
        store_commands=[BenefitCommands(actions, shared.catalog), SalesLogCommand(channels, staff)],
        cogs=[MemberListener(bot, fulfilment, rejoining), PowerfulRoles(bot, benefits)],
        items=[BenefitPage, EndPause, GiveToPastBuyers, AnswerProposal, Reveal, Retry],
        workers=[*queue.workers, grants.endings, rejoining.worker, backfill.worker, reminders.worker],
        services=[
            actions,
            staff,
            messages,
            Deliverables(database, contents, clock),
            PauseActions(Pauses(database, grants, shared.audit, clock), staff),
            FailedJobs(database, shared.audit, clock),
        ],
    )
