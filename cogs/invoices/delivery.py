"""Brings invoices to their payers, keeps those messages true, and reminds."""

import logging

from bot.checkout.models import Sale
from bot.checkout.states import SessionState
from bot.discord.cards import Marked
from bot.discord.client import ShopBot
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
    Sent,
)
from bot.discord.live_messages import LiveMessages
from bot.discord.private_replies import Arrival, PrivateReplies, answered
from bot.fulfilment.live_messages import SaleMessages
from bot.invoices.models import Invoice
from bot.invoices.reminders import BEFORE
from bot.invoices.service import Invoices, is_clearing
from bot.invoices.states import InvoiceState
from bot.jobs.models import TO_BE_REPLACED, Job, LiveMessage, Outcome, Result
from bot.jobs.worker import Clock
from bot.staff.models import AuditAction
from cogs import custom_ids
from cogs.checkout.view import interrupted
from cogs.invoices.view import InvoiceView

log = logging.getLogger(__name__)


class InvoiceMessages:
    """Jobs of sales that are invoices. Each looks up what is true now."""

    def __init__(
        self,
        bot: ShopBot,
        messages: SaleMessages,
        invoices: Invoices,
        view: InvoiceView,
        replies: PrivateReplies,
        *,
        clock: Clock,
    ) -> None:
        self._messages = messages
        self._invoices = invoices
        self._view = view
        self._replies = replies
        self._clock = clock
        self._direct_messages = DirectMessages(bot)
        self._live = LiveMessages(bot, messages)

    async def deliver(self, job: Job, sale: Sale, message: LiveMessage | None) -> Result:
        """Bring the invoice with its link: into its message, else by a new DM, else as the private answer."""
        invoice = await self._of(sale)
        if str(sale.session.id) != job.key:
            return Result(Outcome.GONE)
        if not invoice.is_payable:
            return await self._too_late(job, invoice, sale, message)
        if sale.session.state is SessionState.FAILED and invoice.sent_at is not None:
            # Only to who is still left with "thinking…": what else they see is true, and says why.
            arrival = await self._replies.edit_if_thinking(job.reply, interrupted())
            return answered(arrival, await self._as_it_is(invoice, sale, message))
        # After a crash it is here that the first link of an invoice turns up, or that there is none.
        await self._invoices.issuing.mark_sent(invoice.id)
        if message is not None and message.shows == TO_BE_REPLACED:
            return await self._send(job, invoice, sale, replaces=message)
        card = self._view.live(invoice, sale, self._clock())
        if message is not None and await self._live.shows(message, card, sale):
            return await self._sent(job, sale, Sent(message.channel_id, message.message_id))
        return await self._send(job, invoice, sale)

    async def refresh(self, job: Job, sale: Sale, message: LiveMessage | None, *, is_held: bool) -> Result:
        """Have the invoice's message show what is true now; `is_held`: staff decide about its payment."""
        if message is None:
            under_way = await self._messages.is_to_come(sale.id)
            return Result(Outcome.GONE, retry=under_way and not job.may_have_happened)
        return await self._as_it_is(await self._of(sale), sale, message, is_held=is_held)

    async def remind(self, job: Job) -> Result:
        """Remind the payer of what is due, or overdue, unless it no longer is."""
        sale, invoice = await self._invoices.with_sale(job.sale_id)
        if invoice is not None and (known := job.payload.get("message_id")) is not None:
            return await self._follow(job, invoice, sale, known)
        wanted = InvoiceState.OPEN if job.topic == BEFORE else InvoiceState.OVERDUE
        if invoice is None or invoice.state is not wanted or is_clearing(sale):
            return Result(Outcome.GONE)
        card = self._view.reminder(invoice, sale.session.discount, job.topic)
        try:
            sent = await self._direct_messages.send(
                invoice.payer.id,
                Marked(card, custom_ids.pay_invoice(invoice.reference, job.topic)),
                guild_id=sale.guild_id,
                nonce=f"{invoice.reference}-{job.topic}",
                since=job.created_at,
                look_first=job.may_have_happened,
            )
        except DirectMessageRefused:
            await self._invoices.note(invoice, AuditAction.NOT_REMINDED, None)
            return Result(Outcome.UNDELIVERED)
        except DirectMessageHindered as error:
            await self._invoices.note(invoice, AuditAction.NOT_REMINDED, None, hindered=True)
            return Result(Outcome.UNDELIVERED, hindrance=error.hindrance)
        except DirectMessageUnknown:
            return Result(Outcome.UNKNOWN, retry=True)
        await self._invoices.note(invoice, AuditAction.REMINDED, None)
        there = {"channel_id": sent.channel_id, "message_id": sent.message_id}
        return Result(Outcome.DIRECT_MESSAGE, payload=there)

    async def _follow(self, job: Job, invoice: Invoice, sale: Sale, message_id: int) -> Result:
        """Have a reminder that was sent show how the invoice stands now."""
        message = LiveMessage(job.payload["channel_id"], message_id, "")
        card = self._view.reminder(invoice, sale.session.discount, job.topic)
        await self._live.shows(message, card, sale)
        return Result(Outcome.DIRECT_MESSAGE)

    async def lives_in(self, sale: Sale, message_id: int) -> bool:
        """Whether that is the message which goes on changing with the sale."""
        _, message = await self._messages.of(sale.id)
        return message is not None and message.message_id == message_id

    async def _as_it_is(
        self, invoice: Invoice, sale: Sale, message: LiveMessage | None, *, is_held: bool = False
    ) -> Result:
        if message is None:
            return Result(Outcome.GONE)
        card = self._view.live(invoice, sale, self._clock(), is_held=is_held)
        if not await self._live.edit(message, card, sale):
            return Result(Outcome.GONE)
        if message.shows == TO_BE_REPLACED and invoice.is_payable:
            return Result(Outcome.UPDATED)  # and it still is
        return Result(Outcome.UPDATED, LiveMessage(message.channel_id, message.message_id, sale.status))

    async def _send(
        self, job: Job, invoice: Invoice, sale: Sale, *, replaces: LiveMessage | None = None
    ) -> Result:
        card = self._view.live(invoice, sale, self._clock())
        try:
            sent = await self._direct_messages.send(
                invoice.payer.id,
                Marked(card, sale.link or custom_ids.pay_invoice(invoice.reference)),
                guild_id=sale.guild_id,
                nonce=f"{sale.reference}-{sale.session.id}",
                since=job.created_at,
                look_first=job.may_have_happened,
                replaces=replaces.message_id if replaces else None,
            )
        except (DirectMessageRefused, DirectMessageHindered, DirectMessageUnknown) as error:
            return await self._not_sent(job, invoice, sale, error, replaces=replaces)
        if replaces is not None:
            await self._live.remove(replaces)
        if job.may_have_happened:
            await self._invoices.note_delivered(invoice)
        return await self._sent(job, sale, sent)

    async def _not_sent(
        self,
        job: Job,
        invoice: Invoice,
        sale: Sale,
        error: DirectMessageRefused | DirectMessageHindered | DirectMessageUnknown,
        *,
        replaces: LiveMessage | None,
    ) -> Result:
        closed = isinstance(error, DirectMessageRefused)
        card = self._view.instead_of_a_dm(invoice, sale, self._clock(), closed=closed)
        arrival = await self._replies.edit(job.reply, card, sale.guild_id)
        refused = not isinstance(error, DirectMessageUnknown)
        hindrance = error.hindrance if isinstance(error, DirectMessageHindered) else None
        if arrival is Arrival.IMPOSSIBLE:
            hindered = True if hindrance is not None else None
            await self._invoices.note_undelivered(invoice, for_good=refused, hindered=hindered)
        # What is there stays, and goes on being true.
        kept = LiveMessage(replaces.channel_id, replaces.message_id, "") if replaces and refused else None
        # What isn't known to have failed is looked for, and sent if it isn't there.
        outcome = Outcome.REPLY if arrival is Arrival.ARRIVED else Outcome.UNDELIVERED
        return answered(arrival, Result(outcome, kept, retry=not refused, hindrance=hindrance))

    async def _sent(self, job: Job, sale: Sale, sent: Sent) -> Result:
        """Tell the one who waits where it is, unless it is in the message that they clicked."""
        arrival = Arrival.IMPOSSIBLE
        if job.reply is not None and job.reply.message_id != sent.message_id:
            jump_url = None if job.reply.in_dm else sent.jump_url
            invoice = await self._of(sale)
            card = self._view.sent(invoice, sale, self._clock(), jump_url)
            arrival = await self._replies.edit(job.reply, card, sale.guild_id)
        return answered(arrival, Result(Outcome.DIRECT_MESSAGE, _kept(sent, sale)))

    async def _too_late(self, job: Job, invoice: Invoice, sale: Sale, message: LiveMessage | None) -> Result:
        """It is over, by what people or the payment did: there is no link to bring any more."""
        await self._invoices.withdraw_link(sale)
        await self._replies.edit(job.reply, self._view.live(invoice, sale, self._clock()), sale.guild_id)
        if not job.may_have_happened:
            return Result(Outcome.GONE)
        # All of an invoice's messages so far can be declined, with a link or without.
        result = await self._live.found_again(
            invoice.payer.id,
            custom_ids.decline_invoice(invoice.reference),
            since=job.created_at,
            replaces=message.message_id if message else None,
        )
        if message is not None and result.message is not None:
            await self._live.remove(message)  # it was sent again, in the place of this one
        return result

    async def _of(self, sale: Sale) -> Invoice:
        invoice = await self._invoices.of_sale(sale.id)
        if invoice is None:
            raise LookupError(f"the invoice of sale {sale.id}")
        return invoice


def _kept(sent: Sent, sale: Sale) -> LiveMessage:
    return LiveMessage(sent.channel_id, sent.message_id, sale.status)
