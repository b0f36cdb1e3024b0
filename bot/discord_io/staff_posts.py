"""Messages in the staff's channels: posted once, found again, edited."""

from typing import Final

import discord

from bot.discord_io.cards import Card
from bot.discord_io.direct_messages import CONNECTION_LOST, is_marked
from bot.fulfilment.staff_repository import LogMessage
from bot.outbox.models import NeedsStaff

_LOOKED_THROUGH: Final = 50
"""Messages of a channel in which a send of unknown outcome is looked for."""


class ChannelUnfit(NeedsStaff):
    """The channel is gone, or the bot may not write there."""


class StaffPosts:
    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def is_in(self, channel_id: int, guild_id: int) -> bool:
        """Whether the channel is one of the server's: what happens in one is nobody's business in another.

        Raises HTTPException for what may pass.
        """
        channel = self._bot.get_channel(channel_id)
        if channel is None:
            try:
                channel = await self._bot.fetch_channel(channel_id)
            except (discord.NotFound, discord.Forbidden, discord.InvalidData):
                return False
        guild = getattr(channel, "guild", None)
        return guild is not None and guild.id == guild_id

    async def edit(self, message: LogMessage, card: Card) -> bool:
        """Edit a message; False when it is gone. Raises HTTPException for what may pass."""
        channel = self._bot.get_partial_messageable(message.channel_id)
        try:
            await channel.get_partial_message(message.message_id).edit(
                view=card, allowed_mentions=discord.AllowedMentions.none()
            )
        except (discord.NotFound, discord.Forbidden):
            return False
        return True

    async def post(self, channel_id: int, card: Card, *, marker: str, look_first: bool) -> LogMessage:
        """Send the card, once: `marker` is a line of it, `look_first` says that it may be there already.

        Raises ChannelUnfit, and what Discord answers.
        """
        channel = self._bot.get_partial_messageable(channel_id)
        try:
            if look_first and (found := await self._find(channel, marker)):
                await self.edit(found, card)  # it shows what was true then
                return found
            message = await channel.send(view=card, allowed_mentions=discord.AllowedMentions.none())
        except (discord.NotFound, discord.Forbidden) as error:
            raise ChannelUnfit(f"I can't write in <#{channel_id}>: {error.text}.") from error
        except (discord.HTTPException, *CONNECTION_LOST):
            found = await self._find(channel, marker)
            if found is None:
                raise
            return found
        return LogMessage(channel_id, message.id)

    async def _find(self, channel: discord.PartialMessageable, marker: str) -> LogMessage | None:
        user = self._bot.user
        async for message in channel.history(limit=_LOOKED_THROUGH):
            ours = user is not None and message.author.id == user.id
            if ours and is_marked(message.components, marker):
                return LogMessage(channel.id, message.id)
        return None
