"""Wires what payments earn: roles, receipts, the outbox that carries them out, and what staff set up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discord import app_commands, ui
from discord.ext import commands

from bot.catalog.catalog import Catalog
from bot.discord.channel_messages import ChannelMessages
from bot.discord.client import ShopBot
from bot.discord.interactions import Staff
from bot.discord.roles import RoleKeeper
from bot.fulfilment.backfill import Backfill
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.deliverables import Contents, Deliverables, Keys
from bot.fulfilment.failed_deliveries import FailedDeliveries, GivenUp
from bot.fulfilment.grants import Grants
from bot.fulfilment.pauses import Pauses
from bot.fulfilment.receipts import Receipts
from bot.fulfilment.rejoining import Rejoining
from bot.fulfilment.service import FulfilmentService
from bot.fulfilment.steps.base import StepTools
from bot.fulfilment.steps.registry import steps_with
from bot.jobs.models import JobKind
from bot.jobs.outbox import Handler, Outbox
from bot.jobs.tokens import Tokens
from bot.jobs.worker import Clock, Worker
from bot.staff.notes import StaffNotes
from bot.storage.queues import Mark
from bot.storage.transaction import UnitOfWork
from cogs import custom_ids
from cogs.checkout.view import SaleView
from cogs.fulfilment.buttons import Deliveries, EndPause, PauseActions, Retry, Reveal
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
from cogs.staff.sales_log import StaffChannels


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the rest is wired to, and what the bot is equipped with."""

    outbox: Outbox
    fulfilment: FulfilmentService
    given_up: GivenUp
    receipts: ReceiptView
    store_commands: Sequence[app_commands.Group | app_commands.Command[Any, ..., Any]]
    cogs: Sequence[commands.Cog]
    items: Sequence[type[ui.DynamicItem[Any]]]
    workers: Sequence[Worker]
    services: Sequence[object]


def delivering(
    bot: ShopBot,
    database: UnitOfWork,
    catalog: Catalog,
    *,
    handlers: Mapping[str, Handler],
    roles: RoleKeeper,
    benefits: Benefits,
    staff: Staff,
    channels: StaffChannels,
    view: SaleView,
    keys: Keys | None,
    mark: Mark,
    clock: Clock,
) -> Delivering:
    """`handlers` carry out what others than payments have to reach Discord.

    `keys` fetches the licence keys of an order; None without a token of the store.
    """
    notes = StaffNotes(database, channels, clock)
    contents = Contents(database, catalog, keys, clock)
    messages = FulfilmentMessages(bot, database, FulfilmentView(view), roles, contents)
    grants = Grants(database, clock)
    steps = steps_with(StepTools(database, grants, roles, messages, ChannelMessages(bot), clock))
    carry_out: dict[str, Handler] = {
        **handlers,
        JobKind.LOG: channels.log,
        **{kind: step.carry_out for kind, step in steps.items()},
    }
    outbox = Outbox(database, carry_out, clock)
    fulfilment = FulfilmentService(database, steps, clock)
    backfill = Backfill(database, benefits, grants, clock)
    actions = BenefitActions(benefits, backfill, roles, staff)
    returns = Rejoining(database, fulfilment, roles, mark=mark, clock=clock)
    workers = (returns, backfill, Tokens(database, clock))
    return Delivering(
        outbox=outbox,
        fulfilment=fulfilment,
        given_up=GivenUp(steps, retry_id=custom_ids.retry),
        receipts=ReceiptView(Receipts(database, clock), messages),
        store_commands=[BenefitCommands(actions, catalog), SalesLogCommand(channels, notes, staff)],
        cogs=[Deliveries(bot, fulfilment, returns), PowerfulRoles(bot, benefits)],
        items=[BenefitPage, EndPause, GiveToPastBuyers, AnswerProposal, Reveal, Retry],
        workers=[outbox.worker, notes.worker, grants.endings, *(each.worker for each in workers)],
        services=[
            actions,
            staff,
            messages,
            Deliverables(database, contents, clock),
            PauseActions(Pauses(database, grants, clock), staff),
            FailedDeliveries(database, clock),
        ],
    )
