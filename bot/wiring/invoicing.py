"""Wires the invoices: their services, their commands and what keeps their dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from discord.ext import commands

from bot.alarm import Alarm, Clock
from bot.audit.journal import Journal
from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.discord_io.client import ShopBot
from bot.discord_io.invoice_cards import InvoiceCards
from bot.discord_io.invoice_messages import InvoiceMessages
from bot.discord_io.issuer_messages import IssuerMessages
from bot.discord_io.private_replies import PrivateReplies
from bot.discord_io.products import ProductWords
from bot.discord_io.sales_log import StaffChannels
from bot.discord_io.staff import Staff
from bot.discord_io.staff_log import StaffLog
from bot.fulfilment.staff_notes import StaffNotes
from bot.invoices.drafts import Drafts
from bot.invoices.due import DueInvoices
from bot.invoices.estimates import EstimateClient, Estimates
from bot.invoices.register import Register
from bot.invoices.rules import Rules
from bot.invoices.service import Invoices
from bot.outbox.outbox import Outbox
from bot.sales.history import History
from bot.sales.pricing import Pricing
from bot.sales.service import Sales
from bot.storage.unit_of_work import UnitOfWork
from bot.wiring.receiving import sees_payments
from cogs.invoice_cards import StaffInvoiceCards
from cogs.invoice_desk import InvoiceDesk
from cogs.invoices import InvoiceCommands
from cogs.store_settings import StoreSettings


@dataclass(frozen=True, slots=True)
class Shared:
    """What the rest of the bot has built already."""

    settings: Settings
    bot: ShopBot
    database: UnitOfWork
    client: EstimateClient
    catalog: Catalog
    pricing: Pricing
    sales: Sales
    outbox: Outbox
    staff: Staff
    staff_notes: StaffNotes
    channels: StaffChannels
    replies: PrivateReplies
    history: History
    clock: Clock


@dataclass(frozen=True, slots=True)
class Invoicing:
    invoices: Invoices
    messages: InvoiceMessages
    issuers: IssuerMessages
    desk: InvoiceDesk
    cogs: Sequence[commands.Cog]
    alarms: Sequence[Alarm]
    store_settings: StoreSettings

    @classmethod
    def build(cls, shared: Shared) -> Self:
        """Services and commands of invoices."""
        settings, database, clock = shared.settings, shared.database, shared.clock
        display, wanted = settings.display, settings.staff
        rules = Rules(
            settings.pandabase.currency,
            display.timezone,
            wanted.invoice_cap,
            wanted.daily_cap,
            wanted.approval_above,
        )
        staff = shared.staff
        cards = InvoiceCards(
            display.locale, test=settings.pandabase.is_sandbox, sees_payments=sees_payments(settings)
        )
        staff_log = StaffLog(shared.bot, database, wanted.log_channel_id, cards, clock)
        log_alarm = Alarm(staff_log.work, name="staff log", clock=clock, needs_servers=True)
        journal = Journal(log_alarm if wanted.log_channel_id is not None else None, clock)
        due = DueInvoices(database, journal, outbox=shared.outbox.alarm, clock=clock)
        due_alarm = Alarm(due.settle, name="due invoices", clock=clock)
        invoices = Invoices(
            database, shared.sales, rules, journal, outbox=shared.outbox.alarm, due=due_alarm, clock=clock
        )
        messages = InvoiceMessages(shared.bot, database, invoices, cards, shared.replies, clock=clock)
        desk = InvoiceDesk(
            bot=shared.bot,
            staff=staff,
            rules=rules,
            locale=display.locale,
            drafts=Drafts(database, rules, journal, alarm=due_alarm, clock=clock),
            invoices=invoices,
            register=Register(database),
            estimates=Estimates(shared.client, display.locale),
            catalog=shared.catalog,
            pricing=shared.pricing,
            messages=messages,
            history=shared.history,
            outbox=shared.outbox,
            cards=StaffInvoiceCards(cards, ProductWords(display.locale, rules.currency), rules),
            clock=clock,
        )
        settings_command = StoreSettings(staff, database, journal)
        issuers = IssuerMessages(
            shared.bot,
            database,
            cards,
            shared.channels,
            notes=shared.staff_notes.alarm,
            clock=clock,
        )
        return cls(
            invoices,
            messages,
            issuers,
            desk,
            (InvoiceCommands(desk),),
            (due_alarm, log_alarm),
            settings_command,
        )
