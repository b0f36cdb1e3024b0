"""Wires what payments earn: roles, receipts, the outbox that carries them out, and what staff set up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui
from discord.ext import commands

from bot.alarm import Alarm, Clock
from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.discord_io import custom_ids
from bot.discord_io.client import ShopBot
from bot.discord_io.fulfilment_cards import FulfilmentCards
from bot.discord_io.fulfilment_messages import FulfilmentMessages
from bot.discord_io.links import LinkMessages
from bot.discord_io.receipt_pages import ReceiptPages
from bot.discord_io.roles import RoleKeeper
from bot.discord_io.sale_cards import SaleCards
from bot.discord_io.sales_log import StaffChannels
from bot.discord_io.staff import Staff
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.granting import Granting
from bot.fulfilment.hindrances import Hindered
from bot.fulfilment.papers import Papers
from bot.fulfilment.past_buyers import PastBuyers
from bot.fulfilment.pauses import Pauses
from bot.fulfilment.possessions import Possessions
from bot.fulfilment.retrying import GivenUp, Retries
from bot.fulfilment.returns import Returns
from bot.fulfilment.reveal import Contents, Keys, Reveals
from bot.fulfilment.service import FulfilmentService
from bot.fulfilment.staff_notes import StaffNotes
from bot.outbox.models import Step
from bot.outbox.outbox import Handler, Outbox
from bot.outbox.tokens import Tokens
from bot.storage.unit_of_work import UnitOfWork
from cogs.deliveries import Deliveries, Retry, Reveal
from cogs.pauses import EndPause, PauseDesk
from cogs.store import Store
from cogs.store_benefits import (
    BenefitCommands,
    BenefitDesk,
    BenefitPage,
    GiveToPastBuyers,
    SalesLogCommand,
)
from cogs.store_powerful_roles import AnswerProposal, PowerfulRoles


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the rest is wired to, and what the bot is equipped with."""

    outbox: Outbox
    fulfilment: FulfilmentService
    benefits: Benefits
    possessions: Possessions
    papers: ReceiptPages
    staff: Staff
    staff_notes: StaffNotes
    channels: StaffChannels
    store: Store
    cogs: Sequence[commands.Cog]
    items: Sequence[type[ui.DynamicItem[Any]]]
    alarms: Sequence[Alarm]
    services: Sequence[object]


def delivering(
    settings: Settings,
    bot: ShopBot,
    database: UnitOfWork,
    catalog: Catalog,
    *,
    cards: SaleCards,
    links: LinkMessages,
    keys: Keys | None,
    clock: Clock,
) -> Delivering:
    """`keys` fetches the licence keys of an order; None without a token of the store."""
    roles = RoleKeeper(bot)
    staff = Staff(settings.staff.role_ids)
    channels = StaffChannels(bot, database, cards, settings.staff.log_channel_id)
    notes = StaffNotes(database, channels, clock)
    contents = Contents(database, catalog, keys, clock)
    messages = FulfilmentMessages(bot, database, FulfilmentCards(cards), roles, contents)
    carry_out: dict[Step, Handler] = {
        Step.LINK: links.deliver,
        Step.MESSAGE: links.refresh,
        Step.ROLE: Granting(database, roles, clock).carry_out,
        Step.RECEIPT: messages.tell,
        Step.NOTICE: messages.tell,
        Step.LOG: channels.log,
    }
    given_up = GivenUp(notes=notes.alarm, retry_id=custom_ids.retry, obstacle=roles.obstacle, clock=clock)
    hindered = Hindered(notes=notes.alarm, clock=clock)
    outbox = Outbox(database, carry_out, clock, given_up=given_up, hindered=hindered)
    fulfilment = FulfilmentService(database, outbox=outbox.alarm, notes=notes.alarm, clock=clock)
    benefits = Benefits(database, roles, notes=notes.alarm, clock=clock)
    past_buyers = PastBuyers(
        database, benefits, fulfilment.grants, outbox=outbox.alarm, notes=notes.alarm, clock=clock
    )
    desk = BenefitDesk(benefits, past_buyers, roles, staff)
    returns = Returns(database, fulfilment, roles, clock)
    workers = (returns, past_buyers, Tokens(database, clock))
    store = Store(staff, BenefitCommands(desk, catalog), SalesLogCommand(channels, notes, staff))
    return Delivering(
        outbox=outbox,
        fulfilment=fulfilment,
        benefits=benefits,
        possessions=Possessions(roles.name, clock),
        papers=ReceiptPages(Papers(database, outbox=outbox.alarm, clock=clock), messages),
        staff=staff,
        staff_notes=notes,
        channels=channels,
        store=store,
        cogs=[store, Deliveries(bot, fulfilment, returns), PowerfulRoles(bot, benefits)],
        items=[BenefitPage, EndPause, GiveToPastBuyers, AnswerProposal, Reveal, Retry],
        alarms=[outbox.alarm, notes.alarm, fulfilment.grants.endings, *(each.alarm for each in workers)],
        services=[
            desk,
            staff,
            messages,
            Reveals(database, contents, outbox=outbox.alarm, clock=clock),
            PauseDesk(Pauses(database, fulfilment.grants, changed=outbox.alarm.wake, clock=clock), staff),
            Retries(database, outbox=outbox.alarm, clock=clock),
        ],
    )
