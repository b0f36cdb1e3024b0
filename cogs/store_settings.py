"""`/store settings`: what a server's shop does, or does not do."""

from typing import Any, Literal

import discord
from discord import app_commands

from bot.audit.journal import Journal
from bot.audit.models import Action, Entry
from bot.discord_io.answers import private_answer
from bot.discord_io.cards import notice
from bot.discord_io.client import ShopBot
from bot.discord_io.staff import Staff
from bot.outbox.waiting import Asked
from bot.storage.unit_of_work import UnitOfWork


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
                    await tx.invoices.switch_reminders(guild_id, on=reminders == "on")
                    details = {"reminders": reminders}
                    entry = Entry(guild_id, Action.SETTINGS, interaction.user.id, details=details)
                    await self._journal.write(tx, entry)
                on = await tx.invoices.reminders(guild_id)
            self._journal.wake()
            await answer.show(notice(f"### Settings\nReminders of invoices: **{'on' if on else 'off'}**"))
