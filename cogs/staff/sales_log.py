"""The staff's side: one message per sale in the sales log, and notes about what needs a human."""

import logging
from datetime import datetime
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.discord.cards import BUTTONS_IN_A_ROW, Marked, numbered
from bot.discord.channel_messages import ChannelMessages, ChannelUnfit
from bot.discord.client import ShopBot
from bot.discord.components import Card, button, notice
from bot.discord.connection import CONNECTION_LOST
from bot.discord.interactions import Interaction, private_answer
from bot.discord.localized import MAXIMUM_TEXT, Paragraph
from bot.discord.staff import Staff
from bot.errors import DatabaseAway, Refusal
from bot.fulfilment.sales_log import SalesLog
from bot.fulfilment.states import GrantState
from bot.jobs.models import Job, Outcome, Result
from bot.jobs.waiting import Asked
from bot.panels.refusals import channel_lacks, channel_not_yours
from bot.texts import Text, joined, limited, lines, markdown, template, text
from bot.texts import channel as channel_link
from bot.texts.stored import loads
from cogs.checkout.view import SaleView, footer
from cogs.staff.sales_log_view import log_card

log = logging.getLogger(__name__)

LOG_FAILED: Final = template("We couldn't update the sales log about {sale} for {buyer}.")
_BOTH: Final = text("Choose a channel or turn the log off, not both. Nothing changed.")
_NEEDED: Final = {
    "view_channel": text("View Channel"),
    "send_messages": text("Send Messages"),
    "read_message_history": text("Read Message History"),
}


class StaffChannels:
    """Posts in the staff's channels. `staff_channel` is the one for notes, where the settings name one."""

    def __init__(self, bot: ShopBot, sales_log: SalesLog, view: SaleView, staff_channel: int | None) -> None:
        self._bot = bot
        self._posts = ChannelMessages(bot)
        self._sales_log = sales_log
        self._view = view
        self._staff_channel = staff_channel
        self._logs_seen: dict[int, int] = {}
        """The sales logs of servers as they were last, for when the database can't be asked."""

    async def log(self, job: Job) -> Result:
        """Have the sales log's message about a sale show what is true now, if the server has a log."""
        known = await self._sales_log.of(job.sale_id)
        sale, channel_id = known.sale, known.sales_log
        if channel_id is not None:
            self._logs_seen[sale.guild_id] = channel_id
        else:
            return Result(Outcome.GONE)  # what was written before the log was switched off stays as it is
        live = {str(grant.id) for grant in known.grants if grant.state is GrantState.LIVE}
        card = log_card(self._view, sale, known.orders, known.jobs, live)
        if known.log_message is not None and await self._posts.edit_if_allowed(known.log_message, card):
            return Result(Outcome.UPDATED)
        message = await self._posts.post(
            channel_id,
            Marked(card, footer(sale.reference)),
            since=job.created_at,
            look_first=job.may_have_happened,
        )
        return Result(Outcome.UPDATED, write=partial(self._sales_log.keep, sale.id, message))

    async def switch_on(self, channel: discord.TextChannel, *, by: int) -> Text:
        """Have the sales log written to the channel; returns what is so now. Raises Refusal."""
        there = markdown(channel.mention)
        if lacking := lacking_in(channel):
            raise channel_lacks(there, lacking)
        await self._sales_log.switch(channel.guild.id, channel.id, by=by)
        return lines(text("Sales are now logged in {channel}.", channel=there), _warning(channel))

    async def switch_off(self, guild_id: int, *, by: int) -> Text:
        """Have no sales log; returns what is so now."""
        await self._sales_log.switch(guild_id, None, by=by)
        is_off = text("The sales log is off. Messages already there stay.")
        return joined(" ", (is_off, self._notes_go(guild_id, None)))

    async def standing(self, guild_id: int) -> Text:
        """How the server's sales log stands."""
        channel_id = await self._sales_log.channel(guild_id)
        guild = self._bot.get_guild(guild_id)
        channel = guild.get_channel(channel_id) if guild and channel_id is not None else None
        if channel_id is None:
            log_is = text("The sales log is off. Choose a channel to log each sale there.")
        elif not isinstance(channel, discord.TextChannel):
            log_is = text("The sales log's channel is gone, so sales aren't logged. Choose another one.")
        elif lacking := lacking_in(channel):
            log_is = text(
                "Sales can't be logged in {channel}: the bot is missing permissions there ({permissions}).",
                channel=markdown(channel.mention),
                permissions=lacking,
            )
        else:
            written = text("Sales are logged in {channel}.", channel=markdown(channel.mention))
            return lines(written, _warning(channel), self._notes_go(guild_id, channel_id))
        return joined(" ", (log_is, self._notes_go(guild_id, None)))

    async def sales_log(self, guild_id: int) -> int | None:
        """The channel of the server's sales log, if it is on."""
        return await self._sales_log.channel(guild_id)

    def tells_staff(self, guild_id: int) -> bool:
        """Whether the settings name a channel of this server that the bot can write to."""
        return self._fits(guild_id, self._staff_channel)

    async def has_sales_log(self, guild_id: int) -> bool:
        """Whether this server's sales log is on, and can be written to."""
        return self._fits(guild_id, await self._sales_log.channel(guild_id))

    def _fits(self, guild_id: int, channel_id: int | None) -> bool:
        guild = self._bot.get_guild(guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild and channel_id is not None else None
        return channel is not None and not lacking_in(channel)

    def _notes_go(self, guild_id: int, sales_log: int | None) -> Text:
        """Where notes to staff are read; `sales_log` is its channel if it can be written to."""
        there = self._staff_channel if self.tells_staff(guild_id) else sales_log
        if there is None:
            return text("Notes for staff wait until there's a channel.")
        return text("Notes for staff go to {channel}.", channel=channel_link(there))

    async def post(self, note: Job, sales_log: int | None) -> bool:
        """Post a note; False if there is no channel for it. Raises ChannelUnfit, and what Discord answers."""
        channel_id = self._staff_channel
        if channel_id is not None and await self._posts.is_in(channel_id, note.payload["guild_id"]):
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
        self._logs_seen[note.payload["guild_id"]] = sales_log
        return True

    async def post_without_database(self, guild_id: int, said: Text, now: datetime) -> bool:
        """Post for the staff of a server what can't be a note; False where it can't be now. `now` is UTC."""
        for channel_id in (self._staff_channel, await self._sales_log_or_last_seen(guild_id)):
            if channel_id is None or not self._fits(guild_id, channel_id):
                continue
            marker = text("-# {date}", date=now)
            card = Card(Paragraph(text("{mark}{note}", mark=self._view.mark, note=said)), Paragraph(marker))
            try:
                await self._posts.post(channel_id, Marked(card, marker), since=now, look_first=False)
            except (ChannelUnfit, discord.HTTPException, *CONNECTION_LOST) as error:
                log.warning("Staff can't be told of the database in <#%s>: %s", channel_id, error)
            else:
                return True
        return False

    async def _sales_log_or_last_seen(self, guild_id: int) -> int | None:
        try:
            return await self._sales_log.channel(guild_id)  # a full disk can be read
        except DatabaseAway:
            return self._logs_seen.get(guild_id)

    async def _post(self, note: Job, channel_id: int) -> None:
        # It may have waited for a channel: when it happened belongs to it.
        noted = text("-# Note · {date}", date=note.created_at)
        buttons = [
            button(loads(each["label"]), each["custom_id"])
            for each in note.payload["buttons"][:BUTTONS_IN_A_ROW]
        ]
        rows = (ui.ActionRow(*buttons),) if buttons else ()
        said = limited(loads(note.payload["text"]), MAXIMUM_TEXT - 100)
        card = Card(Paragraph(text("{mark}{note}", mark=self._view.mark, note=said)), *rows, Paragraph(noted))
        await self._posts.post(
            channel_id,
            numbered(card, note.id),
            since=note.created_at,
            look_first=note.may_have_happened,
        )


def lacking_in(channel: discord.abc.GuildChannel | discord.Thread) -> Text:
    """The permissions that the bot would need in the channel, and doesn't have; empty if it has all."""
    has = channel.permissions_for(channel.guild.me)
    return joined(", ", (name for permission, name in _NEEDED.items() if not getattr(has, permission)))


def require_writable(channel: discord.TextChannel, interaction: Interaction) -> None:
    """Both the bot and who asks may write there. Raises channel_lacks and channel_not_yours."""
    if lacks := lacking_in(channel):
        raise channel_lacks(markdown(channel.mention), lacks)
    member = interaction.user
    may = channel.permissions_for(member) if isinstance(member, discord.Member) else None
    if may is None or not (may.view_channel and may.send_messages):
        raise channel_not_yours(markdown(channel.mention))


def _warning(channel: discord.TextChannel) -> Text | None:
    if not channel.permissions_for(channel.guild.default_role).view_channel:
        return None
    return text("⚠️ Everyone can read that channel and see who bought what, and for how much.")


# --- the command -----------------------------------------------------------------------------------------


class SalesLogCommand(app_commands.Command[Any, ..., None]):
    """`/store saleslog`: without an option it changes nothing."""

    def __init__(self, channels: StaffChannels, staff: Staff) -> None:
        async def saleslog(
            interaction: discord.Interaction[ShopBot],
            channel: discord.TextChannel | None = None,
            *,
            off: bool = False,
        ) -> None:
            async with private_answer(interaction, Asked.CHANGE) as answer:
                guild_id = staff.require(interaction)
                if channel is not None and off:
                    raise Refusal("both_on_and_off", _BOTH)
                if channel is not None:
                    standing = await channels.switch_on(channel, by=interaction.user.id)
                elif off:
                    standing = await channels.switch_off(guild_id, by=interaction.user.id)
                else:
                    standing = await channels.standing(guild_id)
                await answer.show(notice(standing))

        super().__init__(
            name="saleslog",
            description="Choose a channel for sales, or see where they're logged now",
            callback=app_commands.describe(
                channel="Anyone who can read it sees who bought what, and for how much",
                off="Turn the sales log off; messages already there stay",
            )(saleslog),
        )
