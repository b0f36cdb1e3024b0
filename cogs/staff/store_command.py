"""`/store`: what staff set up and look after. Its parts are groups of their own, made for each bot."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.staff import Staff


class Store(commands.GroupCog, group_name="store", group_description="For staff: set up and run the shop"):
    def __init__(
        self, staff: Staff, *parts: app_commands.Group | app_commands.Command[Any, ..., Any]
    ) -> None:
        group = self.app_command
        if group is None:
            raise TypeError("a GroupCog has a group")
        for part in parts:
            group.add_command(part)
        # Discord hides it by permission only: with staff roles, those would not find it.
        if not staff.role_ids:
            group.default_permissions = discord.Permissions(manage_guild=True)
