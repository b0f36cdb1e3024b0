"""`/buy`, and buying by what a message shows: a panel, a product alert."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.catalog.availability import Line
from bot.catalog.catalog import Catalog
from bot.catalog.models import Product, ProductSummary
from bot.catalog.refusals import CantBeBought, FreeProduct, OutOfStock, VariantNeeded
from bot.catalog.search import fold
from bot.checkout.models import Basket, Origin
from bot.checkout.pricing import Pricing
from bot.checkout.refusals import gift_to_bot
from bot.discord.cards import Picture, State, card
from bot.discord.client import ShopBot
from bot.discord.components import Card, Persistent, page_led_to
from bot.discord.interactions import (
    Answer,
    Interaction,
    choices,
    language_of,
    private_answer,
    service_of,
    update_in_place,
)
from bot.discord.localized import LONGEST_OPTION
from bot.errors import NotHere
from bot.jobs.waiting import Asked
from bot.markdown import cut
from bot.money import Money
from bot.texts import Language, Text, as_text, text
from cogs import custom_ids
from cogs.catalog.autocomplete import LONGEST_CHOICE, MOST_CHOICES, Choice, Quantity, choice, meant_product
from cogs.catalog.product_text import OUT_OF_STOCK, pictures_of, shown
from cogs.checkout.actions import CheckoutActions, buyer_of, origin_of
from cogs.checkout.coupons import LONGEST_COUPON
from cogs.giving.commands import GivingActions
from cogs.shop.product_view import ProductView, variant_menu

_LOOKED_THROUGH: Final = 3 * MOST_CHOICES
"""Products that the autocomplete chooses from: some of those found can't be bought here."""
_PATIENCE: Final = 2.0
"""Seconds that the variants' autocomplete waits for a product that isn't in memory; Discord allows 3."""

Coupon = app_commands.Range[str, 1, LONGEST_COUPON]


class BuyCommand(commands.Cog):
    def __init__(
        self,
        catalog: Catalog,
        pricing: Pricing,
        actions: CheckoutActions,
        of_products: ProductView,
        giving: GivingActions,
    ) -> None:
        self._giving = giving
        self._catalog = catalog
        self._pricing = pricing
        self._actions = actions
        self._of_products = of_products
        self._product_text = of_products.product_text

    @app_commands.command()
    @app_commands.describe(
        product="Choose from the list, or type its name",
        variant="Which one, if there are several",
        quantity="How many",
        coupon="Your coupon code",
        gift_to="Who it's for, if it's a gift: they won't see the price",
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
        """Buy a product: you get a payment link that only you can see."""
        async with private_answer(
            interaction, Asked.LINK, retry=_retry(product, variant, quantity, coupon, gift_to)
        ) as answer:
            chosen = await meant_product(self._catalog, product)
            code, gift = (coupon or "").strip() or None, gift_of(interaction, gift_to)
            try:
                line = await self._line(answer, interaction, chosen.id, variant, quantity, gift=gift)
            except CantBeBought as refusal:
                menu = custom_ids.variant(chosen.id, quantity, gift, code)
                details = await self._catalog.details(chosen.id)
                if menu is None or not details.variants or not _is_about_the_variant(refusal):
                    raise
                await answer.show(_which(details, menu, 0))
                return
            if line is None:
                return
            basket = Basket((line,), code, gift)
            await self._actions.buy(answer, buyer_of(interaction), origin_of(interaction), basket)

    async def pick(self, answer: Answer, interaction: Interaction, match: re.Match[str], value: str) -> None:
        """Buy the variant that was chosen from the menu, or show more of them."""
        page = page_led_to(value)
        if page is not None:
            await answer.show(_which(await self._catalog.details(match["product"]), match.string, page))
            return
        gift = None if match["gift"] is None else int(match["gift"])
        line = await self._line(
            answer, interaction, match["product"], value, int(match["quantity"]), gift=gift
        )
        if line is None:
            return
        basket = Basket((line,), match["coupon"], gift)
        await self._actions.buy(answer, buyer_of(interaction), origin_of(interaction), basket)

    async def buy_shown(
        self,
        answer: Answer,
        interaction: Interaction,
        origin: Origin,
        what: "ShownProduct",
    ) -> None:
        """Buy one of what a message shows. Raises as `line` of Pricing does where nothing can be chosen."""
        try:
            line = await self._line(answer, interaction, what.product_id, what.variant_id, 1)
        except VariantNeeded:
            if what.menu is None:
                raise
            await answer.show(_which(await self._catalog.details(what.product_id), what.menu, 0))
            return
        if line is None:
            return
        if what.amount is not None and line.amount != what.amount:
            again = what.again(line.amount)
            await answer.show(self._of_products.price_changed(line, what.amount, buy=again))
            return
        await self._actions.buy(answer, buyer_of(interaction), origin, Basket((line,)))

    async def turn_variants(self, answer: Answer, what: "ShownProduct", page: int) -> None:
        """Another page of the menu that `buy_shown` asks with."""
        await answer.show(_which(await self._catalog.details(what.product_id), what.menu or "", page))

    async def buy_again(self, answer: Answer, interaction: Interaction, match: re.Match[str]) -> None:
        """The same by a button: what was chosen when the process was killed over it."""
        quantity = int(match["quantity"])
        line = await self._line(answer, interaction, match["product"], match["variant"], quantity)
        if line is not None:
            await self._actions.buy(answer, buyer_of(interaction), origin_of(interaction), Basket((line,)))

    async def _line(
        self,
        answer: Answer,
        interaction: Interaction,
        product_id: str,
        variant: str | None,
        quantity: int,
        *,
        gift: int | None = None,
    ) -> Line | None:
        """What is to be paid for; None where it is free, and was handed out.

        Raises as `Pricing.line` and `GivingActions.take` do.
        """
        try:
            return await self._pricing.line(product_id, variant, quantity)
        except FreeProduct:
            self._giving.require_own(gift)
            buyer, origin = buyer_of(interaction), origin_of(interaction)
            await self._giving.take(answer, buyer, origin, product_id, variant)
            return None

    @buy.autocomplete("product")
    @choices
    async def _suggest_products(self, interaction: Interaction, current: str) -> list[Choice]:
        found = await self._catalog.search(current, _LOOKED_THROUGH)
        sold, gone = [], []
        for summary in found:
            product = self._catalog.known(summary.id) or summary
            if self._giving.access.is_kept_from(interaction.guild_id or 0, product.id, roles_of(interaction)):
                continue
            refusal = self._product_text.refusal(product, self._pricing.now)
            if refusal is None or isinstance(refusal, FreeProduct):
                sold.append(product)
            elif isinstance(refusal, OutOfStock):
                gone.append(product)
        offered = [*sold, *gone][:MOST_CHOICES]
        return [choice(self._label(product, language_of(interaction)), product.id) for product in offered]

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
        return [
            choice(
                _named(
                    variant.title,
                    as_text(Money(variant.price, product.currency)) if variant.in_stock else OUT_OF_STOCK,
                    language_of(interaction),
                ),
                variant.id,
            )
            for variant in product.variants
            if fold(current) in fold(variant.title)
        ][:MOST_CHOICES]

    def _label(self, product: ProductSummary, language: Language) -> str:
        price = self._product_text.plain_price(product) if product.in_stock else OUT_OF_STOCK
        return _named(product.title, price, language)


@dataclass(frozen=True, slots=True)
class ShownProduct:
    """What a message shows that stays: a product, or a variant of it, for `amount` (cents) if for one price.

    `again` makes the custom_id of a button that buys it at another price, `menu` is that of a menu that asks
    which variant; without one nobody is asked.
    """

    product_id: str
    amount: int | None
    again: Callable[[int | None], str]
    menu: str | None
    variant_id: str | None = None


class PickVariant(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.VARIANT):
    """Buys the variant that was chosen."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            buying = service_of(interaction, BuyCommand)
            await buying.pick(answer, interaction, self.match, self.item.values[0])


class BuyAgain(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.BUY_AGAIN):
    """Buys what /buy was used for, when nothing came of that."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.match.string) as answer:
            await service_of(interaction, BuyCommand).buy_again(answer, interaction, self.match)


def _retry(product: str, variant: str | None, quantity: int, *others: object) -> str | None:
    """What a button that asks the same carries; it has no room for a coupon or for whose gift it is."""
    return None if any(others) else custom_ids.buy_again(product, variant, quantity)


def gift_of(interaction: Interaction, recipient: discord.User | discord.Member | None) -> int | None:
    """Whose gift it is; None for what somebody buys for themselves. Raises gift_to_bot and NotHere."""
    if recipient is None or recipient.id == interaction.user.id:
        return None
    if recipient.bot:
        raise gift_to_bot()
    if not isinstance(recipient, discord.Member):
        raise NotHere(gift=True)
    return recipient.id


def roles_of(interaction: Interaction) -> frozenset[int]:
    """The roles of who asks."""
    member = interaction.user
    return frozenset(role.id for role in member.roles) if isinstance(member, discord.Member) else frozenset()


def _is_about_the_variant(refusal: CantBeBought) -> bool:
    return isinstance(refusal, VariantNeeded) or refusal.code == "variant_unknown"


def _which(product: Product, custom_id: str, page: int) -> Card:
    """Asks which variant it is to be."""
    pictures = pictures_of(product)
    return card(
        State.NEUTRAL,
        text("Which one would you like?"),
        text("**{product}**", product=shown(product.title, LONGEST_OPTION)),
        picture=Picture(pictures[0], product.title) if pictures else None,
        menus=(variant_menu(custom_id, product, product.variants, page=page),),
    )


def _named(title: str, about: Text, language: Language) -> str:
    remark = about.render(language, plain=True)
    return f"{cut(title, LONGEST_CHOICE - len(remark) - 3)} · {remark}"
