"""Wires what payments earn: roles, receipts, the outbox that carries them out, and what staff set up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui
from discord.ext import commands

from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.discord.channel_messages import ChannelMessages
from bot.discord.client import ShopBot
from bot.discord.interactions import Staff
from bot.discord.roles import RoleKeeper
from bot.fulfilment.backfill import Backfill
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.deliverables import Contents, Deliverables, Keys
from bot.fulfilment.failed_deliveries import FailedDeliveries, GivenUp, Hindered
from bot.fulfilment.grants import Grants
from bot.fulfilment.pauses import Pauses
from bot.fulfilment.possessions import Possessions
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
from bot.storage.transaction import UnitOfWork
from cogs import custom_ids
from cogs.checkout.delivery import LinkMessages
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
from cogs.staff.store_command import Store


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the rest is wired to, and what the bot is equipped with."""

    outbox: Outbox
    fulfilment: FulfilmentService
    benefits: Benefits
    possessions: Possessions
    receipts: ReceiptView
    staff: Staff
    staff_notes: StaffNotes
    channels: StaffChannels
    store: Store
    cogs: Sequence[commands.Cog]
    items: Sequence[type[ui.DynamicItem[Any]]]
    workers: Sequence[Worker]
    services: Sequence[object]


def delivering(
    settings: Settings,
    bot: ShopBot,
    database: UnitOfWork,
    catalog: Catalog,
    *,
    view: SaleView,
    links: LinkMessages,
    keys: Keys | None,
    clock: Clock,
) -> Delivering:
    """`keys` fetches the licence keys of an order; None without a token of the store."""
    roles = RoleKeeper(bot)
    staff = Staff(settings.staff.role_ids)
    channels = StaffChannels(bot, database, view, settings.staff.log_channel_id)
    notes = StaffNotes(database, channels, clock)
    contents = Contents(database, catalog, keys, clock)
    messages = FulfilmentMessages(bot, database, FulfilmentView(view), roles, contents)
    grants = Grants(database, ended=lambda: outbox.worker.wake(), clock=clock)  # noqa: PLW0108  # not there yet
    steps = steps_with(StepTools(database, grants, roles, messages, ChannelMessages(bot), clock))
    carry_out: dict[str, Handler] = {
        JobKind.LINK: links.deliver,
        JobKind.MESSAGE: links.refresh,
        JobKind.LOG: channels.log,
        **{kind: step.carry_out for kind, step in steps.items()},
    }
    given_up = GivenUp(steps, notes=notes.worker, retry_id=custom_ids.retry, clock=clock)
    hindered = Hindered(notes=notes.worker, clock=clock)
    outbox = Outbox(database, carry_out, clock, given_up=given_up, hindered=hindered)
    fulfilment = FulfilmentService(database, steps, outbox=outbox.worker, notes=notes.worker, clock=clock)
    benefits = Benefits(database, roles, notes=notes.worker, clock=clock)
    backfill = Backfill(database, benefits, grants, outbox=outbox.worker, notes=notes.worker, clock=clock)
    actions = BenefitActions(benefits, backfill, roles, staff)
    returns = Rejoining(database, fulfilment, roles, clock)
    workers = (returns, backfill, Tokens(database, clock))
    store = Store(staff, BenefitCommands(actions, catalog), SalesLogCommand(channels, notes, staff))
    return Delivering(
        outbox=outbox,
        fulfilment=fulfilment,
        benefits=benefits,
        possessions=Possessions(roles.name, clock),
        receipts=ReceiptView(Receipts(database, outbox=outbox.worker, clock=clock), messages),
        staff=staff,
        staff_notes=notes,
        channels=channels,
        store=store,
        cogs=[store, Deliveries(bot, fulfilment, returns), PowerfulRoles(bot, benefits)],
        items=[BenefitPage, EndPause, GiveToPastBuyers, AnswerProposal, Reveal, Retry],
        workers=[outbox.worker, notes.worker, grants.endings, *(each.worker for each in workers)],
        services=[
            actions,
            staff,
            messages,
            Deliverables(database, contents, outbox=outbox.worker, clock=clock),
            PauseActions(Pauses(database, grants, changed=outbox.worker.wake, clock=clock), staff),
            FailedDeliveries(database, outbox=outbox.worker, clock=clock),
        ],
    )
