"""Wires the invoices: their services, their commands and what keeps their dates."""

from dataclasses import dataclass

from bot.invoices.drafts import Drafts, Estimates
from bot.invoices.issuing import Issuing
from bot.invoices.limits import InvoiceLimits
from bot.invoices.queries import InvoiceQueries
from bot.invoices.reminders import InvoiceReminders
from bot.invoices.service import Invoices
from bot.jobs.handlers import Handler, saying
from bot.jobs.models import JobKind
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Worker
from bot.storage.queues import Queue
from bot.texts import template
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from bot.wiring.store import sees_payments
from cogs.catalog.product_text import ProductText
from cogs.invoices import buttons
from cogs.invoices.actions import InvoiceActions
from cogs.invoices.audit_log import StaffLog
from cogs.invoices.commands import InvoiceCommands
from cogs.invoices.delivery import InvoiceMessages
from cogs.invoices.issuer_delivery import IssuerMessages
from cogs.invoices.payer_actions import PayerActions
from cogs.invoices.staff_view import StaffInvoiceView
from cogs.invoices.view import InvoiceView


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceActionParts(Parts):
    """What people do with invoices, and what else the bot is equipped with."""

    payer: PayerActions


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceParts(Parts):
    """Messages of invoices, and what else the bot is equipped with. Their commands need the queue."""

    shared: Shared
    rules: InvoiceLimits
    invoices: Invoices
    view: InvoiceView
    messages: InvoiceMessages

    def with_queue(self, queue: JobQueue) -> InvoiceActionParts:
        """What people do with invoices, which the queue has to carry out."""
        shared, rules = self.shared, self.rules
        locale = shared.settings.display.locale
        actions = InvoiceActions(
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
            queue=queue,
            view=StaffInvoiceView(self.view, ProductText(rules.currency), rules),
            clock=shared.clock,
        )
        payer = PayerActions(self.invoices, self.messages, shared.history, queue, self.view, shared.clock)
        return InvoiceActionParts(
            payer=payer, cogs=(InvoiceCommands(actions),), items=buttons.ITEMS, services=(actions, payer)
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
    issuing = Issuing(database, shared.sales, rules, audit, clock)
    invoices = Invoices(database, shared.sales, audit, issuing, clock)
    messages = InvoiceMessages(shared.bot, shared.messages, invoices, view, shared.replies, clock=clock)
    issuers = IssuerMessages(shared.bot, invoices, view, shared.channels, clock)
    staff_log = StaffLog(shared.bot, InvoiceQueries(database), wanted.log_channel_id, view, clock)
    return InvoiceParts(
        shared=shared,
        rules=rules,
        invoices=invoices,
        view=view,
        messages=messages,
        workers=(Worker(due.settle, name="due invoices", clock=clock, queue=Queue.INVOICE_DATES),),
        handlers={
            JobKind.REMINDER: Handler(
                messages.remind, saying(template("We couldn't remind {buyer} of {sale}."))
            ),
            JobKind.ISSUER: Handler(
                issuers.tell,
                saying(template("We couldn't tell the staff member who created {sale} how it ended.")),
            ),
            JobKind.AUDIT_LINE: Handler(staff_log.post, is_patient=True),
        },
    )
