"""The staff's side: one message per sale in the sales log, and notes about what needs a human."""

import logging
from typing import Final

import discord
from discord import ui

from bot.checkout.repository import SaleRepository
from bot.discord.channel_messages import ChannelMessages, ChannelUnfit
from bot.discord.client import ShopBot
from bot.discord.components import MAXIMUM_TEXT, Card, button
from bot.errors import Refusal
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState
from bot.jobs.models import Job, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.markdown import cut
from bot.payments.repository import PaymentRepository
from bot.staff.repository import StaffRepository, WaitingNote
from bot.storage.transaction import UnitOfWork
from bot.texts import markdown, text
from cogs.checkout.view import SaleView
from cogs.staff.sales_log_view import log_card, mark_of

log = logging.getLogger(__name__)

_MOST_BUTTONS: Final = 5
"""In one row; source: Discord's component reference."""
_NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "read_message_history": "Read Message History",
}


class StaffChannels:
    """Posts in the staff's channels. `staff_channel` is the one for notes, where the settings name one."""

    def __init__(self, bot: ShopBot, database: UnitOfWork, view: SaleView, staff_channel: int | None) -> None:
        self._bot = bot
        self._posts = ChannelMessages(bot)
        self._database = database
        self._view = view
        self._staff_channel = staff_channel

    async def log(self, job: Job) -> Result:
        """Have the sales log's message about a sale show what is true now, if the server has a log."""
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_id(job.sale_id)
            channel_id = await StaffRepository(tx).sales_log(sale.guild_id)
            known = await StaffRepository(tx).log_message(sale.id)
            steps = await JobRepository(tx).of_sale(sale.id)
            orders = await PaymentRepository(tx).orders_of(sale.id)
            grants = await FulfilmentRepository(tx).grants_of_sale(sale.id)
        if channel_id is None:
            return Result(Outcome.GONE)  # what was written before the log was switched off stays as it is
        live = {str(grant.id) for grant in grants if grant.state is GrantState.LIVE}
        card = log_card(self._view, sale, orders, steps, live)
        if known is not None and await self._posts.edit(known, card):
            return Result(Outcome.UPDATED)
        message = await self._posts.post(
            channel_id,
            card,
            marker=mark_of(sale),
            since=job.created_at,
            look_first=job.may_have_happened,
        )
        async with self._database.write() as tx:
            await StaffRepository(tx).keep_log_message(sale.id, message)
        return Result(Outcome.UPDATED)

    async def switch_on(self, channel: discord.TextChannel) -> str:
        """Have the sales log written to the channel; returns what is so now. Raises Refusal."""
        if lacking := _lacking(channel):
            said = text(
                "In {channel} I lack {permissions}. Allow me that there, then try again.",
                channel=markdown(channel.mention),
                permissions=markdown(lacking),
            )
            raise Refusal("channel_lacks", said)
        async with self._database.write() as tx:
            await StaffRepository(tx).set_sales_log(channel.guild.id, channel.id)
        return f"From now on, each sale has a message in {channel.mention}.{_warning(channel)}"

    async def switch_off(self, guild_id: int) -> str:
        """Have no sales log; returns what is so now."""
        async with self._database.write() as tx:
            await StaffRepository(tx).set_sales_log(guild_id, None)
        return f"The sales log is off. What it wrote stays as it is. {self._notes_go(guild_id, None)}"

    async def standing(self, guild_id: int) -> str:
        """How the server's sales log stands."""
        async with self._database.read() as tx:
            channel_id = await StaffRepository(tx).sales_log(guild_id)
        if channel_id is None:
            log_is = "The sales log is off. Choose a channel to have one message per sale there."
            return f"{log_is} {self._notes_go(guild_id, None)}"
        guild = self._bot.get_guild(guild_id)
        channel = guild.get_channel(channel_id) if guild else None
        if not isinstance(channel, discord.TextChannel):
            log_is = "The channel of the sales log is gone, so nothing is written. Choose another one."
            return f"{log_is} {self._notes_go(guild_id, None)}"
        if lacking := _lacking(channel):
            log_is = (
                f"The sales log is in {channel.mention}, but I lack {lacking} there, "
                "so nothing is written. Allow me that."
            )
            return f"{log_is} {self._notes_go(guild_id, None)}"
        log_is = f"Each sale has a message in {channel.mention}.{_warning(channel)}"
        return f"{log_is}\n{self._notes_go(guild_id, channel_id)}"

    def tells_staff(self, guild_id: int) -> bool:
        """Whether the settings name a channel of this server that the bot can write to."""
        return self._fits(guild_id, self._staff_channel)

    async def has_sales_log(self, guild_id: int) -> bool:
        """Whether this server's sales log is on, and can be written to."""
        async with self._database.read() as tx:
            return self._fits(guild_id, await StaffRepository(tx).sales_log(guild_id))

    def _fits(self, guild_id: int, channel_id: int | None) -> bool:
        guild = self._bot.get_guild(guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild and channel_id is not None else None
        return channel is not None and not _lacking(channel)

    def _notes_go(self, guild_id: int, sales_log: int | None) -> str:
        """Where notes to staff are read; `sales_log` is its channel if it can be written to."""
        if self.tells_staff(guild_id):
            return f"Notes to staff go to <#{self._staff_channel}>."
        if sales_log is not None:
            return f"Notes to staff go to <#{sales_log}>."
        return "Notes to staff wait until there is a channel."

    async def post(self, note: WaitingNote, sales_log: int | None) -> bool:
        """Post a note; False if there is no channel for it. Raises ChannelUnfit, and what Discord answers."""
        channel_id = self._staff_channel
        if channel_id is not None and await self._posts.is_in(channel_id, note.guild_id):
            try:
                await self._post(note, channel_id)
            except ChannelUnfit:
                if sales_log is None:
                    raise
                log.warning("Notes to staff go to the sales log: <#%s> can't be written to", channel_id)
            else:
                return True
        if sales_log is None:
            return False
        await self._post(note, sales_log)
        return True

    async def _post(self, note: WaitingNote, channel_id: int) -> None:
        # It may have waited for a channel: when it happened belongs to it.
        marker = f"-# Note {note.id} · {discord.utils.format_dt(note.created_at, 'f')}"
        buttons = [button(each.label, each.custom_id) for each in note.buttons[:_MOST_BUTTONS]]
        rows = (ui.ActionRow(*buttons),) if buttons else ()
        card = Card(
            ui.TextDisplay(f"{self._view.mark!s}{cut(str(note.text), MAXIMUM_TEXT - 100)}"),
            *rows,
            ui.TextDisplay(marker),
        )
        await self._posts.post(
            channel_id, card, marker=marker, since=note.created_at, look_first=note.attempts > 1
        )


def _lacking(channel: discord.abc.GuildChannel | discord.Thread) -> str:
    """The permissions that the bot would need in the channel, and doesn't have."""
    has = channel.permissions_for(channel.guild.me)
    return ", ".join(name for permission, name in _NEEDED.items() if not getattr(has, permission))


def _warning(channel: discord.TextChannel) -> str:
    if not channel.permissions_for(channel.guild.default_role).view_channel:
        return ""
    return "\n⚠ Everybody can read that channel: who bought what, and for how much."
