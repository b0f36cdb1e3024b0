"""Giving and taking roles, and what stands in the way."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import discord

from bot.discord.client import ShopBot
from bot.discord.refusals import flagged, is_flagged
from bot.fulfilment.models import Obstacle
from bot.fulfilment.powers import POWERS
from bot.fulfilment.refusals import role_out_of_reach
from bot.fulfilment.steps.base import Seen
from bot.jobs.models import NeedsStaff

log = logging.getLogger(__name__)

_UNKNOWN_MEMBER: Final = 10007
_UNKNOWN_ROLE: Final = 10011
_UNKNOWN_USER: Final = 10013
_ASKED_AT_ONCE: Final = 100
"""Members that one gateway request may name; source: Discord's "Request Guild Members"."""


class ServerAway(Exception):
    """Discord has an outage there, or the bot was removed."""


class RoleKeeper:
    def __init__(self, bot: ShopBot) -> None:
        self._bot = bot
        self._names: dict[tuple[int, int], str] = {}

    def obstacle(self, guild_id: int, role_id: int) -> Obstacle | None:
        """Why the role can't be given to anybody, as far as is known without asking Discord."""
        guild = self._there(guild_id)
        if guild is None:
            return Obstacle.SERVER_AWAY
        role = guild.get_role(role_id)
        if role is None:
            return Obstacle.ROLE_GONE
        checks = (
            (role.is_default(), Obstacle.ROLE_EVERYONE),
            (role.managed, Obstacle.ROLE_MANAGED),
            (not guild.me.guild_permissions.manage_roles, Obstacle.NO_PERMISSION),
            (not role.is_assignable(), Obstacle.ROLE_ABOVE),
        )
        return next((obstacle for stands_in_the_way, obstacle in checks if stands_in_the_way), None)

    def name(self, guild_id: int, role_id: int) -> str:
        """The role's name as it is now, or was when it was last asked for."""
        guild = self._bot.get_guild(guild_id)
        role = guild.get_role(role_id) if guild else None
        if role is not None:
            self._names[guild_id, role_id] = role.name
        return self._names.get((guild_id, role_id), f"role {role_id}")

    def server(self, guild_id: int) -> str:
        """The server's name as it is now."""
        return self._bot.server_name(guild_id) or "the server"

    def powers(self, guild_id: int, role_id: int) -> tuple[str, ...]:
        """What of it gives power over others, by discord.py's names; nothing of a role that isn't there."""
        guild = self._there(guild_id)
        role = guild.get_role(role_id) if guild else None
        return () if role is None else powers_of(role.permissions)

    async def held(self, guild_id: int, user_id: int) -> frozenset[int]:
        """The roles of the member; none of who isn't there. Raises ServerAway, and HTTPException."""
        member = await self._member(guild_id, user_id)
        return frozenset(role.id for role in member.roles) if member is not None else frozenset()

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        """Whether the user is in the server. Raises ServerAway, and HTTPException."""
        return await self._member(guild_id, user_id) is not None

    async def require_giver(self, guild_id: int, user_id: int, role_id: int) -> None:
        """The user gains nothing by selling the role, as whoever sells it can buy it.

        They may do all that the role allows, or could give it by hand: the owner any, others with Manage
        Roles what is below them ("Role Hierarchy" in Discord's permissions reference).

        Raises role_out_of_reach, ServerAway, and HTTPException.
        """
        guild = self._guild(guild_id)
        if user_id == guild.owner_id:
            return
        role, member = guild.get_role(role_id), await self._member(guild_id, user_id)
        if role is None or member is None:
            raise role_out_of_reach(self.name(guild_id, role_id))
        may = member.guild_permissions
        by_hand = may.manage_roles and role < member.top_role
        if not by_hand and not role.permissions.is_subset(may):
            raise role_out_of_reach(role.name)

    async def give(self, guild_id: int, user_id: int, role_id: int, *, seen: Seen | None = None) -> bool:
        """Says whether the member is there; `seen` is told before the call whether they have it already.

        Raises NeedsStaff, ServerAway, HTTPException, and what `seen` raises.
        """
        # What is known of a member may be from before a connection that broke: Discord is asked.
        member = await (self._fetched if seen is not None else self._member)(guild_id, user_id)
        if member is None:
            return False
        obstacle = self.obstacle(guild_id, role_id)
        if obstacle is not None:
            raise self._needs_staff(guild_id, role_id, obstacle)
        if seen is not None:
            await seen(member.get_role(role_id) is not None)
        try:
            await member.add_roles(discord.Object(role_id), reason="Bought")
        except discord.NotFound as error:
            if error.code in (_UNKNOWN_MEMBER, _UNKNOWN_USER):
                return False
            raise self._needs_staff(guild_id, role_id, Obstacle.ROLE_GONE) from error
        except discord.Forbidden as error:
            raise self._forbidden(guild_id, role_id, error) from error
        return True

    async def take(self, guild_id: int, user_id: int, role_id: int, *, replaced: bool = False) -> bool:
        """Says whether the member is there. Raises NeedsStaff, ServerAway, and HTTPException."""
        member = await self._member(guild_id, user_id)
        if member is None:
            return False
        if self.obstacle(guild_id, role_id) is Obstacle.ROLE_GONE:
            return True
        try:
            why = "Replaced by what was bought" if replaced else "What was bought has ended"
            await member.remove_roles(discord.Object(role_id), reason=why)
        except discord.NotFound as error:
            return error.code == _UNKNOWN_ROLE
        except discord.Forbidden as error:
            raise self._forbidden(guild_id, role_id, error) from error
        return True

    @property
    def are_announced(self) -> bool:
        """Whether Discord tells the bot who joins: that needs the members intent."""
        return self._bot.intents.members

    def servers(self) -> Sequence[int]:
        """The servers that are served and can be looked at."""
        return [
            guild.id for guild in self._bot.guilds if self._bot.serves(guild.id) and not guild.unavailable
        ]

    async def joined_at(self, guild_id: int, user_ids: Sequence[int]) -> dict[int, datetime]:
        """Since when (UTC) those of them who are in the server are there. Raises ServerAway."""
        guild = self._guild(guild_id)
        found: list[discord.Member] = []
        for start in range(0, len(user_ids), _ASKED_AT_ONCE):
            found += await guild.query_members(user_ids=list(user_ids[start : start + _ASKED_AT_ONCE]))
        return {member.id: member.joined_at for member in found if member.joined_at is not None}

    async def _member(self, guild_id: int, user_id: int) -> discord.Member | None:
        # A leave that was missed leaves the member in memory: then Discord's answer says it.
        known = self._guild(guild_id).get_member(user_id)
        return await self._fetched(guild_id, user_id) if known is None else known

    async def _fetched(self, guild_id: int, user_id: int) -> discord.Member | None:
        try:
            return await self._guild(guild_id).fetch_member(user_id)
        except discord.NotFound:
            return None

    def _there(self, guild_id: int) -> discord.Guild | None:
        """The server; None while it is away: of its roles and members nothing is known then."""
        guild = self._bot.get_guild(guild_id)
        return None if guild is None or guild.unavailable else guild

    def _guild(self, guild_id: int) -> discord.Guild:
        guild = self._there(guild_id)
        if guild is None:
            raise ServerAway(f"server {guild_id} isn't there")
        return guild

    def _forbidden(self, guild_id: int, role_id: int, error: discord.Forbidden) -> NeedsStaff:
        if is_flagged(error):
            return NeedsStaff(flagged(error))
        return self._needs_staff(guild_id, role_id, self.obstacle(guild_id, role_id) or Obstacle.ROLE_ABOVE)

    def _needs_staff(self, guild_id: int, role_id: int, obstacle: Obstacle) -> NeedsStaff:
        return NeedsStaff(obstacle.of(self.name(guild_id, role_id)))


# --- who is in a server, whether or not the members intent keeps them in memory -----------------------


async def find_member(bot: discord.Client, guild_id: int, user_id: int) -> discord.Member | None:
    """The member, asked for if not in memory; None for somebody who isn't there."""
    guild = bot.get_guild(guild_id)
    if guild is None:
        return None
    known = guild.get_member(user_id)
    if known is not None:
        return known
    try:
        return await guild.fetch_member(user_id)
    except discord.NotFound:
        return None


# --- permissions that give power over others ----------------------------------------------------------


def powers_of(permissions: discord.Permissions) -> tuple[str, ...]:
    """Which of them the permissions hold, by discord.py's names, the strongest first."""
    return tuple(name for name in POWERS if getattr(permissions, name))
