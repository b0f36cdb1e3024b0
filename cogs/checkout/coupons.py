"""Another coupon for a purchase whose coupon the store didn't take."""

import re
from typing import Any, Final

from discord import ui
from discord.ext import commands

from bot.discord.components import Persistent
from bot.discord.forms import QuestionForm, answers_form, typed_into
from bot.discord.interactions import Interaction, at_once, show_form, update_in_place
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
            form = QuestionForm(self.match.string, text("Coupon"), text("Your code"), field)
            await show_form(interaction, form)


class CouponForms(commands.Cog):
    @answers_form(custom_ids.OTHER_COUPON)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with update_in_place(interaction) as answer:
            coupon = typed_into(interaction)
            await get_again(interaction, answer, match["reference"], plain=not coupon, coupon=coupon or None)
