"""The parts of a storefront page: buttons and menus that turn it, buttons that open a form, and Buy."""

from typing import Any

from discord import ui

from bot.discord_io import custom_ids
from bot.discord_io.answers import Interaction, at_once, private_answer, update_in_place
from bot.discord_io.client import ShopBot
from bot.discord_io.lasting_items import Lasting
from bot.outbox.waiting import Asked
from cogs.links import buyer_of, place_of
from cogs.storefront import StorefrontDesk
from cogs.storefront_forms import form_of
from cogs.storefront_pages import closed

AnyItem = ui.Button[Any] | ui.Select[Any]


class ShopStep(Lasting, ui.DynamicItem[AnyItem], template=custom_ids.SHOP):
    """Turns the page."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            desk = _desk(interaction)
            visit = desk.visit(self.said["key"], interaction.user.id)
            await desk.step(answer, visit, self.said["action"], _chosen(interaction))


class ShopForm(Lasting, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SHOP_FORM):
    """Opens a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            visit = _desk(interaction).visit(self.said["key"], interaction.user.id)
            if visit is None:
                await interaction.response.edit_message(view=closed())
            else:
                await interaction.response.send_modal(form_of(visit, self.said["action"]))


class ShopBuy(Lasting, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SHOP_BUY):
    """Buys what the page showed when it was clicked, and nothing else."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK) as answer:
            desk = _desk(interaction)
            visit = desk.visit(self.said["key"], interaction.user.id)
            buyer, place = buyer_of(interaction), place_of(interaction)
            await desk.buy(answer, visit, buyer, place, mark=self.said["mark"], amount=self.number("amount"))


def _desk(interaction: Interaction) -> StorefrontDesk:
    bot: ShopBot = interaction.client
    return bot.service(StorefrontDesk)


def _chosen(interaction: Interaction) -> str:
    """What was chosen in a menu; empty for a button."""
    data: Any = interaction.data or {}
    return next(iter(data.get("values", ())), "")
