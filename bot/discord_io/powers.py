"""Permissions that give power over others, by the names that Discord shows for them."""

from collections.abc import Mapping
from typing import Final

import discord

POWERS: Final[Mapping[str, str]] = {
    "administrator": "Administrator",
    "manage_guild": "Manage Server",
    "manage_roles": "Manage Roles",
    "manage_channels": "Manage Channels",
    "kick_members": "Kick, Approve, and Reject Members",
    "ban_members": "Ban Members",
    "moderate_members": "Timeout Members",
    "manage_messages": "Manage Messages",
    "pin_messages": "Pin Messages",
    "manage_threads": "Manage Threads and Posts",
    "manage_webhooks": "Manage Webhooks",
    "manage_nicknames": "Manage Nicknames",
    "manage_expressions": "Manage Expressions",
    "manage_events": "Manage Events",
    "mute_members": "Mute Members",
    "deafen_members": "Deafen Members",
    "move_members": "Move Members",
    "mention_everyone": "Mention @everyone, @here, and All Roles",
    "view_audit_log": "View Audit Log",
    "view_guild_insights": "View Server Insights",
    "view_creator_monetization_analytics": "View Creator Monetization Analytics",
}
"""By discord.py's names. Whoever has one can manage, moderate or reach everyone, or see what staff see."""


def powers_of(permissions: discord.Permissions) -> tuple[str, ...]:
    """Which of them the permissions hold, as Discord names them, the strongest first."""
    return tuple(words for name, words in POWERS.items() if getattr(permissions, name))
