"""Wires what payments earn: roles, receipts, the queue that carries them out, and what staff set up."""

from dataclasses import dataclass

from bot.catalog.catalog import Catalog
from bot.discord.channel_messages import ChannelMessages
from bot.discord.client import ShopBot
from bot.discord.connection import OUTAGES
from bot.discord.interactions import Staff
from bot.discord.roles import RoleKeeper
from bot.fulfilment.backfill import Backfill
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.deliverables import Contents, Deliverables, Keys
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.failed_jobs import FailedJobs, GivenUp
from bot.fulfilment.grants import Grants
from bot.fulfilment.live_messages import SaleMessages
from bot.fulfilment.pauses import Pauses
from bot.fulfilment.receipts import Receipts
from bot.fulfilment.rejoining import Rejoining
from bot.fulfilment.service import FulfilmentService
from bot.fulfilment.steps.base import StepTools
from bot.fulfilment.steps.registry import steps_with
from bot.jobs.handlers import Handler, Handlers, saying
from bot.jobs.models import JobKind
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Clock
from bot.staff.notes import StaffNotes
from bot.storage.queues import Mark
from bot.storage.shared_writes import SharedWrites
from bot.storage.transaction import UnitOfWork
from bot.wiring.parts import Parts
from cogs import custom_ids
from cogs.checkout.view import SaleView
from cogs.fulfilment.buttons import EndPause, MemberListener, PauseActions, Retry, Reveal
from cogs.fulfilment.delivery import FulfilmentMessages
from cogs.fulfilment.view import FulfilmentView
from cogs.purchases.receipts import ReceiptView
from cogs.staff.benefits import (
    BenefitActions,
    BenefitCommands,
    BenefitPage,
    GiveToPastBuyers,
    SalesLogCommand,
)
from cogs.staff.powerful_roles import AnswerProposal, PowerfulRoles
from cogs.staff.sales_log import LOG_FAILED, StaffChannels


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentParts(Parts):
    """What the rest is wired to, and what the bot is equipped with."""

    queue: JobQueue
    fulfilment: FulfilmentService
    grants: Grants
    given_up: GivenUp
    receipts: ReceiptView


def build_fulfilment(
    bot: ShopBot,
    database: UnitOfWork,
    catalog: Catalog,
    *,
    handlers: Handlers,
    facts: FactsOfSales,
    roles: RoleKeeper,
    benefits: Benefits,
    staff: Staff,
    channels: StaffChannels,
    view: SaleView,
    keys: Keys | None,
    mark: Mark,
    clock: Clock,
) -> FulfilmentParts:
    """`handlers` carry out what others than payments have to reach Discord.

    `keys` fetches the license keys of an order; None without a token of the store.
    """
    contents = Contents(database, catalog, keys, clock)
    receipts = Receipts(database, clock)
    shown = SaleMessages(database, facts)
    messages = FulfilmentMessages(
        bot, receipts, facts, FulfilmentView(view), roles, contents=contents, messages=shown
    )
    grants = Grants(database, clock)
    writes = SharedWrites(database)
    tools = StepTools(database, facts, writes, grants, roles, messages, ChannelMessages(bot), clock)
    steps = steps_with(tools)
    registry = {
        **handlers,
        JobKind.LOG: Handler(channels.log, saying(LOG_FAILED)),
        JobKind.STAFF_NOTE: Handler(StaffNotes(database, channels).post, is_patient=True),
        **{kind: Handler(step.carry_out, step.failure_of) for kind, step in steps.items()},
    }
    queue = JobQueue(database, registry, clock, writes, outages=OUTAGES)
    fulfilment = FulfilmentService(database, steps, clock)
    backfill = Backfill(database, benefits, grants, clock)
    actions = BenefitActions(benefits, backfill, roles, staff)
    rejoining = Rejoining(database, fulfilment, roles, mark=mark, clock=clock)
    return FulfilmentParts(
        queue=queue,
        fulfilment=fulfilment,
        grants=grants,
        given_up=GivenUp(registry, retry_id=custom_ids.retry),
        receipts=ReceiptView(receipts, messages),
        store_commands=[BenefitCommands(actions, catalog), SalesLogCommand(channels, staff)],
        cogs=[MemberListener(bot, fulfilment, rejoining), PowerfulRoles(bot, benefits)],
        items=[BenefitPage, EndPause, GiveToPastBuyers, AnswerProposal, Reveal, Retry],
        workers=[*queue.workers, grants.endings, rejoining.worker, backfill.worker],
        services=[
            actions,
            staff,
            messages,
            Deliverables(database, contents, clock),
            PauseActions(Pauses(database, grants, clock), staff),
            FailedJobs(database, clock),
        ],
    )
