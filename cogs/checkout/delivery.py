"""Brings payment links to their buyers, and keeps the messages that show them true."""

import logging
from datetime import datetime
from functools import partial
from typing import Final, Protocol

import discord

from bot.checkout.models import Sale
from bot.checkout.states import SaleStatus, SessionState
from bot.discord.cards import Marked
from bot.discord.client import ShopBot
from bot.discord.connection import CONNECTION_LOST
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
    Sent,
)
from bot.discord.live_messages import LiveMessages
from bot.discord.private_replies import Arrival, PrivateReplies, answered
from bot.discord.undelivered_hint import UndeliveredHint
from bot.fulfilment.live_messages import SaleMessages, forget_message
from bot.fulfilment.steps.registry import DELIVERED, HELD
from bot.jobs.models import Job, LiveMessage, Outcome, Reply, Result
from bot.jobs.worker import Clock
from bot.texts import template
from cogs.checkout.money_cards import money_card
from cogs.checkout.view import SaleView, interrupted

log = logging.getLogger(__name__)

_PAID: Final = (SaleStatus.PAID, DELIVERED)
MESSAGE_FAILED: Final = template(
    "We couldn't update the direct message to {buyer} about {sale}. It may be out of date."
)


class ChargeMessages(Protocol):
    """What the same jobs do for a sale that is an invoice."""

    async def deliver(self, job: Job, sale: Sale, message: LiveMessage | None) -> Result: ...

    async def refresh(
        self, job: Job, sale: Sale, message: LiveMessage | None, *, is_held: bool
    ) -> Result: ...


class LinkMessages:
    """Two kinds of jobs. Each looks up what is true now, so that it may come late, or twice."""

    def __init__(
        self,
        bot: ShopBot,
        messages: SaleMessages,
        view: SaleView,
        replies: PrivateReplies,
        *,
        invoices: ChargeMessages,
        announcer: UndeliveredHint,
        clock: Clock,
    ) -> None:
        self._live = LiveMessages(bot, messages)
        self._messages = messages
        self._invoices = invoices
        self._direct_messages = DirectMessages(bot)
        self._replies = replies
        self._view = view
        self._announcer = announcer
        self._clock = clock

    async def deliver(self, job: Job) -> Result:
        """Bring a session's link: into the live message, else by a new DM, else as the private answer."""
        return await self._deliver(job, *await self._messages.of(job.sale_id))

    async def deliver_first(self, job: Job, sale: Sale, *, may_wait: bool) -> Result:
        """Bring the link of a sale that was just made, and that nothing shows yet.

        `may_wait` says that something else may wait for its buyer, of which the answer tells.
        """
        return await self._deliver(job, sale, None, may_wait=may_wait)

    async def _deliver(
        self, job: Job, sale: Sale, message: LiveMessage | None, *, may_wait: bool = True
    ) -> Result:
        if sale.basket.charge is not None:
            return await self._invoices.deliver(job, sale, message)
        if str(sale.session.id) != job.key:
            return Result(Outcome.GONE)
        if sale.session.state is SessionState.FAILED:
            arrival = await self._replies.edit_if_thinking(job.reply, interrupted())
            return answered(arrival, Result(Outcome.GONE))
        if not _is_payable(sale, self._clock()):
            return await self._too_late(job, sale, message)
        if message is not None and await self._live.shows(message, self._view.open(sale), sale):
            sent = Sent(message.channel_id, message.message_id)
            return await self._sent(job.reply, sale, sent, may_wait=may_wait)
        return await self._send(job, sale, may_wait=may_wait)

    async def refresh(self, job: Job) -> Result:
        """Have the sale's live message show what is true now."""
        shown = await self._messages.shown(job.sale_id)
        sale, message, progress = shown.sale, shown.message, shown.progress
        if sale.basket.charge is not None:
            return await self._invoices.refresh(job, sale, message, is_held=progress == HELD)
        if message is None:
            return Result(Outcome.GONE)
        is_replaced = progress in _PAID and shown.has_receipt
        is_shown = message.shows == progress or (is_replaced and message.shows in _PAID)
        if is_replaced:
            try:
                await self._live.take_away(message)
            except (discord.HTTPException, *CONNECTION_LOST):
                # What can't be taken away at least asks for no more money.
                if not is_shown:
                    await self._show(message, sale, progress)
                raise
            return Result(Outcome.GONE, write=partial(forget_message, message))
        if is_shown or not await self._show(message, sale, progress):
            return Result(Outcome.GONE)
        return Result(Outcome.UPDATED, LiveMessage(message.channel_id, message.message_id, progress))

    async def _show(self, message: LiveMessage, sale: Sale, progress: str) -> bool:
        """Raises as `LiveMessages.edit` does."""
        card = money_card(self._view, sale, progress) or self._view.live(sale)
        return await self._live.edit(message, card, sale)

    async def _send(self, job: Job, sale: Sale, *, may_wait: bool) -> Result:
        try:
            sent = await self._direct_messages.send(
                sale.buyer_id,
                Marked(self._view.open(sale), sale.link or ""),
                guild_id=sale.guild_id,
                nonce=f"{sale.reference}-{sale.session.id}",
                since=job.created_at,
                look_first=job.may_have_happened,
            )
        except (DirectMessageRefused, DirectMessageHindered, DirectMessageUnknown) as error:
            closed = isinstance(error, DirectMessageRefused)
            arrival = await self._replies.edit(
                job.reply, self._view.instead_of_a_dm(sale, closed=closed), sale.guild_id
            )
            outcome = Outcome.REPLY if arrival is Arrival.ARRIVED else Outcome.UNDELIVERED
            hindrance = error.hindrance if isinstance(error, DirectMessageHindered) else None
            # What isn't known to have failed is looked for, and sent if it isn't there.
            unknown = isinstance(error, DirectMessageUnknown)
            return answered(arrival, Result(outcome, retry=unknown, hindrance=hindrance))
        return await self._sent(job.reply, sale, sent, may_wait=may_wait)

    async def _too_late(self, job: Job, sale: Sale, message: LiveMessage | None) -> Result:
        """There is no link to bring any more; but it may have been brought, and its message has to go on."""
        if message is not None or not job.may_have_happened:
            return Result(Outcome.GONE)
        return await self._live.found_again(sale.buyer_id, sale.session.url or "", since=job.created_at)

    async def _sent(self, reply: Reply | None, sale: Sale, sent: Sent, *, may_wait: bool) -> Result:
        """Tell the one who waits where the link is, unless it is in the message that they clicked."""
        message = LiveMessage(sent.channel_id, sent.message_id, SaleStatus.OPEN)
        arrival = Arrival.IMPOSSIBLE
        if reply is None or reply.message_id == sent.message_id:
            return answered(arrival, Result(Outcome.DIRECT_MESSAGE, message))
        before = await self._messages.of_another(reply.message_id, sale) if reply.in_dm else None
        if before is not None:  # the same things without their coupon: one message is enough
            await self._live.remove(before)
        else:
            card = self._view.sent(sale, None if reply.in_dm else sent.jump_url)
            if may_wait:
                card = await self._announcer.onto(card, sale.buyer_id, sale.guild_id)
            arrival = await self._replies.edit(reply, card, sale.guild_id)
        return answered(arrival, Result(Outcome.DIRECT_MESSAGE, message))


def _is_payable(sale: Sale, now: datetime) -> bool:
    return sale.link is not None and sale.session.expires_at is not None and sale.session.expires_at > now
