"""Another coupon for a purchase whose coupon the store didn't take."""

from typing import Any, Final

import discord
from discord import ui
from discord.ext import commands

from bot.discord.components import Persistent
from bot.discord.interactions import Interaction, at_once, language_of, update_in_place
from bot.discord.spoken import QuestionForm, spoken, typed_into
from bot.texts import text
from cogs import custom_ids
from cogs.checkout.actions import get_again

LONGEST_COUPON: Final = 64
"""Characters; source: Pandabase's checkout OpenAPI file."""


class OtherCoupon(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.OTHER_COUPON):
    """Asks for the code by a form. Whose purchase it is, is looked at when the form is sent."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            field = ui.TextInput[Any](max_length=LONGEST_COUPON)
            form = QuestionForm(self.said.string, text("Coupon"), text("Your code"), field)
            await interaction.response.send_modal(spoken(form, language_of(interaction)))


class CouponForms(commands.Cog):
    @commands.Cog.listener("on_interaction")
    async def take_form(self, interaction: Interaction) -> None:
        """Answer a form by what it carries: it may have been open since before a restart."""
        data: Any = interaction.data or {}
        match = custom_ids.OTHER_COUPON.fullmatch(str(data.get("custom_id")))
        if interaction.type is not discord.InteractionType.modal_submit or match is None:
            return
        async with update_in_place(interaction) as answer:
            coupon = typed_into(interaction).strip()
            await get_again(interaction, answer, match["reference"], plain=not coupon, coupon=coupon or None)
