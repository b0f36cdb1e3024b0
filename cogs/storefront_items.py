"""The parts of a storefront page: buttons and menus that turn it, buttons that open a form, and Buy."""

import re
from typing import Any, Self

from discord import ui

from bot.discord_io import custom_ids
from bot.discord_io.answers import Interaction, at_once, private_answer, update_in_place
from bot.discord_io.client import ShopBot
from cogs.links import buyer_of, place_of
from cogs.storefront import StorefrontDesk
from cogs.storefront_forms import form_of
from cogs.storefront_pages import closed

AnyItem = ui.Button[Any] | ui.Select[Any]


class ShopStep(ui.DynamicItem[AnyItem], template=custom_ids.SHOP):
    """Turns the page."""

    def __init__(self, item: AnyItem, key: str, action: str) -> None:
        super().__init__(item)
        self.key = key
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, match["key"], match["action"])  # type: ignore[arg-type]  # only these have custom_ids

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            desk = _desk(interaction)
            visit = desk.visit(self.key, interaction.user.id)
            await desk.step(answer, visit, self.action, _chosen(interaction))


class ShopForm(ui.DynamicItem[ui.Button[Any]], template=custom_ids.SHOP_FORM):
    """Opens a form."""

    def __init__(self, item: ui.Button[Any], key: str, action: str) -> None:
        super().__init__(item)
        self.key = key
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, match["key"], match["action"])  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            visit = _desk(interaction).visit(self.key, interaction.user.id)
            if visit is None:
                await interaction.response.edit_message(view=closed())
            else:
                await interaction.response.send_modal(form_of(visit, self.action))


class ShopBuy(ui.DynamicItem[ui.Button[Any]], template=custom_ids.SHOP_BUY):
    """Buys what the page showed when it was clicked, and nothing else."""

    def __init__(self, item: ui.Button[Any], key: str, mark: str, amount: int | None) -> None:
        super().__init__(item)
        self.key = key
        self.mark = mark
        self.amount = amount

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        amount = int(match["amount"]) if match["amount"] else None
        return cls(item, match["key"], match["mark"], amount)  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            desk = _desk(interaction)
            visit = desk.visit(self.key, interaction.user.id)
            buyer, place = buyer_of(interaction), place_of(interaction)
            await desk.buy(answer, visit, buyer, place, mark=self.mark, amount=self.amount)


def _desk(interaction: Interaction) -> StorefrontDesk:
    bot: ShopBot = interaction.client
    return bot.service(StorefrontDesk)


def _chosen(interaction: Interaction) -> str:
    """What was chosen in a menu; empty for a button."""
    data: Any = interaction.data or {}
    return next(iter(data.get("values", ())), "")
