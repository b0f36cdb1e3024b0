"""`/store settings`: a page that shows what a server's shop does, with a menu for each of it."""

from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.discord.client import ShopBot
from bot.discord.components import Card, Persistent, button
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.discord.localized import ChannelMenu, Menu, Option, Paragraph
from bot.discord.staff import Staff
from bot.errors import Refusal
from bot.fulfilment.end_reminders import EndReminders
from bot.invoices.reminders import ReminderSetting
from bot.readers.service import Readers
from bot.texts import Text, lines, markdown, text
from cogs import custom_ids
from cogs.staff.sales_log import StaffChannels

_AS_CONFIGURED: Final = "default"
_ON, _OFF = "on", "off"


class SettingsCommand(app_commands.Command[Any, ..., None]):
    def __init__(self, page: "SettingsPage") -> None:
        async def settings(interaction: discord.Interaction[ShopBot]) -> None:
            async with private_answer(interaction) as answer:
                await page.show(answer, interaction)

        super().__init__(
            name="settings",
            description="Choose the sales log's channel, reminders and this server's language",
            callback=settings,
        )


class SettingsPage:
    """Who may is checked at every choice."""

    def __init__(
        self,
        bot: ShopBot,
        staff: Staff,
        reminders: ReminderSetting,
        ends: EndReminders,
        *,
        readers: Readers,
        channels: StaffChannels,
    ) -> None:
        self._bot = bot
        self._staff = staff
        self._reminders = reminders
        self._ends = ends
        self._readers = readers
        self._channels = channels

    async def show(self, answer: Answer, interaction: Interaction) -> None:
        """The settings as they stand. Raises NotStaff."""
        guild_id = self._staff.require(interaction)
        is_reminded = await self._reminders.is_on(guild_id)
        is_told = await self._ends.are_on(guild_id)
        await answer.show(
            Card(
                Paragraph(text("### ⚙️ Settings")),
                *await self._log(guild_id),
                ui.Separator(),
                Paragraph(_said(text("Invoice reminders"), _REMINDED if is_reminded else _NOT_REMINDED)),
                ui.ActionRow(_reminders(is_on=is_reminded)),
                ui.Separator(),
                Paragraph(_said(text("Expiry reminders"), _TOLD_OF_ENDS if is_told else _NOT_TOLD_OF_ENDS)),
                ui.ActionRow(_end_reminders(is_on=is_told)),
                ui.Separator(),
                Paragraph(_said(text("Language"), _LANGUAGE)),
                ui.ActionRow(self._languages(guild_id)),
            )
        )

    async def remind(self, interaction: Interaction, *, on: bool) -> None:
        """Have members reminded of invoices, or not. Raises NotStaff."""
        guild_id = self._staff.require(interaction)
        await self._reminders.switch(guild_id, on=on, by=interaction.user.id)

    async def remind_of_ends(self, interaction: Interaction, *, on: bool) -> None:
        """Have members reminded of what ends, or not. Raises NotStaff."""
        await self._ends.switch(self._staff.require(interaction), on=on, by=interaction.user.id)

    async def speak(self, interaction: Interaction, language: str) -> None:
        """Have what everybody reads in that language. Raises NotStaff."""
        guild_id = self._staff.require(interaction)
        chosen = None if language == _AS_CONFIGURED else language
        await self._readers.choose(guild_id, chosen, by=interaction.user.id)

    async def log_to(self, interaction: Interaction, channel_id: int) -> None:
        """Have the sales log in that channel. Raises NotStaff, and Refusal."""
        self._staff.require(interaction)
        channel = interaction.guild.get_channel(channel_id) if interaction.guild else None
        if not isinstance(channel, discord.TextChannel):
            raise Refusal("channel_gone", text("That channel is gone. Choose another one."))
        await self._channels.switch_on(channel, by=interaction.user.id)

    async def log_off(self, interaction: Interaction) -> None:
        """Have no sales log. Raises NotStaff."""
        guild_id = self._staff.require(interaction)
        await self._channels.switch_off(guild_id, by=interaction.user.id)

    # --- its parts --------------------------------------------------------------------------------

    async def _log(self, guild_id: int) -> list[ui.Item[Any]]:
        channel_id = await self._channels.sales_log(guild_id)
        menu = ChannelMenu(
            text("Choose a channel"),
            custom_id=custom_ids.LOG_CHANNEL_MENU,
            channel_types=[discord.ChannelType.text],
            default_values=[] if channel_id is None else [discord.Object(channel_id)],
        )
        said = _said(text("Sales log"), await self._channels.standing(guild_id))
        parts: list[ui.Item[Any]] = [Paragraph(said), ui.ActionRow(menu)]
        if channel_id is not None:
            off = button(
                text("Turn off the sales log"), custom_ids.LOG_OFF_BUTTON, discord.ButtonStyle.secondary
            )
            parts.append(ui.ActionRow(off))
        return parts

    def _languages(self, guild_id: int) -> Menu:
        chosen = self._readers.chosen(guild_id)
        default = text(
            "Bot's default ({language})",
            language=markdown(self._bot.languages.default.endonym),
        )
        options = [Option(default, _AS_CONFIGURED, default=chosen is None)]
        options += [
            Option(markdown(language.endonym), language.locale, default=chosen == language.locale)
            for language in self._bot.languages.all
        ]
        return Menu(text("Choose a language"), custom_id=custom_ids.settings("language"), options=options)


_REMINDED: Final = text("Members are reminded before an invoice is due, and once it's overdue.")
_NOT_REMINDED: Final = text("Members aren't reminded of their invoices.")
_TOLD_OF_ENDS: Final = text(
    "Members are reminded three days before a timed role, a free trial or a cancelled subscription ends."
)
_NOT_TOLD_OF_ENDS: Final = text("Members aren't reminded before something ends.")
_LANGUAGE: Final = text(
    "What everyone here can read is in this language. Private answers and direct messages are in each "
    "person's own Discord language."
)


def _said(title: Text, what: Text) -> Text:
    return lines(text("**{title}**", title=title), what)


def _reminders(*, is_on: bool) -> Menu:
    return _switch(text("Invoice reminders"), "reminders", is_on=is_on)


def _end_reminders(*, is_on: bool) -> Menu:
    return _switch(text("Expiry reminders"), "ends", is_on=is_on)


def _switch(placeholder: Text, what: str, *, is_on: bool) -> Menu:
    options = [
        Option(text("Reminders on"), _ON, default=is_on),
        Option(text("Reminders off"), _OFF, default=not is_on),
    ]
    return Menu(placeholder, custom_id=custom_ids.settings(what), options=options)


# --- its menus and its button -------------------------------------------------------------------------


class SettingMenu(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.SETTINGS):
    """Changes a setting to what was chosen."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            page, chosen = _page(interaction), self.item.values[0]
            if self.match["what"] == "language":
                await page.speak(interaction, chosen)
            elif self.match["what"] == "ends":
                await page.remind_of_ends(interaction, on=chosen == _ON)
            else:
                await page.remind(interaction, on=chosen == _ON)
            await page.show(answer, interaction)


class LogChannel(Persistent, ui.DynamicItem[ui.ChannelSelect[Any]], template=custom_ids.LOG_CHANNEL_MENU):
    """Has the sales log in the channel that was chosen."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _page(interaction).log_to(interaction, self.item.values[0].id)
            await _page(interaction).show(answer, interaction)


class LogOff(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.LOG_OFF_BUTTON):
    """Turns the sales log off."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _page(interaction).log_off(interaction)
            await _page(interaction).show(answer, interaction)


def _page(interaction: Interaction) -> SettingsPage:
    return service_of(interaction, SettingsPage)
