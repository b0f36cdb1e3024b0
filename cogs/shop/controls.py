"""The parts of a storefront page: buttons and menus that turn it, buttons that open a form, and Buy."""

from typing import Any

from discord import ui

from bot.discord.components import Persistent
from bot.discord.interactions import (
    Interaction,
    at_once,
    language_of,
    private_answer,
    service_of,
    show_form,
    update_in_place,
)
from bot.discord.localized import localized
from bot.jobs.waiting import Asked
from cogs import custom_ids
from cogs.checkout.actions import buyer_of, origin_of
from cogs.shop.forms import form_of
from cogs.shop.listing_view import closed
from cogs.shop.storefront import StorefrontActions

AnyItem = ui.Button[Any] | ui.Select[Any]


class ShopStep(Persistent, ui.DynamicItem[AnyItem], template=custom_ids.SHOP):
    """Turns the page."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = _actions(interaction)
            session = actions.session(self.match["key"], interaction.user.id)
            await actions.step(answer, session, self.match["action"], _chosen(interaction))


class ShopForm(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SHOP_FORM):
    """Opens a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            session = _actions(interaction).session(self.match["key"], interaction.user.id)
            if session is None:
                view = localized(closed(), language_of(interaction))
                await interaction.response.edit_message(view=view)
            else:
                await show_form(interaction, form_of(session, self.match["action"]))


class ShopBuy(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SHOP_BUY):
    """Buys what the page showed when it was clicked, and nothing else."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK) as answer:
            actions = _actions(interaction)
            session = actions.session(self.match["key"], interaction.user.id)
            buyer, origin = buyer_of(interaction), origin_of(interaction)
            await actions.buy(
                answer, session, buyer, origin, mark=self.match["mark"], amount=self.number("amount")
            )


class ShopAdd(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SHOP_ADD):
    """Puts what the page showed when it was clicked into the cart."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            actions = _actions(interaction)
            session = actions.session(self.match["key"], interaction.user.id)
            guild_id = interaction.guild_id or 0
            await actions.add(answer, session, interaction.user.id, guild_id, mark=self.match["mark"])


ITEMS = (ShopStep, ShopForm, ShopBuy, ShopAdd)


def _actions(interaction: Interaction) -> StorefrontActions:
    return service_of(interaction, StorefrontActions)


def _chosen(interaction: Interaction) -> str:
    """What was chosen in a menu; empty for a button."""
    data: Any = interaction.data or {}
    return next(iter(data.get("values", ())), "")
