"""The staff's side: one message per sale in the sales log, and notes about what needs a human."""

from typing import Final

import discord
from discord import ui

from bot.discord_io import custom_ids
from bot.discord_io.cards import MAXIMUM_TEXT, Card, button
from bot.discord_io.fulfilment_cards import paid, titles
from bot.discord_io.sale_cards import SaleCards
from bot.discord_io.staff_posts import StaffPosts
from bot.errors import ChannelLacks
from bot.fulfilment.progress import DELIVERED, progress_of
from bot.fulfilment.staff_repository import WaitingNote
from bot.markdown import cut
from bot.outbox.models import Delivery, Outcome, PlannedStep, Result, Step
from bot.sales.models import Sale
from bot.sales.states import SaleStatus
from bot.storage.unit_of_work import UnitOfWork

_MOST_BUTTONS: Final = 5
"""In one row; source: Discord's component reference."""
_WORDS: Final = {
    SaleStatus.OPEN: "not paid",
    SaleStatus.CLEARING: "clearing",
    SaleStatus.PAID: "paid",
    DELIVERED: "paid and delivered",
    SaleStatus.REFUNDED: "refunded",
    SaleStatus.DISPUTED: "disputed",
}
_STEPS: Final = {
    Step.ROLE: "Role",
    Step.RECEIPT: "Receipt",
    Step.KEYS: "Keys and downloads",
    Step.NOTICE: "Notice",
}
_OUTCOMES: Final = {
    Outcome.GIVEN: "given",
    Outcome.TAKEN: "taken back",
    Outcome.ABSENT: "the member isn't here; given when they come back",
    Outcome.DIRECT_MESSAGE: "sent",
    Outcome.UNDELIVERED: "direct messages are closed; it waits in /purchases",
    Outcome.COLLECTED: "seen in /purchases",
    Outcome.READY: "not opened yet",
    Outcome.REVEALED: "opened",
    Outcome.GONE: "nothing left to do",
}


_NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "read_message_history": "Read Message History",
}


class StaffChannels:
    """Posts in the staff's channels. `staff_channel` is the one for notes, where the settings name one."""

    def __init__(
        self, bot: discord.Client, database: UnitOfWork, cards: SaleCards, staff_channel: int | None
    ) -> None:
        self._posts = StaffPosts(bot)
        self._database = database
        self._cards = cards
        self._staff_channel = staff_channel

    async def log(self, delivery: Delivery) -> Result:
        """Have the sales log's message about a sale show what is true now, if the server has a log."""
        async with self._database.read() as tx:
            sale = await tx.sales.by_id(delivery.sale_id)
            channel_id = await tx.staff.sales_log(sale.guild_id)
            known = await tx.staff.log_message(sale.id)
            steps = await tx.outbox.of_sale(sale.id)
        if known is None and channel_id is None:
            return Result(Outcome.GONE)
        card = self._log_card(sale, steps)
        if known is not None and await self._posts.edit(known, card):
            return Result(Outcome.UPDATED)
        if channel_id is None:
            return Result(Outcome.GONE)
        message = await self._posts.post(
            channel_id, card, marker=_mark(sale), look_first=delivery.may_have_happened
        )
        async with self._database.write() as tx:
            await tx.staff.keep_log_message(sale.id, message)
        return Result(Outcome.UPDATED)

    async def choose(self, guild_id: int, channel: discord.TextChannel | None) -> str:
        """Switch the sales log on in the channel, or off; returns the sentence that says what is so now."""
        if channel is None:
            async with self._database.write() as tx:
                await tx.staff.set_sales_log(guild_id, None)
            return "The sales log is off. What it wrote stays."
        lacking = [
            name
            for name, allowed in channel.permissions_for(channel.guild.me)
            if name in _NEEDED and not allowed
        ]
        if lacking:
            names = ", ".join(_NEEDED[name] for name in lacking)
            raise ChannelLacks(f"In {channel.mention} I lack {names}. Allow me that there, then try again.")
        async with self._database.write() as tx:
            await tx.staff.set_sales_log(guild_id, channel.id)
        sentence = f"From now on, each sale has a message in {channel.mention}."
        if channel.permissions_for(channel.guild.default_role).view_channel:
            sentence += "\n⚠ Everybody can read that channel: who bought what, and for how much."
        return sentence

    async def post(self, note: WaitingNote, sales_log: int | None) -> bool:
        """Post a note; False if there is no channel for it. Raises what Discord answers."""
        channel_id = self._staff_channel
        if channel_id is None or not await self._posts.is_in(channel_id, note.guild_id):
            channel_id = sales_log
        if channel_id is None:
            return False
        marker = f"-# Note {note.id}-{int(note.created_at.timestamp())}"
        buttons = [button(each.label, each.custom_id) for each in note.buttons[:_MOST_BUTTONS]]
        rows = (ui.ActionRow(*buttons),) if buttons else ()
        card = Card(
            ui.TextDisplay(f"{self._cards.mark}{cut(note.text, MAXIMUM_TEXT - 100)}"),
            *rows,
            ui.TextDisplay(marker),
        )
        await self._posts.post(channel_id, card, marker=marker, look_first=note.attempts > 1)
        return True

    def _log_card(self, sale: Sale, steps: list[PlannedStep]) -> Card:
        progress = progress_of(sale, steps)
        whom = f"<@{sale.buyer_id}>"
        if sale.basket.gift_to is not None:
            whom += f" for <@{sale.recipient_id}>"
        body = [titles(sale), f"By {whom}", paid(sale, self._cards.locale), *map(_step_line, steps)]
        given_up = [step for step in steps if step.step in _STEPS and step.is_given_up]
        retries = [
            button(f"Retry: {_STEPS[step.step]}", custom_ids.retry(step.id))
            for step in given_up[:_MOST_BUTTONS]
        ]
        rows = (ui.ActionRow(*retries),) if retries else ()
        return Card(
            ui.TextDisplay(f"### {self._cards.mark}Sale {_WORDS.get(progress, progress)}"),
            ui.TextDisplay(cut("\n".join(line for line in body if line), MAXIMUM_TEXT - 200)),
            *rows,
            ui.TextDisplay(_mark(sale)),
        )


def _mark(sale: Sale) -> str:
    """The line by which a sale's message is found again."""
    return f"-# Sale {sale.reference}"


def _step_line(step: PlannedStep) -> str:
    name = _STEPS.get(step.step)
    if name is None:
        return ""
    if step.is_given_up:
        return f"{name}: **failed**"
    if step.outcome is None:
        return f"{name}: under way"
    line = f"{name}: {_OUTCOMES.get(step.outcome, step.outcome)}"
    if step.outcome is Outcome.REVEALED and step.done_at is not None:
        line += f" {discord.utils.format_dt(step.done_at, 'R')}"
    return line
