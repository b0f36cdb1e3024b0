"""Says what to do first when the bot is added to a server, once, where somebody reads it."""

import logging
from typing import Final

import discord
from discord.ext import commands

from bot.discord.cards import State, card, numbered
from bot.discord.channel_messages import ChannelMessages, ChannelUnfit
from bot.discord.client import ShopBot
from bot.discord.components import Card, button
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
)
from bot.errors import DatabaseAway
from bot.jobs.models import Job, Outcome, Result
from bot.staff.notes import Welcomes
from bot.texts import lines, text
from cogs import custom_ids

log = logging.getLogger(__name__)

_LOOKED_THROUGH: Final = 20
"""Entries of the audit log about bots that were added: ours is among the newest."""
FIRST_STEPS: Final = lines(
    text("1. **/store settings** Choose a channel for the sales log, and this server's language."),
    text(
        "2. **/store benefit add** Choose which role a product gives. The bot's own role must be above that "
        "role."
    ),
    text("3. **/shop** Look at your shop as members see it, and buy something cheap to try it out."),
)


class WelcomeListener(commands.Cog):
    """Sees the bot being added to a server, also where that happened while it was away."""

    def __init__(self, bot: ShopBot, welcomes: Welcomes) -> None:
        self._bot = bot
        self._welcomes = welcomes

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        for guild in self._bot.guilds:
            await self._plan(guild)

    @commands.Cog.listener("on_guild_join")
    @commands.Cog.listener("on_guild_available")
    async def on_server_there(self, guild: discord.Guild) -> None:
        await self._plan(guild)

    async def _plan(self, guild: discord.Guild) -> None:
        if guild.unavailable or not self._bot.serves(guild.id):
            return
        try:
            await self._welcomes.plan(guild.id, guild.me.joined_at)
        except DatabaseAway:
            log.warning("The welcome in %s waits for the next start", guild.name)


class WelcomeMessages:
    """One kind of job."""

    def __init__(self, bot: ShopBot) -> None:
        self._bot = bot
        self._posts = ChannelMessages(bot)
        self._direct_messages = DirectMessages(bot)

    async def post(self, job: Job) -> Result:
        """In a channel where the bot may write, else to who added it. Raises what Discord answers."""
        guild = self._bot.get_guild(int(job.key.partition(":")[0]))
        if guild is None:
            return Result(Outcome.GONE)
        channel = _writable(guild)
        if channel is None:
            return await self._by_direct_message(guild, job)
        try:
            await self._posts.post(
                channel.id,
                numbered(_welcome(guild.name, is_public=True), job.id),
                since=job.created_at,
                look_first=job.may_have_happened,
            )
        except ChannelUnfit:
            return await self._by_direct_message(guild, job)
        return Result(Outcome.POSTED)

    async def _by_direct_message(self, guild: discord.Guild, job: Job) -> Result:
        try:
            await self._direct_messages.send(
                await self._who_added(guild),
                numbered(_welcome(guild.name, is_public=False), job.id),
                guild_id=guild.id,
                nonce=f"welcome-{job.id}",
                since=job.created_at,
                look_first=job.may_have_happened,
            )
        except (DirectMessageRefused, DirectMessageHindered):
            return Result(Outcome.UNDELIVERED)
        except DirectMessageUnknown:
            return Result(Outcome.UNKNOWN, retry=True)
        return Result(Outcome.DIRECT_MESSAGE)

    async def _who_added(self, guild: discord.Guild) -> int:
        """Who invited the bot, as far as it may look; else the server's owner."""
        if guild.me.guild_permissions.view_audit_log:
            added = guild.audit_logs(action=discord.AuditLogAction.bot_add, limit=_LOOKED_THROUGH)
            async for entry in added:
                if entry.user_id is not None and getattr(entry.target, "id", None) == guild.me.id:
                    return entry.user_id
        return guild.owner_id or 0


def _writable(guild: discord.Guild) -> discord.TextChannel | None:
    """The channel for news of the server, else the first in which the bot may write."""
    channels = [guild.system_channel, *guild.text_channels]
    return next((channel for channel in channels if channel is not None and _fits(channel)), None)


def _fits(channel: discord.TextChannel) -> bool:
    may = channel.permissions_for(channel.guild.me)
    return may.view_channel and may.send_messages and may.read_message_history


def _welcome(server: str, *, is_public: bool) -> Card:
    """In a direct message there is no server for a button to open something in."""
    buttons = [
        button(text("Open the shop"), custom_ids.opens("shop")),
        button(text("Settings"), custom_ids.opens("settings"), discord.ButtonStyle.secondary),
        button(text("Help"), custom_ids.opens("help"), discord.ButtonStyle.secondary),
    ]
    return card(
        State.NEUTRAL,
        text("👋 Let's set up your shop"),
        text("Thanks for adding the bot to **{server}**! Staff, here's what to do first:", server=server),
        FIRST_STEPS,
        facts=(text("Members find their way with **/help**."),),
        buttons=buttons if is_public else (),
    )
