"""Private answers that are given, or changed, when their interaction's own code is long gone."""

import logging
from dataclasses import replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

import discord

from bot.discord.cards import Letterhead, shown
from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.connection import CONNECTION_LOST, once_more_if_cut_off
from bot.jobs.models import Reply, Result
from bot.jobs.worker import Clock

log = logging.getLogger(__name__)

_PATIENCE: Final = 45.0
"""Seconds."""


class Arrival(Enum):
    """What became of an answer."""

    ARRIVED = auto()
    IMPOSSIBLE = auto()
    """Nobody waits, or Discord doesn't take it any more."""
    UNKNOWN = auto()
    """It may have arrived or not, and can be given again."""


def answered(arrival: Arrival, result: Result) -> Result:
    """The result, tried again if somebody may still be waiting for an answer."""
    unknown = arrival is Arrival.UNKNOWN
    return replace(result, retry=result.retry or unknown, answered=not unknown)


class PrivateReplies:
    def __init__(self, bot: ShopBot, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock

    async def edit(self, reply: Reply | None, card: Card, guild_id: int | None = None) -> Arrival:
        """Show the card, from that server's shop if it is given, as the answer that somebody waits for."""
        if reply is None or reply.until <= self._clock():
            return Arrival.IMPOSSIBLE
        if reply.in_dm and guild_id is not None:
            card = self._bot.service(Letterhead).onto(card, guild_id)
        webhook, message_id = self._webhook(reply), reply.message_id
        nobody = discord.AllowedMentions.none()
        language = self._bot.languages.of(reply.locale)

        async def edit() -> None:
            await shown(
                card,
                language,
                lambda view: webhook.edit_message(message_id, view=view, allowed_mentions=nobody),
            )

        try:
            await once_more_if_cut_off(edit, within=_PATIENCE)
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            log.warning("A private answer did not arrive: %r", error)
            return Arrival.IMPOSSIBLE if _is_refused(error) else Arrival.UNKNOWN
        return Arrival.ARRIVED

    async def edit_if_thinking(self, reply: Reply | None, card: Card) -> Arrival:
        """Show the card only to somebody who has been shown nothing yet."""
        if reply is None or reply.until <= self._clock():
            return Arrival.IMPOSSIBLE
        # Discord takes a word in place of the number that nobody knew yet; discord.py passes it on.
        wanted: Any = reply.message_id or "@original"
        try:
            message = await self._webhook(reply).fetch_message(wanted)
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            return Arrival.IMPOSSIBLE if _is_refused(error) else Arrival.UNKNOWN
        if not message.flags.loading:
            return Arrival.IMPOSSIBLE
        return await self.edit(replace(reply, message_id=message.id), card)

    def _webhook(self, reply: Reply) -> discord.Webhook:
        return discord.Webhook.partial(reply.application_id, reply.token, client=self._bot)


def _is_refused(error: Exception) -> bool:
    """Whether Discord has said that it doesn't take it, now and later: the message is gone, for example."""
    return isinstance(error, discord.HTTPException) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
