"""Posts what was done to the staff's log channel, in the order in which it happened."""

import logging
from datetime import datetime
from typing import Any, Final

import discord

from bot.alarm import Clock
from bot.audit.models import Action, Entry, StaffLine
from bot.discord_io import invoice_ids
from bot.discord_io.cards import button, notice
from bot.discord_io.direct_messages import CONNECTION_LOST
from bot.discord_io.invoice_cards import InvoiceCards
from bot.discord_io.invoice_words import sentence
from bot.invoices.models import Invoice
from bot.outbox.models import LEASE, RETRY_AFTER
from bot.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

_AT_ONCE: Final = 5


class StaffLog:
    def __init__(
        self,
        bot: discord.Client,
        database: UnitOfWork,
        channel_id: int | None,
        cards: InvoiceCards,
        clock: Clock,
    ) -> None:
        self._bot = bot
        self._database = database
        self._channel_id = channel_id
        self._cards = cards
        self._clock = clock

    async def work(self) -> datetime | None:
        """Post a few that are due; returns when (UTC) the next line is."""
        now = self._clock()
        async with self._database.write() as tx:
            due = await tx.audit.take_due(now, lease=now + LEASE, limit=_AT_ONCE)
            next_due = await tx.audit.next_due()
        if not due:
            return next_due
        for line in due:
            await self._post(line)
        return self._clock()  # what failed is due at its own time, and there may be more

    async def _post(self, line: StaffLine) -> None:
        message_id = again_at = None
        try:
            message_id = await self._send(line.entry)
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            if line.attempts < len(RETRY_AFTER):
                again_at = self._clock() + RETRY_AFTER[line.attempts]
            log.warning("The staff's log channel could not be written to: %r", error)
        async with self._database.write() as tx:
            await tx.audit.finish(line, message_id=message_id, again_at=again_at)

    async def _send(self, entry: Entry) -> int | None:
        channel = self._bot.get_channel(self._channel_id or 0)
        # What happens in one server is nobody's business in another.
        if not isinstance(channel, discord.abc.Messageable) or _guild_of(channel) != entry.guild_id:
            return None
        invoice = None
        if entry.invoice_id is not None:
            async with self._database.read() as tx:
                invoice = await tx.invoices.by_id(entry.invoice_id)
        card = notice(
            f"{self._cards.mark}{sentence(entry, invoice, self._cards)}", buttons=_buttons(entry, invoice)
        )
        message = await channel.send(
            view=card, nonce=f"audit-{entry.id}", allowed_mentions=discord.AllowedMentions.none()
        )
        return message.id


def _guild_of(channel: Any) -> int | None:
    guild = getattr(channel, "guild", None)
    return guild.id if guild is not None else None


def _buttons(entry: Entry, invoice: Invoice | None) -> tuple[discord.ui.Button[Any], ...]:
    if invoice is None:
        return ()
    show = button("Show", invoice_ids.staff(invoice.reference, "show"), discord.ButtonStyle.secondary)
    if entry.action is Action.SUBMITTED:
        return (
            button("Approve", invoice_ids.staff(invoice.reference, "approve"), discord.ButtonStyle.success),
            button("Refuse", invoice_ids.staff(invoice.reference, "refuse"), discord.ButtonStyle.danger),
            show,
        )
    if entry.action is Action.UNDELIVERED:
        return (button("Post a notice", invoice_ids.staff(invoice.reference, "notice")), show)
    return ()
