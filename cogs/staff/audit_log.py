"""Posts what was done to the staff's log channel, in the order in which it happened."""

import asyncio
import logging
from datetime import datetime
from typing import Any, Final

import discord

from bot.discord.channel_messages import ChannelMessages, ChannelUnfit
from bot.discord.client import ShopBot
from bot.discord.components import button, notice
from bot.discord.connection import CONNECTION_LOST
from bot.invoices.models import Invoice
from bot.invoices.repository import InvoiceRepository
from bot.invoices.states import InvoiceState
from bot.jobs.models import LEASE, RETRY_AFTER, patience
from bot.jobs.worker import Clock
from bot.logs import ThrottledLog
from bot.staff.audit_repository import AuditRepository
from bot.staff.models import OFFERS, AuditAction, AuditEntry, StaffLine
from bot.staff.repository import LogMessage
from bot.storage.transaction import UnitOfWork
from bot.texts import Text, lines, text
from cogs import custom_ids
from cogs.invoices.audit_text import sentence
from cogs.invoices.view import InvoiceView

log = logging.getLogger(__name__)

_AT_ONCE: Final = 5


class StaffLog:
    def __init__(
        self,
        bot: ShopBot,
        database: UnitOfWork,
        channel_id: int | None,
        view: InvoiceView,
        clock: Clock,
    ) -> None:
        self._posts = ChannelMessages(bot)
        self._database = database
        self._channel_id = channel_id
        self._view = view
        self._clock = clock
        self._often = ThrottledLog(log)

    async def work(self) -> datetime | None:
        """Post a few that are due; returns when (UTC) the next line is."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await AuditRepository(tx).take_due(now, lease=now + LEASE, limit=_AT_ONCE)
            next_due = await AuditRepository(tx).next_due()
        if not due:
            return next_due
        for line in due:
            await self._post(line)
        return self._clock()  # what failed is due at its own time, and there may be more

    async def _post(self, line: StaffLine) -> None:
        message_id, again_at = line.message_id, None
        try:
            async with asyncio.timeout(patience(_AT_ONCE)):
                message_id = await self._show(line)
        except ChannelUnfit as matter:
            # What needs a human is never given up.
            again_at = self._clock() + RETRY_AFTER[min(line.attempts, len(RETRY_AFTER) - 1)]
            self._often.warning("The staff's log channel can't be written to: %s", matter)
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            if line.attempts < len(RETRY_AFTER):
                again_at = self._clock() + RETRY_AFTER[line.attempts]
            log.warning("The staff's log channel could not be written to: %r", error)
        async with self._database.write() as tx:
            await AuditRepository(tx).finish(line, message_id=message_id, again_at=again_at)

    async def _show(self, line: StaffLine) -> int | None:
        """Post the line, or have its message show what is true now; returns the message's id."""
        entry, channel_id = line.entry, self._channel_id
        if channel_id is None or not await self._posts.is_in(channel_id, entry.guild_id):
            return None
        invoice = None
        if entry.invoice_id is not None:
            async with self._database.read() as tx:
                invoice = await InvoiceRepository(tx).by_id(entry.invoice_id)
        marker = text("-# Entry {number}", number=entry.id or 0)
        happened = text("{mark}{sentence}", mark=self._view.mark, sentence=sentence(entry, invoice))
        card = notice(lines(happened, marker), buttons=_buttons(entry, invoice))
        if line.message_id is not None:
            await self._posts.edit(LogMessage(channel_id, line.message_id), card)
            return line.message_id
        since = entry.at or self._clock()
        message = await self._posts.post(
            channel_id, card, marker=marker, since=since, look_first=line.may_be_there
        )
        return message.message_id


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
