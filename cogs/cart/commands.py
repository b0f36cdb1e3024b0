"""`/cart`, its buttons and its two forms. Every button outlives the process."""

import re
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.components import Persistent
from bot.discord.forms import QuestionForm, answers_form, typed_into
from bot.discord.interactions import (
    Interaction,
    at_once,
    private_answer,
    service_of,
    show_form,
    update_in_place,
)
from bot.texts import text
from cogs import custom_ids
from cogs.cart.actions import CartActions
from cogs.catalog.autocomplete import LONGEST_QUANTITY
from cogs.checkout.actions import buyer_of, origin_of
from cogs.checkout.coupons import LONGEST_COUPON


class CartCommand(commands.Cog):
    def __init__(self, actions: CartActions) -> None:
        self._actions = actions

    @app_commands.command()
    async def cart(self, interaction: discord.Interaction[ShopBot]) -> None:
        """Your cart: check out several products with one payment link."""
        async with private_answer(interaction) as answer:
            await self._actions.show(answer, interaction.user.id, interaction.guild_id or 0)

    @answers_form(custom_ids.CART_FORM)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with update_in_place(interaction) as answer:
            whose = interaction.user.id, interaction.guild_id or 0
            typed = typed_into(interaction)
            if match["coupon"]:
                await self._actions.use_coupon(answer, *whose, typed)
            else:
                await self._actions.change(answer, *whose, match["mark"], typed)


class CartItem(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.CART):
    """Takes something out."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions, whose = _actions(interaction), (interaction.user.id, interaction.guild_id or 0)
            if self.match["mark"] is None:
                await actions.empty(answer, *whose)
            else:
                await actions.remove(answer, *whose, self.match["mark"])


class CartForm(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.CART_FORM):
    """Opens a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            await show_form(interaction, _form_of(self.match))


class CartBuy(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.CART_BUY):
    """Checks out what the cart showed when it was clicked, and nothing else."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _actions(interaction).buy(
                answer,
                buyer_of(interaction),
                origin_of(interaction),
                mark=self.match["mark"],
                amount=self.number("amount"),
            )


ITEMS = (CartItem, CartForm, CartBuy)


def _form_of(match: re.Match[str]) -> QuestionForm:
    if match["coupon"]:
        field = ui.TextInput[Any](required=False, max_length=LONGEST_COUPON)
        return QuestionForm(match.string, text("Coupon"), text("Your code (leave empty for none)"), field)
    field = ui.TextInput[Any](default=match["quantity"], max_length=LONGEST_QUANTITY)
    return QuestionForm(match.string, text("Quantity"), text("How many? (0 removes it)"), field)


def _actions(interaction: Interaction) -> CartActions:
    return service_of(interaction, CartActions)
