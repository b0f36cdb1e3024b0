"""Who is staff: asked at every command and click, also where Discord hides the command from others."""

from collections.abc import Sequence

import discord

from bot.discord.interactions import Interaction
from bot.errors import NotStaff


class Staff:
    """Members with Manage Server, and those with one of the roles that the settings name."""

    def __init__(self, role_ids: Sequence[int]) -> None:
        self.role_ids = frozenset(role_ids)

    def require(self, interaction: Interaction) -> int:
        """The server's id. Raises NotStaff."""
        member = interaction.user
        if interaction.guild_id is None or not isinstance(member, discord.Member):
            raise NotStaff
        manages = interaction.permissions.manage_guild or interaction.permissions.administrator
        if not manages and self.role_ids.isdisjoint(role.id for role in member.roles):
            raise NotStaff
        return interaction.guild_id

    @property
    def command_permissions(self) -> discord.Permissions | None:
        """Who sees the commands by default; a role can't be named there, so with roles everybody does."""
        return None if self.role_ids else discord.Permissions(manage_guild=True)
