"""Messages that are edited as what they show goes on."""

import logging

import discord

from bot.discord_io.cards import Card
from bot.discord_io.direct_messages import CONNECTION_LOST
from bot.outbox.models import LivingMessage
from bot.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


class LivingMessages:
    def __init__(self, bot: discord.Client, database: UnitOfWork) -> None:
        self._bot = bot
        self._database = database

    async def edit(self, message: LivingMessage, card: Card) -> bool:
        """Edit a living message; False when it is gone. Raises HTTPException for what may pass."""
        try:
            await self._partial(message).edit(view=card, allowed_mentions=discord.AllowedMentions.none())
        except (discord.NotFound, discord.Forbidden):
            await self._forget(message)
            return False
        return True

    async def remove(self, message: LivingMessage) -> None:
        """Take a message away, as far as that goes; from then on there is none."""
        try:
            await self._partial(message).delete()
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            log.warning("A message that a newer one replaces stays: %r", error)
        await self._forget(message)

    async def _forget(self, message: LivingMessage) -> None:
        async with self._database.write() as tx:
            await tx.outbox.forget_message(message.message_id)

    def _partial(self, message: LivingMessage) -> discord.PartialMessage:
        channel = self._bot.get_partial_messageable(message.channel_id)
        return channel.get_partial_message(message.message_id)
