"""Wires the invoices: their services, their commands and what keeps their dates."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.fulfilment.end_reminders import EndReminders
from bot.invoices.drafts import Drafts, Estimates
from bot.invoices.issuing import Issuing
from bot.invoices.limits import InvoiceLimits
from bot.invoices.queries import InvoiceQueries
from bot.invoices.reminders import InvoiceReminders, ReminderSetting
from bot.invoices.service import Invoices
from bot.jobs.handlers import Handler, Handlers, saying
from bot.jobs.models import JobKind
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Worker
from bot.storage.queues import Queue
from bot.texts import template
from bot.wiring.parts import Parts
from bot.wiring.payments import sees_payments
from bot.wiring.shared import Shared
from cogs.catalog.product_text import ProductText
from cogs.invoices import buttons
from cogs.invoices.actions import InvoiceActions
from cogs.invoices.audit_log import StaffLog
from cogs.invoices.commands import InvoiceCommands
from cogs.invoices.delivery import InvoiceMessages
from cogs.invoices.issuer_delivery import IssuerMessages
from cogs.invoices.staff_view import StaffInvoiceView
from cogs.invoices.view import InvoiceView
from cogs.staff.store_command import LogChannel, LogOff, SettingMenu, SettingsCommand, SettingsPage


@dataclass(frozen=True, slots=True)
class InvoiceParts:
    """The services of invoices, and their messages. Their commands need the queue, which needs these."""

    shared: Shared
    rules: InvoiceLimits
    invoices: Invoices
    view: InvoiceView
    messages: InvoiceMessages
    issuers: IssuerMessages
    staff_log: StaffLog
    workers: Sequence[Worker]

    @property
    def handlers(self) -> Handlers:
        """The jobs that are about invoices, and about what staff did."""
        return {
            JobKind.REMINDER: Handler(
                self.messages.remind, saying(template("We couldn't remind {buyer} of {sale}."))
            ),
            JobKind.ISSUER: Handler(
                self.issuers.tell,
                saying(template("We couldn't tell the staff member who created {sale} how it ended.")),
            ),
            JobKind.AUDIT_LINE: Handler(self.staff_log.post, is_patient=True),
        }

    def settings(self, ends: EndReminders) -> Parts:
        """The page of a server's settings; `ends` reminds of what ends."""
        shared = self.shared
        reminders = ReminderSetting(shared.database, shared.audit)
        page = SettingsPage(
            shared.bot, shared.staff, reminders, ends, readers=shared.readers, channels=shared.channels
        )
        return Parts(
            items=(SettingMenu, LogChannel, LogOff), services=(page,), store_commands=(SettingsCommand(page),)
        )

    def of_people(self, actions: InvoiceActions) -> Parts:
        """What people do with invoices."""
        return Parts(
            cogs=(InvoiceCommands(actions),), items=buttons.ITEMS, workers=self.workers, services=(actions,)
        )

    def actions(self, queue: JobQueue) -> InvoiceActions:
        shared, rules = self.shared, self.rules
        locale = shared.settings.display.locale
        return InvoiceActions(
            bot=shared.bot,
            staff=shared.staff,
            rules=rules,
            locale=locale,
            drafts=Drafts(shared.database, rules, shared.audit, shared.clock),
            invoices=self.invoices,
            queries=InvoiceQueries(shared.database),
            estimates=Estimates(shared.provider, locale),
            catalog=shared.catalog,
            pricing=shared.pricing,
            messages=self.messages,
            history=shared.history,
            queue=queue,
            view=StaffInvoiceView(self.view, ProductText(rules.currency), rules),
            clock=shared.clock,
        )


def build_invoices(shared: Shared) -> InvoiceParts:
    settings, database, clock = shared.settings, shared.database, shared.clock
    display, wanted = settings.display, settings.staff
    rules = InvoiceLimits(
        settings.pandabase.currency,
        display.timezone,
        wanted.invoice_cap,
        wanted.daily_cap,
        wanted.approval_above,
    )
    view = InvoiceView(test=settings.pandabase.is_sandbox, sees_payments=sees_payments(settings))
    audit = shared.audit
    due = InvoiceReminders(database, audit, clock)
    due_worker = Worker(due.settle, name="due invoices", clock=clock, queue=Queue.INVOICE_DATES)
    issuing = Issuing(database, shared.sales, rules, audit, clock)
    invoices = Invoices(database, shared.sales, audit, issuing, clock)
    return InvoiceParts(
        shared,
        rules,
        invoices,
        view,
        InvoiceMessages(shared.bot, shared.messages, invoices, view, shared.replies, clock=clock),
        IssuerMessages(shared.bot, invoices, view, shared.channels, clock),
        StaffLog(shared.bot, InvoiceQueries(database), wanted.log_channel_id, view, clock),
        (due_worker,),
    )
