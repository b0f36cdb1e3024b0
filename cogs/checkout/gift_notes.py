"""What the buyer of a gift writes to the one it is for."""

import re
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.checkout.models import LONGEST_GIFT_NOTE
from bot.discord.components import Persistent
from bot.discord.forms import QuestionForm, answers_form, typed_into
from bot.discord.interactions import Interaction, at_once, show_form, update_in_place
from bot.texts import text
from cogs import custom_ids
from cogs.checkout.actions import CheckoutActions


class WriteGiftNote(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.GIFT_NOTE):
    """Asks for the note by a form. Whose gift it is, is looked at when the form is sent."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            field = ui.TextInput[Any](
                style=discord.TextStyle.paragraph, max_length=LONGEST_GIFT_NOTE, required=False
            )
            question = text("Your note (leave empty for none)")
            await show_form(
                interaction, QuestionForm(self.match.string, text("Note for your gift"), question, field)
            )


class GiftNoteForms(commands.Cog):
    def __init__(self, actions: CheckoutActions) -> None:
        self._actions = actions

    @answers_form(custom_ids.GIFT_NOTE)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with update_in_place(interaction) as answer:
            await self._actions.write_gift_note(
                answer, interaction.user.id, match["reference"], typed_into(interaction)
            )
