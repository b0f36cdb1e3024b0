"""Permissions that give power over others, by the names that Discord's clients show for them."""

from collections.abc import Iterable, Mapping
from typing import Final

from bot.texts import Text, listed, markdown, text

POWERS: Final[Mapping[str, Text]] = {
    "administrator": text("Administrator"),
    "manage_guild": text("Manage Server"),
    "manage_roles": text("Manage Roles"),
    "manage_channels": text("Manage Channels"),
    "kick_members": text("Kick, Approve, and Reject Members"),
    "ban_members": text("Ban Members"),
    "moderate_members": text("Timeout Members"),
    "manage_messages": text("Manage Messages"),
    "pin_messages": text("Pin Messages"),
    "manage_threads": text("Manage Threads and Posts"),
    "manage_webhooks": text("Manage Webhooks"),
    "manage_nicknames": text("Manage Nicknames"),
    "manage_expressions": text("Manage Expressions"),
    "manage_events": text("Manage Events"),
    "mute_members": text("Mute Members"),
    "deafen_members": text("Deafen Members"),
    "move_members": text("Move Members"),
    "mention_everyone": text("Mention @everyone, @here, and All Roles"),
    "view_audit_log": text("View Audit Log"),
    "view_guild_insights": text("View Server Insights"),
    "view_creator_monetization_analytics": text("View Creator Monetization Analytics"),
}
"""By discord.py's names. Whoever has one can manage, moderate or reach everyone, or see what staff see."""


def power(name: str) -> Text:
    """What people call it; the name itself where it isn't known any more."""
    return POWERS.get(name, markdown(name))


def powers_listed(names: Iterable[str]) -> Text:
    return listed(map(power, names))
