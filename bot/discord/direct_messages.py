"""Direct messages are best effort: closed, blocked, left, or the network fails. The caller is told which."""

import asyncio
import logging
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import discord

from bot.discord.cards import Letterhead, Marked, shown
from bot.discord.client import ShopBot
from bot.discord.connection import CONNECTION_LOST
from bot.discord.refusals import hindrance, is_persons_own
from bot.jobs.models import Hindrance
from bot.texts import Text, markdown

log = logging.getLogger(__name__)

_LOOKED_THROUGH: Final = 1000
"""Messages of a channel in which a send of unknown outcome is looked for: ten requests at most."""
CLOCKS_DIFFER_BY: Final = timedelta(minutes=5)
"""Discord dates messages by its own clock."""
_PATIENCE: Final = 10.0
"""Seconds for opening the channel or sending: whoever waits for a link is better served with it elsewhere."""
_PATIENCE_IN_LOOKING: Final = 15.0
"""Seconds, as it may take several requests. All of them together have to end within `jobs.models.ATTEMPT`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the message is."""

    channel_id: int
    message_id: int

    @property
    def jump_url(self) -> str:
        return f"https://discord.com/channels/@me/{self.channel_id}/{self.message_id}"


class DirectMessageRefused(Exception):
    """The person takes no direct messages from the bot: closed, blocked, or no server in common."""


class DirectMessageHindered(Exception):
    """Discord doesn't let the bot send it, whatever the person takes."""

    def __init__(self, hindrance: Hindrance) -> None:
        super().__init__(str(hindrance.text))
        self.hindrance = hindrance


class DirectMessageUnknown(Exception):
    """The message may have arrived or not, and the channel could not be looked at."""


class DirectMessages:
    def __init__(self, bot: ShopBot) -> None:
        self._bot = bot

    async def send(
        self,
        user_id: int,
        message: Marked,
        *,
        guild_id: int,
        nonce: str,
        since: datetime,
        look_first: bool,
        replaces: int | None = None,
    ) -> Sent:
        """Send the card, once, in the person's language, with whose shop it is from: the server's.

        `look_first` says that an earlier attempt may have sent it, but none before `since` (UTC). `replaces`
        is an older message with the same marker. Raises DirectMessageRefused, DirectMessageHindered or
        DirectMessageUnknown.
        """
        if look_first and (
            found := await self.look_for(user_id, marker=message.marker, since=since, replaces=replaces)
        ):
            return found
        language = await self._bot.language_for(user_id, guild_id)
        async with _refused_or_unknown(_PATIENCE):
            channel = await self._bot.create_dm(discord.Object(user_id))
        letter = self._bot.service(Letterhead).onto(message.card, guild_id)
        try:
            async with asyncio.timeout(_PATIENCE):
                sent = await shown(
                    letter,
                    language,
                    lambda view: channel.send(
                        view=view, nonce=nonce, allowed_mentions=discord.AllowedMentions.none()
                    ),
                )
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            _raise_if_refused(error)
            log.warning("A direct message may not have arrived, and is looked for: %r", error)
            return await self._found_or_unknown(channel, message.marker, since, replaces, error)
        return Sent(channel.id, sent.id)

    async def look_for(
        self, user_id: int, *, marker: Text | str, since: datetime, replaces: int | None = None
    ) -> Sent | None:
        """Where the message is that was sent after `since` (UTC), if it was. Raises as `send` does."""
        async with _refused_or_unknown(_PATIENCE_IN_LOOKING):
            channel = await self._bot.create_dm(discord.Object(user_id))
            return _sent(await find_own(self._bot, channel, marker, since, replaces=replaces))

    async def _found_or_unknown(
        self,
        channel: discord.DMChannel,
        marker: Text | str,
        since: datetime,
        replaces: int | None,
        cause: Exception,
    ) -> Sent:
        async with _refused_or_unknown(_PATIENCE_IN_LOOKING):
            found = _sent(await find_own(self._bot, channel, marker, since, replaces=replaces))
        if found is None:
            raise DirectMessageUnknown from cause
        return found


@asynccontextmanager
async def _refused_or_unknown(patience: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(patience):
            yield
    except (discord.HTTPException, *CONNECTION_LOST) as error:
        _raise_if_refused(error)
        raise DirectMessageUnknown from error


def _raise_if_refused(error: Exception) -> None:
    if isinstance(error, discord.HTTPException) and is_persons_own(error):
        raise DirectMessageRefused from error
    if isinstance(error, discord.Forbidden):
        raise DirectMessageHindered(hindrance(error)) from error


async def find_own(
    bot: ShopBot,
    channel: discord.abc.Messageable,
    marker: Text | str,
    since: datetime,
    *,
    replaces: int | None = None,
) -> discord.Message | None:
    """The bot's own message with the marker, sent after `since` (UTC) and after the one that it `replaces`.

    A text is looked for in every language: it may have been sent in another one than is set now.
    Raises what Discord answers. Newest first: what is looked for is seldom old, however long ago it was to
    be sent for the first time.
    """
    said = markdown(marker) if isinstance(marker, str) else marker
    markers = frozenset(said.render(language) for language in bot.languages.all)
    earliest = since - CLOCKS_DIFFER_BY
    async for message in channel.history(limit=_LOOKED_THROUGH):
        if message.created_at < earliest:
            return None
        ours = bot.user is not None and message.author.id == bot.user.id and message.id > (replaces or 0)
        if ours and is_marked(message.components, markers):
            return message
    return None


def _sent(message: discord.Message | None) -> Sent | None:
    return None if message is None else Sent(message.channel.id, message.id)


def is_marked(components: Any, markers: AbstractSet[str]) -> bool:
    """Whether a component, however deep, links to a marker, or has one as custom_id, number or line."""
    return any(
        f"component {getattr(component, 'id', None)}" in markers
        or not markers.isdisjoint((getattr(component, "url", None), getattr(component, "custom_id", None)))
        or not markers.isdisjoint(getattr(component, "content", "").splitlines())
        or is_marked(getattr(component, "children", ()), markers)
        for component in components
    )
