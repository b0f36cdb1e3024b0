"""What a bot may do in its servers, asked over REST: it doesn't come online for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import discord

NEEDED: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,  # what may have been sent is looked for in its channel
    manage_roles=True,
    create_private_threads=True,  # for help with a purchase
    send_messages_in_threads=True,
)
"""What an invitation asks for."""
FOR_HELP: Final = discord.Permissions(create_private_threads=True, send_messages_in_threads=True)
"""What of it only help with a purchase needs; without it staff have notes instead."""
NEEDED_TO_WRITE: Final = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)


@dataclass(frozen=True, slots=True)
class RoleState:
    """`is_manageable`: whether the bot could give it, by its place in the list."""

    name: str
    is_manageable: bool


@dataclass(frozen=True, slots=True)
class ServerState:
    """Permissions are named as Discord names them in its settings.

    `channels` are those that were asked for and are there, with the permissions that the bot lacks in them.
    """

    name: str
    bot_role: str
    lacks: tuple[str, ...]
    roles: Mapping[int, RoleState]
    channels: Mapping[int, tuple[str, tuple[str, ...]]]
    lacks_for_help: tuple[str, ...] = ()


async def look_at_server(token: str, guild_id: int, channel_ids: Collection[int]) -> ServerState | None:
    """How things stand in a server; None where Discord doesn't let the bot see it.

    Raises what discord.py raises, as `bot.discord.login.look_up_account` does.
    """
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(token)
        assert client.user is not None  # noqa: S101  # signed in
        try:
            guild = await client.fetch_guild(guild_id, with_counts=False)
            me = await guild.fetch_member(client.user.id)
            channels = await guild.fetch_channels() if channel_ids else []
        except (discord.NotFound, discord.Forbidden):
            return None
        return ServerState(
            name=guild.name,
            bot_role=me.top_role.name,
            lacks=_lacking(me.guild_permissions, discord.Permissions(NEEDED.value & ~FOR_HELP.value)),
            lacks_for_help=_lacking(me.guild_permissions, FOR_HELP),
            roles={role.id: RoleState(role.name, _is_manageable(role, me)) for role in guild.roles},
            channels={
                channel.id: (channel.name, _lacking(channel.permissions_for(me), NEEDED_TO_WRITE))
                for channel in channels
                if channel.id in channel_ids
            },
        )


def _is_manageable(role: discord.Role, me: discord.Member) -> bool:
    return not role.is_default() and not role.managed and role < me.top_role


def _lacking(has: discord.Permissions, needed: discord.Permissions) -> tuple[str, ...]:
    if has.administrator:
        return ()
    return tuple(_title(name) for name, is_needed in needed if is_needed and not getattr(has, name))


def _title(permission: str) -> str:
    """`view_channel` → View Channels, as Discord writes it where permissions are set."""
    if permission in {"view_channel", "read_messages"}:
        return "View Channels"
    return permission.replace("_", " ").title().replace(" In ", " in ")
