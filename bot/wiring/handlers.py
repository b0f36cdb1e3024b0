"""Who reacts to what: the one place that says what happens when an order is refunded, or a link expires.

Each handler writes in the transaction of what happened; what it raises undoes all of it. They run in
this order.
"""

from typing import Any

from bot.alerts.service import ProductAlerts
from bot.billing.service import MemberBilling
from bot.cart.service import Carts
from bot.checkout.events import GiftNoteWritten, LinkExpired, LinkOpened, LinkWithdrawn
from bot.checkout.unconfirmed import UnconfirmedPurchases
from bot.fulfilment.end_reminders import EndReminders
from bot.fulfilment.failed_jobs import GivenUp, note_of_hindrance
from bot.fulfilment.live_messages import (
    message_of_expired_link,
    message_of_gift_note,
    message_of_job,
    message_of_link_given_up,
    message_of_order,
    message_of_quarantine,
)
from bot.fulfilment.service import (
    FulfilmentService,
    log_of_job,
    log_of_order,
    log_of_subscription,
    note_of_order,
    note_of_subscription,
)
from bot.invoices.service import Invoices, keep_number
from bot.jobs.events import JobAttempted, JobGivenUp
from bot.payments.events import OrderChanged, QuarantineChanged, SaleRecovered, SubscriptionChanged
from bot.payments.payment_notes import note_of_late_payment, note_of_second_payment
from bot.payments.subscriptions import Subscriptions
from bot.payments.webhook_inbox import apply_what_was_told_early
from bot.privacy.events import MemberForgotten
from bot.readers.service import Readers
from bot.storage.events import Reaction, on


def reactions(
    *,
    fulfilment: FulfilmentService,
    invoices: Invoices,
    subscriptions: Subscriptions,
    given_up: GivenUp,
    reminders: EndReminders,
    carts: Carts,
    billing: MemberBilling,
    readers: Readers,
) -> tuple[Reaction[Any], ...]:
    return (
        on(LinkOpened, apply_what_was_told_early, carts.follow_link),
        on(LinkExpired, message_of_expired_link),
        on(LinkWithdrawn, message_of_link_given_up),
        on(GiftNoteWritten, message_of_gift_note),
        on(
            OrderChanged,  # clearing, paid, renewed, failed, refunded, disputed, …
            fulfilment.steps_of_order,
            note_of_order,
            log_of_order,
            message_of_order,
            invoices.follow_order,
            note_of_second_payment,
            note_of_late_payment,
            subscriptions.follow_order,
        ),
        on(QuarantineChanged, message_of_quarantine),
        on(
            SubscriptionChanged,  # begun, renewed, past due, paused, cancelled, …
            fulfilment.steps_of_subscription,
            note_of_subscription,
            log_of_subscription,
            reminders.follow_subscription,
        ),
        on(SaleRecovered, keep_number),
        on(JobAttempted, note_of_hindrance, log_of_job, message_of_job),
        on(JobGivenUp, given_up.note_of_job),
        on(
            MemberForgotten,  # by themselves: all that no sale needs
            billing.forget,
            ProductAlerts.forget_member,
            carts.forget,
            readers.forget,
            UnconfirmedPurchases.forget_member,
        ),
    )
