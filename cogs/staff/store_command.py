"""`/store`: what staff set up and look after. Its parts are groups of their own, made for each bot."""

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.components import notice
from bot.discord.interactions import Staff, private_answer
from bot.invoices.repository import InvoiceRepository
from bot.jobs.waiting import Asked
from bot.staff.audit import Journal
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import UnitOfWork
from bot.texts import lines, text


class Store(
    commands.GroupCog, group_name="store", group_description="For staff: set up and look after the shop"
):
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


# --- `/store settings`: what a server's shop does, or does not do -------------------------------------


class StoreSettings:
    """`command` goes to the `/store` group."""

    def __init__(self, staff: Staff, database: UnitOfWork, journal: Journal) -> None:
        self._staff = staff
        self._database = database
        self._journal = journal
        self.command = app_commands.Command[Any, ..., Any](
            name="settings",
            description="What this server's shop does, or does not do.",
            callback=self.settings,
        )

    @app_commands.describe(
        reminders="Remind members of invoices before they are due, and when they are overdue"
    )
    async def settings(
        self, interaction: discord.Interaction[ShopBot], reminders: Literal["on", "off"] | None = None
    ) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = self._staff.require(interaction)
            async with self._database.write() as tx:
                if reminders is not None:
                    await InvoiceRepository(tx).switch_reminders(guild_id, on=reminders == "on")
                    details = {"reminders": reminders}
                    entry = AuditEntry(guild_id, AuditAction.SETTINGS, interaction.user.id, details=details)
                    await self._journal.write(tx, entry)
                on = await InvoiceRepository(tx).reminders(guild_id)
            reminds = text("Reminders of invoices: **on**") if on else text("Reminders of invoices: **off**")
            await answer.show(notice(lines(text("### Settings"), reminds)))
