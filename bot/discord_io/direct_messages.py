"""Direct messages are best effort: closed, blocked, left, or the network fails. The caller is told which."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord

from bot.discord_io.cards import Card

log = logging.getLogger(__name__)

_LOOKED_THROUGH: Final = 25
"""Messages of a DM channel in which a send of unknown outcome is looked for."""
CONNECTION_LOST: Final = (aiohttp.ClientError, OSError, TimeoutError)


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


class DirectMessageUnknown(Exception):
    """The message may have arrived or not, and the channel could not be looked at."""


class DirectMessages:
    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def send(
        self,
        user_id: int,
        card: Card,
        *,
        marker: str,
        nonce: str,
        look_first: bool,
        replaces: int | None = None,
    ) -> Sent:
        """Send the card, once.

        `marker` is an address or a text in the card by which it is found again; `look_first` says that an
        earlier attempt may have sent it. `replaces` is an older message with the same marker. Raises
        DirectMessageRefused or DirectMessageUnknown.
        """
        if look_first and (found := await self.look_for(user_id, marker=marker, replaces=replaces)):
            return found
        with _refused_or_unknown():
            channel = await self._bot.create_dm(discord.Object(user_id))
        try:
            message = await channel.send(
                view=card, nonce=nonce, allowed_mentions=discord.AllowedMentions.none()
            )
        except discord.Forbidden as error:
            raise DirectMessageRefused from error
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            log.warning("A direct message may not have arrived, and is looked for: %r", error)
            return await self._found_or_unknown(channel, marker, replaces, error)
        return Sent(channel.id, message.id)

    async def look_for(self, user_id: int, *, marker: str, replaces: int | None = None) -> Sent | None:
        """Where the message is that was sent earlier, if it was. Raises as `send` does."""
        with _refused_or_unknown():
            return await self._find(await self._bot.create_dm(discord.Object(user_id)), marker, replaces)

    async def _found_or_unknown(
        self, channel: discord.DMChannel, marker: str, replaces: int | None, cause: Exception
    ) -> Sent:
        with _refused_or_unknown():
            found = await self._find(channel, marker, replaces)
        if found is None:
            raise DirectMessageUnknown from cause
        return found

    async def _find(self, channel: discord.DMChannel, marker: str, replaces: int | None) -> Sent | None:
        async for message in channel.history(limit=_LOOKED_THROUGH):
            ours = message.author.id == self._application_user and message.id != replaces
            if ours and is_marked(message.components, marker):
                return Sent(channel.id, message.id)
        return None

    @property
    def _application_user(self) -> int:
        user = self._bot.user
        return user.id if user else 0


@contextmanager
def _refused_or_unknown() -> Iterator[None]:
    try:
        yield
    except discord.Forbidden as error:
        raise DirectMessageRefused from error
    except (discord.HTTPException, *CONNECTION_LOST) as error:
        raise DirectMessageUnknown from error


def is_marked(components: Any, marker: str) -> bool:
    """Whether a component, however deep, links to the marker, or has it as custom_id or in its text."""
    return any(
        marker in (getattr(component, "url", None), getattr(component, "custom_id", None))
        or marker in getattr(component, "content", "").splitlines()
        or is_marked(getattr(component, "children", ()), marker)
        for component in components
    )
