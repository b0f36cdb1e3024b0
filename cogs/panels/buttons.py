"""The buttons and menus of panels: whatever they lead to is for the one who pressed alone."""

from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.components import Persistent
from bot.discord.interactions import Answer, Interaction, private_answer, service_of
from bot.errors import Refusal
from bot.jobs.waiting import Asked
from bot.panels.models import PanelKind
from bot.panels.service import Panels
from cogs import custom_ids
from cogs.checkout.actions import origin_of
from cogs.shop.buy_command import BuyCommand, ShownProduct
from cogs.shop.storefront import StorefrontActions


class PanelActions:
    """What members do with panels."""

    def __init__(self, panels: Panels, storefront: StorefrontActions, buying: BuyCommand) -> None:
        self.panels = panels
        self._storefront = storefront
        self._buying = buying

    async def browse(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        """The shop, where the panel stands for it. Raises panel_gone."""
        panel = await self.panels.find(reference)
        await self._storefront.open(answer, interaction.user.id, category=panel.subject.category_id)

    async def details(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        """The page of the panel's product. Raises panel_gone."""
        panel = await self.panels.find(reference)
        await self._storefront.open(answer, interaction.user.id, product=panel.subject.product_id)

    async def choose(self, answer: Answer, interaction: Interaction, product_id: str) -> None:
        await self._storefront.open(answer, interaction.user.id, product=product_id)

    async def buy(
        self, answer: Answer, interaction: Interaction, reference: str, *, seen: int | None
    ) -> None:
        """Buy the panel's product for `seen` (cents). Raises panel_gone, and why it can't be bought."""
        panel = await self.panels.find(reference)
        if panel.subject.kind is not PanelKind.PRODUCT or panel.subject.product_id is None:
            await self.browse(answer, interaction, reference)
            return
        product_id = panel.subject.product_id
        shown = ShownProduct(
            product_id,
            seen,
            again=lambda amount: custom_ids.panel_buy(reference, amount),
            menu=custom_ids.variant(product_id, 1, None, None),
        )
        try:
            await self._buying.buy_shown(answer, interaction, origin_of(interaction), shown)
        except Refusal:
            await self.panels.show_again(panel)  # it shows that it can be bought
            raise


class PanelOpen(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.PANEL_OPEN):
    """Opens the shop privately."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.match.string) as answer:
            actions = _actions(interaction)
            opens = actions.browse if self.match["what"] == "browse" else actions.details
            await opens(answer, interaction, self.match["panel"])


class PanelChoice(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.PANEL_CHOICE):
    """Opens the page of the product that was chosen."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            await _actions(interaction).choose(answer, interaction, self.item.values[0])


class PanelBuy(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.PANEL_BUY):
    """Buys the panel's product."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.match.string) as answer:
            await _actions(interaction).buy(
                answer, interaction, self.match["panel"], seen=self.number("amount")
            )


class PanelListener(commands.Cog):
    """Sees channels go, with the panels in them."""

    def __init__(self, bot: ShopBot, panels: Panels) -> None:
        self._bot = bot
        self._panels = panels

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        if self._bot.serves(channel.guild.id):
            await self._panels.retire_channel(channel.id)


def _actions(interaction: Interaction) -> PanelActions:
    return service_of(interaction, PanelActions)
