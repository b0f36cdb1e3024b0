"""Wires the invoices: their services, their commands and what keeps their dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from discord.ext import commands

from bot.catalog.catalog import Catalog
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.discord.ephemeral_replies import PrivateReplies
from bot.discord.interactions import Staff
from bot.invoices.drafts import Drafts, EstimateClient, Estimates
from bot.invoices.issuing import Issuing
from bot.invoices.limits import InvoiceLimits
from bot.invoices.queries import InvoiceQueries
from bot.invoices.reminders import InvoiceReminders
from bot.invoices.service import Invoices
from bot.jobs.outbox import Outbox
from bot.jobs.worker import Clock, Worker
from bot.purchases.history import History
from bot.staff.audit import Journal
from bot.staff.notes import StaffNotes
from bot.storage.transaction import UnitOfWork
from bot.wiring.payments import sees_payments
from cogs.catalog.product_text import ProductText
from cogs.invoices.actions import InvoiceActions
from cogs.invoices.commands import InvoiceCommands
from cogs.invoices.delivery import InvoiceMessages
from cogs.invoices.issuer_delivery import IssuerMessages
from cogs.invoices.staff_view import StaffInvoiceView
from cogs.invoices.view import InvoiceView
from cogs.staff.audit_log import StaffLog
from cogs.staff.sales_log import StaffChannels
from cogs.staff.store_command import StoreSettings


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
    actions: InvoiceActions
    cogs: Sequence[commands.Cog]
    workers: Sequence[Worker]
    store_settings: StoreSettings

    @classmethod
    def build(cls, shared: Shared) -> Self:
        """Services and commands of invoices."""
        settings, database, clock = shared.settings, shared.database, shared.clock
        display, wanted = settings.display, settings.staff
        rules = InvoiceLimits(
            settings.pandabase.currency,
            display.timezone,
            wanted.invoice_cap,
            wanted.daily_cap,
            wanted.approval_above,
        )
        staff = shared.staff
        view = InvoiceView(
            display.locale, test=settings.pandabase.is_sandbox, sees_payments=sees_payments(settings)
        )
        staff_log = StaffLog(shared.bot, database, wanted.log_channel_id, view, clock)
        log_worker = Worker(staff_log.work, name="staff log", clock=clock, needs_servers=True)
        journal = Journal(log_worker if wanted.log_channel_id is not None else None, clock)
        due = InvoiceReminders(database, journal, outbox=shared.outbox.worker, clock=clock)
        due_worker = Worker(due.settle, name="due invoices", clock=clock)
        issuing = Issuing(database, shared.sales, rules, journal, due=due_worker, clock=clock)
        invoices = Invoices(
            database, shared.sales, journal, issuing, outbox=shared.outbox.worker, clock=clock
        )
        messages = InvoiceMessages(shared.bot, database, invoices, view, shared.replies, clock=clock)
        actions = InvoiceActions(
            bot=shared.bot,
            staff=staff,
            rules=rules,
            locale=display.locale,
            drafts=Drafts(database, rules, journal, worker=due_worker, clock=clock),
            invoices=invoices,
            queries=InvoiceQueries(database),
            estimates=Estimates(shared.client, display.locale),
            catalog=shared.catalog,
            pricing=shared.pricing,
            messages=messages,
            history=shared.history,
            outbox=shared.outbox,
            view=StaffInvoiceView(view, ProductText(rules.currency), rules),
            clock=clock,
        )
        settings_command = StoreSettings(staff, database, journal)
        issuers = IssuerMessages(
            shared.bot,
            database,
            view,
            shared.channels,
            notes=shared.staff_notes.worker,
            clock=clock,
        )
        return cls(
            invoices,
            messages,
            issuers,
            actions,
            (InvoiceCommands(actions),),
            (due_worker, log_worker),
            settings_command,
        )
