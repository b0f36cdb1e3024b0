"""Signing in to Discord, and what an owner is told when that fails."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord.connection import CONNECTION_LOST
from bot.discord.inspection import NEEDED
from bot.errors import BambooError
from bot.network_trouble import in_words

WHERE_TOKENS_ARE: Final = "Discord developer portal → your application → Bot → Reset Token"
WHERE_INTENTS_ARE: Final = (
    "Discord developer portal → your application → Bot → Privileged Gateway Intents → Server Members Intent"
)
_AUTHENTICATION_FAILED: Final = 4004
"""Closes the gateway, for example after a new token was made; source: Discord's gateway close codes."""


class DiscordUnusable(BambooError):
    """The bot can't sign in to Discord; the sentence is for its owner."""


class MembersHidden(BambooError):
    """Discord lets the bot in only if it doesn't ask to see the servers' members."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a token belongs to. `servers` are names by id, `invitation` is the page that adds it to one."""

    name: str
    invitation: str
    servers: Mapping[int, str]
    has_members_intent: bool


@contextmanager
def sentences_for_the_owner(api_base_url: str) -> Iterator[None]:
    """Raise DiscordUnusable in place of what discord.py raises when it can't sign in or stay connected.

    Raises MembersHidden when it is only the members intent that is missing.
    """
    try:
        yield
    except discord.LoginFailure as error:
        raise DiscordUnusable(_token_refused()) from error
    except discord.PrivilegedIntentsRequired as error:
        raise MembersHidden from error
    except discord.ConnectionClosed as error:
        if error.code == _AUTHENTICATION_FAILED:
            raise DiscordUnusable(_token_refused()) from error
        raise DiscordUnusable(f"Discord ended the connection ({error.code}); start Bamboo again") from error
    except (discord.HTTPException, discord.GatewayNotFound, *CONNECTION_LOST) as error:
        raise DiscordUnusable(
            f"Discord can't be reached at {api_base_url} ({_cause(error)}); "
            "look at this machine's network and at https://discordstatus.com, then start Bamboo again"
        ) from error


async def look_up_account(token: str) -> Account:
    """Ask Discord whom the token belongs to; the bot doesn't come online for it."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(token)
        servers = {guild.id: guild.name async for guild in client.fetch_guilds(with_counts=False)}
        flags = client.application_flags
        return Account(
            name=str(client.user),
            invitation=_invitation(client.application_id or 0),
            servers=servers,
            has_members_intent=flags.gateway_guild_members or flags.gateway_guild_members_limited,
        )


def _invitation(application_id: int) -> str:
    return discord.utils.oauth_url(
        application_id, permissions=NEEDED, scopes=("bot", "applications.commands")
    )


def _token_refused() -> str:
    return f"discord.token: Discord doesn't take this token; get a new one: {WHERE_TOKENS_ARE}"


def _cause(error: BaseException) -> str:
    if isinstance(error, discord.HTTPException):
        return f"it answered {error.status}"  # its text may be a whole page
    return in_words(error)
