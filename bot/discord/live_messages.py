"""Messages that are edited as what they show goes on."""

import logging
from datetime import datetime

import discord

from bot.checkout.models import Sale
from bot.checkout.states import SaleStatus
from bot.discord.cards import Letterhead, shown
from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.connection import CONNECTION_LOST
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
)
from bot.discord.refusals import hindrance, is_persons_own
from bot.fulfilment.live_messages import SaleMessages
from bot.jobs.models import LiveMessage, Outcome, Result

log = logging.getLogger(__name__)


class LiveMessages:
    def __init__(self, bot: ShopBot, messages: SaleMessages) -> None:
        self._bot = bot
        self._messages = messages
        self._direct_messages = DirectMessages(bot)

    async def edit(
        self, message: LiveMessage, card: Card, sale: Sale, *, reader_id: int | None = None
    ) -> bool:
        """Edit a live message that the buyer, else its reader, has of the sale; False when it is gone.

        Raises DirectMessageHindered, and HTTPException for what may pass.
        """
        language = await self._bot.language_for(reader_id or sale.buyer_id, sale.guild_id)
        try:
            await shown(
                self._bot.service(Letterhead).onto(card, sale.guild_id),
                language,
                lambda view: self._partial(message).edit(
                    view=view, allowed_mentions=discord.AllowedMentions.none()
                ),
            )
        except (discord.NotFound, discord.Forbidden) as error:
            if isinstance(error, discord.Forbidden) and not is_persons_own(error):
                raise DirectMessageHindered(hindrance(error)) from error
            await self._messages.forget(message)
            return False
        return True

    async def shows(self, message: LiveMessage, card: Card, sale: Sale) -> bool:
        """The same where there is another way to show the card: False if this one is closed."""
        try:
            return await self.edit(message, card, sale)
        except DirectMessageHindered:
            return False

    async def found_again(
        self, user_id: int, marker: str, *, since: datetime, replaces: int | None = None
    ) -> Result:
        """What becomes of a link that there is no use in bringing any more, but that may have been brought.

        Its message, if one was sent after `since` (UTC), lives on, and shows an open link until it is edited.
        `replaces` is the message that it would take the place of.
        """
        try:
            found = await self._direct_messages.look_for(
                user_id, marker=marker, since=since, replaces=replaces
            )
        except DirectMessageHindered as error:
            return Result(Outcome.GONE, retry=True, hindrance=error.hindrance)
        except (DirectMessageRefused, DirectMessageUnknown) as error:
            return Result(Outcome.GONE, retry=isinstance(error, DirectMessageUnknown))
        if found is None:
            return Result(Outcome.GONE)
        message = LiveMessage(found.channel_id, found.message_id, SaleStatus.OPEN)
        return Result(Outcome.DIRECT_MESSAGE, message)

    async def take_away(self, message: LiveMessage) -> None:
        """Delete a message whose place another has taken: its row is the caller's to remove.

        Raises HTTPException for what may pass.
        """
        try:
            await self._partial(message).delete()
        except discord.NotFound:
            log.debug("message %s was gone already", message.message_id)

    async def remove(self, message: LiveMessage) -> None:
        """Delete a message, as far as that goes, and its row: from then on there is none."""
        try:
            await self._partial(message).delete()
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            log.warning("A message that a newer one replaces stays: %r", error)
        await self._messages.forget(message)

    def _partial(self, message: LiveMessage) -> discord.PartialMessage:
        channel = self._bot.get_partial_messageable(message.channel_id)
        return channel.get_partial_message(message.message_id)
