"""Posts what was done to the staff's log channel, in the order in which it happened."""

from typing import Any

import discord

from bot.discord.cards import numbered
from bot.discord.channel_messages import ChannelMessages
from bot.discord.client import ShopBot
from bot.discord.components import button, notice
from bot.invoices.models import Invoice
from bot.invoices.queries import InvoiceQueries
from bot.invoices.states import InvoiceState
from bot.jobs.models import Job, Outcome, Result
from bot.jobs.worker import Clock
from bot.staff.models import OFFERS, AuditAction, AuditEntry
from bot.staff.repository import LogMessage
from bot.texts import Text, text
from cogs import custom_ids
from cogs.invoices.audit_text import sentence
from cogs.invoices.view import InvoiceView


class StaffLog:
    def __init__(
        self,
        bot: ShopBot,
        entries: InvoiceQueries,
        channel_id: int | None,
        view: InvoiceView,
        clock: Clock,
    ) -> None:
        self._posts = ChannelMessages(bot)
        self._entries = entries
        self._channel_id = channel_id
        self._view = view
        self._clock = clock

    async def post(self, job: Job) -> Result:
        """Post the line of an entry, or have its message show what is true now."""
        entry, invoice = await self._entries.entry(int(job.key))
        channel_id = self._channel_id
        if entry is None or channel_id is None or not await self._posts.is_in(channel_id, entry.guild_id):
            return Result(Outcome.GONE)
        happened = text("{mark}{sentence}", mark=self._view.mark, sentence=sentence(entry, invoice))
        message = numbered(notice(happened, buttons=_buttons(entry, invoice)), job.id)
        if (known := job.payload.get("message_id")) is not None:
            await self._posts.edit_if_allowed(LogMessage(channel_id, known), message.card)
            return Result(Outcome.POSTED)
        since = entry.at or self._clock()
        posted = await self._posts.post(channel_id, message, since=since, look_first=job.may_have_happened)
        return Result(Outcome.POSTED, payload={"message_id": posted.message_id})


def _buttons(entry: AuditEntry, invoice: Invoice | None) -> tuple[discord.ui.Button[Any], ...]:
    """What can be done about it as the invoice is now."""
    if invoice is None:
        return ()
    show = _button(text("Show"), invoice, "show", discord.ButtonStyle.secondary)
    if entry.action is AuditAction.SUBMITTED and invoice.state is InvoiceState.AWAITING_APPROVAL:
        approve = _button(text("Approve"), invoice, "approve", discord.ButtonStyle.success)
        return (approve, _button(text("Refuse"), invoice, "refuse", discord.ButtonStyle.danger), show)
    if entry.action in (AuditAction.UNDELIVERED, AuditAction.NOT_REMINDED) and invoice.is_payable:
        return (_button(text("Post a notice"), invoice, "notice", discord.ButtonStyle.primary), show)
    return (show,) if entry.action in OFFERS else ()


def _button(label: Text, invoice: Invoice, action: str, style: discord.ButtonStyle) -> discord.ui.Button[Any]:
    return button(label, custom_ids.invoice_step(invoice.reference, action), style)
