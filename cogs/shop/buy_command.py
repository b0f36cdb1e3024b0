"""What members buy with."""

import asyncio
import re
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.catalog.catalog import Catalog
from bot.catalog.models import ProductSummary
from bot.checkout.models import Basket
from bot.checkout.pricing import Pricing
from bot.discord.client import ShopBot
from bot.discord.components import Persistent
from bot.discord.interactions import Answer, Interaction, choices, language_of, private_answer
from bot.errors import NotHere, Refusal
from bot.jobs.waiting import Asked
from bot.markdown import cut
from bot.money import Money
from bot.texts import Language, Text, as_text, text
from cogs import custom_ids
from cogs.catalog.autocomplete import LONGEST_CHOICE, MOST_CHOICES, meant_product
from cogs.catalog.product_text import OUT_OF_STOCK, ProductText
from cogs.checkout.actions import CheckoutActions, buyer_of, origin_of

LONGEST_COUPON: Final = 64
"""Characters; source: Pandabase's checkout OpenAPI file."""
_PATIENCE: Final = 2.0
"""Seconds that the variants' autocomplete waits for a product that isn't in memory; Discord allows 3."""

Quantity = app_commands.Range[int, 1, 999]
Coupon = app_commands.Range[str, 1, LONGEST_COUPON]
Choice = app_commands.Choice[str]


class BuyCommand(commands.Cog):
    def __init__(
        self, catalog: Catalog, pricing: Pricing, actions: CheckoutActions, product_text: ProductText
    ) -> None:
        self._catalog = catalog
        self._pricing = pricing
        self._actions = actions
        self._product_text = product_text

    @app_commands.command()
    @app_commands.describe(
        product="What to buy: choose from the list, or type its name",
        variant="Which one, if it comes in several",
        quantity="How many",
        coupon="A coupon code, if you have one",
        gift_to="Who gets it, if not you: you pay, and they don't see the price",
    )
    async def buy(
        self,
        interaction: discord.Interaction[ShopBot],
        *,
        product: str,
        variant: str | None = None,
        quantity: Quantity = 1,
        coupon: Coupon | None = None,
        gift_to: discord.User | None = None,
    ) -> None:
        """Buy a product: the payment link comes to you by direct message."""
        async with private_answer(
            interaction, Asked.LINK, retry=_retry(product, variant, quantity, coupon, gift_to)
        ) as answer:
            chosen = await meant_product(self._catalog, product)
            line = await self._pricing.line(chosen.id, variant, quantity)
            basket = Basket((line,), (coupon or "").strip() or None, gift_of(interaction, gift_to))
            await self._actions.buy(answer, buyer_of(interaction), origin_of(interaction), basket)

    async def buy_again(self, answer: Answer, interaction: Interaction, said: re.Match[str]) -> None:
        """The same by a button: what was chosen when the process was killed over it."""
        line = await self._pricing.line(said["product"], said["variant"], int(said["quantity"]))
        await self._actions.buy(answer, buyer_of(interaction), origin_of(interaction), Basket((line,)))

    @buy.autocomplete("product")
    @choices
    async def _suggest_products(self, interaction: Interaction, current: str) -> list[Choice]:
        found = await self._catalog.search(current, MOST_CHOICES)
        return [_choice(self._label(product, language_of(interaction)), product.id) for product in found]

    @buy.autocomplete("variant")
    @choices
    async def _suggest_variants(self, interaction: Interaction, current: str) -> list[Choice]:
        typed = str(interaction.namespace.product or "")
        async with asyncio.timeout(_PATIENCE):
            match = await self._catalog.match(typed)
            if match.product is None:
                return []
            # Nearly always in memory: the one who looks at variants has looked at the product before.
            product = await self._catalog.details(match.product.id)
        wanted = current.casefold()
        return [
            _choice(
                _named(
                    variant.title,
                    as_text(Money(variant.price, product.currency)) if variant.in_stock else OUT_OF_STOCK,
                    language_of(interaction),
                ),
                variant.id,
            )
            for variant in product.variants
            if wanted in variant.title.casefold()
        ][:MOST_CHOICES]

    def _label(self, product: ProductSummary, language: Language) -> str:
        price = self._product_text.plain_price(product) if product.in_stock else OUT_OF_STOCK
        return _named(product.title, price, language)


class BuyAgain(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.BUY_AGAIN):
    """Buys what /buy was used for, when nothing came of that."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.said.string) as answer:
            bot: ShopBot = interaction.client
            await bot.service(BuyCommand).buy_again(answer, interaction, self.said)


def _retry(product: str, variant: str | None, quantity: int, *others: object) -> str | None:
    """What a button that asks the same carries; it has no room for a coupon or for whose gift it is."""
    return None if any(others) else custom_ids.buy_again(product, variant, quantity)


def gift_of(interaction: Interaction, recipient: discord.User | discord.Member | None) -> int | None:
    """Whose gift it is; None for what somebody buys for themselves. Raises Refusal and NotHere."""
    if recipient is None or recipient.id == interaction.user.id:
        return None
    if recipient.bot:
        raise Refusal("no_gift", text("A bot can't be given anything: choose a person."))
    if not isinstance(recipient, discord.Member):
        raise NotHere(gift=True)
    return recipient.id


def _named(title: str, about: Text, language: Language) -> str:
    remark = about.render(language, plain=True)
    return f"{cut(title, LONGEST_CHOICE - len(remark) - 3)} · {remark}"


def _choice(name: str, value: str) -> Choice:
    return app_commands.Choice(name=name, value=value[:LONGEST_CHOICE])
