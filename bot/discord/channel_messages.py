"""Messages in the staff's channels: posted once, found again, edited."""

from datetime import datetime

import discord

from bot.discord.cards import Marked, numbered, shown
from bot.discord.client import ShopBot
from bot.discord.components import Card, notice
from bot.discord.connection import CONNECTION_LOST
from bot.discord.direct_messages import find_own
from bot.discord.refusals import is_flagged, unfit
from bot.jobs.models import Job, NeedsStaff
from bot.staff.repository import LogMessage
from bot.texts import Language, Text


class ChannelUnfit(NeedsStaff):
    """The channel is gone, or the bot may not write there."""


class ChannelMessages:
    def __init__(self, bot: ShopBot) -> None:
        self._bot = bot

    async def is_in(self, channel_id: int, guild_id: int) -> bool:
        """Whether the channel is one of the server's: what happens in one is nobody's business in another.

        Raises ChannelUnfit while Discord refuses whatever the bot asks, and HTTPException for what may pass.
        """
        channel = self._bot.get_channel(channel_id)
        if channel is None:
            try:
                channel = await self._bot.fetch_channel(channel_id)
            except (discord.NotFound, discord.InvalidData):
                return False
            except discord.Forbidden as error:
                _raise_if_flagged(error, channel_id)
                return False
        guild = getattr(channel, "guild", None)
        return guild is not None and guild.id == guild_id

    async def edit_if_allowed(self, message: LogMessage, card: Card) -> bool:
        """Edit a message; False when it is gone, or the bot may not see it. Raises as `is_in` does."""
        try:
            await self._edit(message, card)
        except discord.NotFound:
            return False
        except discord.Forbidden as error:
            _raise_if_flagged(error, message.channel_id)
            return False
        return True

    async def edit(self, message: LogMessage, card: Card) -> bool:
        """Edit a message; False when it is gone. Raises ChannelUnfit while the bot may not see it."""
        try:
            await self._edit(message, card)
        except discord.NotFound:
            return False
        except discord.Forbidden as error:
            raise ChannelUnfit(unfit(error, message.channel_id)) from error
        return True

    async def _edit(self, message: LogMessage, card: Card) -> None:
        await shown(
            card,
            self._language(message.channel_id),
            lambda view: self._partial(message).edit(
                view=view, allowed_mentions=discord.AllowedMentions.none()
            ),
        )

    async def take_away(self, message: LogMessage) -> None:
        """Delete a message, unless it is gone. Raises ChannelUnfit, and what else Discord answers."""
        try:
            await self._partial(message).delete()
        except discord.NotFound:
            return
        except discord.Forbidden as error:
            raise ChannelUnfit(unfit(error, message.channel_id)) from error

    async def is_gone(self, message: LogMessage) -> bool:
        """Whether somebody deleted the message; False while Discord doesn't say so."""
        try:
            await self._partial(message).fetch()
        except discord.NotFound:
            return True
        except (discord.HTTPException, *CONNECTION_LOST):
            return False
        return False

    async def found(self, channel_id: int, marker: Text | str, since: datetime) -> LogMessage | None:
        """The message with that marker from after `since` (UTC). Raises what Discord answers."""
        channel = self._bot.get_partial_messageable(channel_id)
        message = await find_own(self._bot, channel, marker, since)
        return None if message is None else LogMessage(channel_id, message.id)

    def _partial(self, message: LogMessage) -> discord.PartialMessage:
        channel = self._bot.get_partial_messageable(message.channel_id)
        return channel.get_partial_message(message.message_id)

    async def say(self, channel_id: int, what: Text, job: Job, *, mentioned: int | None = None) -> None:
        """Post a text, once, however often the job is carried out; of all it names only `mentioned` is told.

        Raises as `post` does.
        """
        await self.post(
            channel_id,
            numbered(notice(what), job.id),
            since=job.created_at,
            look_first=job.may_have_happened,
            mentioned=mentioned,
        )

    async def post(
        self,
        channel_id: int,
        message: Marked,
        *,
        since: datetime,
        look_first: bool,
        mentioned: int | None = None,
    ) -> LogMessage:
        """Send the card, once. Nobody is told of it, unless they are `mentioned`.

        `look_first` says that it may be there already, but not from before `since` (UTC). Raises
        ChannelUnfit, and what Discord answers.
        """
        channel = self._bot.get_partial_messageable(channel_id)
        try:
            if look_first and (found := await find_own(self._bot, channel, message.marker, since)):
                there = LogMessage(channel_id, found.id)
                await self.edit_if_allowed(there, message.card)  # it shows what was true then
                return there
            sent = await shown(
                message.card,
                self._language(channel_id),
                lambda view: channel.send(view=view, allowed_mentions=_told(mentioned)),
            )
        except (discord.NotFound, discord.Forbidden) as error:
            raise ChannelUnfit(unfit(error, channel_id)) from error
        except (discord.HTTPException, *CONNECTION_LOST):
            found = await find_own(self._bot, channel, message.marker, since)
            if found is None:
                raise
            return LogMessage(channel_id, found.id)
        return LogMessage(channel_id, sent.id)

    def _language(self, channel_id: int) -> Language:
        """What everybody reads there."""
        guild = getattr(self._bot.get_channel(channel_id), "guild", None)
        return self._bot.language_in(guild.id if guild else None)


def _raise_if_flagged(error: discord.Forbidden, channel_id: int) -> None:
    if is_flagged(error):
        raise ChannelUnfit(unfit(error, channel_id)) from error


def _told(user_id: int | None) -> discord.AllowedMentions:
    users = [] if user_id is None else [discord.Object(user_id)]
    return discord.AllowedMentions(everyone=False, roles=False, users=users or False)
