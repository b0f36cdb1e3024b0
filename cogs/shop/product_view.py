"""A product's page, as a card."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.catalog.availability import Line
from bot.catalog.models import PricingModel, Product, ProductType, Variant
from bot.catalog.search import fold
from bot.discord.components import LONGEST_OPTION, MOST_OPTIONS, Card, button, leading_on, menu_page, notice
from bot.errors import Refusal, VariantNeeded
from bot.markdown import cut, escape
from bot.texts import text
from cogs import custom_ids
from cogs.catalog.product_text import ProductText, every, pictures_of, plain, shown, stock_of_variant
from cogs.checkout.view import escape_code
from cogs.shop.sessions import Choice, StorefrontSession

MOST_PICTURES: Final = 4
LONGEST_DESCRIPTION: Final = 1200
_LONGEST_NAME: Final = 200
_MARK_LENGTH: Final = 8
"""Hexadecimal digits: enough to tell a few states of one page apart."""
_BY_E_MAIL: Final = "-# The store e-mails the file to the address that you pay with."
_TO_CHOOSE: Final = "yours to choose"


def mark_of(line: Line, coupon: str | None) -> str:
    """Tells what is bought from anything else, except by its price."""
    terms = (line.billing_interval, line.trial_days)
    bought = [line.product_id, line.variant_id, line.quantity, coupon, *terms]
    return hashlib.sha256(json.dumps(bought).encode()).hexdigest()[:_MARK_LENGTH]


@dataclass(frozen=True, slots=True)
class ProductView:
    """`mark` is written before a title; `now` (UTC) and `known_at` are what a page was made with."""

    product_text: ProductText
    mark: str

    def page(
        self,
        session: StorefrontSession,
        choice: Choice,
        product: Product,
        offered: Line | Refusal,
        *,
        now: datetime,
        pictures: bool,
    ) -> list[ui.Item[Any]]:
        """What the page consists of; `offered` is what Buy would buy, or why it can't."""
        variant = _variant_of(product, choice)
        items: list[ui.Item[Any]] = []
        addresses = pictures_of(product, variant)[:MOST_PICTURES] if pictures else []
        if addresses:
            items.append(ui.MediaGallery(*map(discord.MediaGalleryItem, addresses)))
        items.append(ui.TextDisplay(self._head(product, variant)))
        description = (product.description or "").strip()
        if description:
            items.append(ui.Separator(visible=False))
            items.append(ui.TextDisplay(cut(escape(description), LONGEST_DESCRIPTION)))
        items.append(ui.Separator())
        if len(product.variants) > 1:
            items.append(ui.ActionRow(self._variant_menu(session, choice, product)))
        items.append(ui.TextDisplay(self._offer(choice, product, variant, offered)))
        items.append(ui.ActionRow(*self._buttons(session, choice, product, offered, now)))
        return items

    def price_changed(self, line: Line, seen: int | None) -> Card:
        """The price that was `seen` (cents, None where the payer picks it) is no longer what it costs."""
        old, new = (self._price(amount, line.currency) for amount in (seen, line.amount))
        return notice(
            f"### {self.mark}The price has changed\nIt was ~~{old}~~ and is now **{new}**.",
            "You have not been charged. The page shows the new price: press Buy there again if you want to.",
        )

    def offer_changed(self) -> Card:
        return notice(
            f"### {self.mark}The page has changed\nIt is no longer what it was when you pressed Buy.",
            "You have not been charged. Please look at the page and press Buy there again if you want to.",
        )

    # --- parts ----------------------------------------------------------------------------------------

    def _head(self, product: Product, variant: Variant | None) -> str:
        lines = [f"## {self.mark}{shown(product.title, _LONGEST_NAME)}"]
        if product.subtitle and product.subtitle.strip():
            lines.append(shown(product.subtitle, _LONGEST_NAME))
        lines.append(self.product_text.price(product, variant))
        most = f"{product.max_per_customer} per customer" if product.max_per_customer else ""
        remarks = (self.product_text.kind(product), stock_of_variant(variant) if variant else "", most)
        if any(remarks):
            lines.append(f"-# {' · '.join(filter(None, remarks))}")
        return "\n".join(lines)

    def _variant_menu(self, session: StorefrontSession, choice: Choice, product: Product) -> ui.Select[Any]:
        found = fitting(product, choice) or product.variants
        options = [
            discord.SelectOption(
                label=plain(variant.title, LONGEST_OPTION),
                value=variant.id[:LONGEST_OPTION],
                description=self._variant_remark(product, variant),
                default=variant.id == choice.variant_id,
            )
            for variant in menu_page(found, choice.variant_page)
        ]
        options.extend(leading_on(len(found), choice.variant_page, text("More variants…")))
        return ui.Select(
            custom_id=custom_ids.shop(session.key, "variant"), placeholder="Choose a variant", options=options
        )

    def _variant_remark(self, product: Product, variant: Variant) -> str:
        price = self._price(self._unit_price(product, variant), product.currency)
        return " · ".join(filter(None, (price, stock_of_variant(variant))))

    def _offer(
        self, choice: Choice, product: Product, variant: Variant | None, offered: Line | Refusal
    ) -> str:
        lines = []
        if choice.variant_search and not fitting(product, choice):
            lines.append(f"No variant fits “{shown(choice.variant_search, LONGEST_OPTION)}”; here are all.")
        if variant is not None and len(product.variants) > 1:
            lines.append(f"Variant: **{shown(variant.title, LONGEST_OPTION)}**")
        if isinstance(offered, Line) and offered.quantity > 1:
            price = "" if offered.amount is None else self._price(offered.amount, offered.currency)
            lines.append(f"Quantity: **{offered.quantity}**{price and f', together {price}'}")
        if choice.coupon:
            lines.append(f"Coupon: `{escape_code(choice.coupon)}`, checked when you press Buy")
        if product.product_type is ProductType.DIGITAL_DOWNLOAD and isinstance(offered, Line):
            lines.append(_BY_E_MAIL)
        lines.append(_outlook(offered))
        return "\n".join(lines)

    def _buttons(
        self,
        session: StorefrontSession,
        choice: Choice,
        product: Product,
        offered: Line | Refusal,
        now: datetime,
    ) -> list[ui.Button[Any]]:
        grey = discord.ButtonStyle.secondary
        buttons = [self._buy(session, choice, offered)]
        if self.product_text.refusal(product, now) is None:
            coupon = "Change coupon" if choice.coupon else "Coupon"
            buttons.append(button("Quantity", custom_ids.shop_form(session.key, "quantity"), grey))
            buttons.append(button(coupon, custom_ids.shop_form(session.key, "coupon"), grey))
        if len(product.variants) > MOST_OPTIONS:
            buttons.append(button("Find a variant", custom_ids.shop_form(session.key, "variants"), grey))
        buttons.append(button("Back", custom_ids.shop(session.key, "back"), grey))
        return buttons

    def _buy(self, session: StorefrontSession, choice: Choice, offered: Line | Refusal) -> ui.Button[Any]:
        green = discord.ButtonStyle.success
        if isinstance(offered, Refusal):
            buy = button("Buy", custom_ids.shop(session.key, "show"), green)
            buy.disabled = True
            return buy
        custom_id = custom_ids.shop_buy(session.key, mark_of(offered, choice.coupon), offered.amount)
        if offered.amount is None:
            return button("Buy", custom_id, green)
        price = self._price(offered.amount, offered.currency)
        if offered.billing_interval is None:
            return button(f"Buy for {price}", custom_id, green)
        return button(f"Subscribe for {price}{every(offered.billing_interval)}", custom_id, green)

    @staticmethod
    def _unit_price(product: Product, variant: Variant) -> int | None:
        return None if product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT else variant.price

    def _price(self, amount: int | None, currency: str) -> str:
        return _TO_CHOOSE if amount is None else self.product_text.money(amount, currency)


def _variant_of(product: Product, choice: Choice) -> Variant | None:
    """The variant that is shown: the chosen one, or the only one."""
    if len(product.variants) == 1:
        return product.variants[0]
    return next((each for each in product.variants if each.id == choice.variant_id), None)


def fitting(product: Product, choice: Choice) -> Sequence[Variant]:
    """The variants that were searched for; all if there was no search."""
    wanted = fold(choice.variant_search)
    return [variant for variant in product.variants if wanted in fold(variant.title)]


def _outlook(offered: Line | Refusal) -> str:
    """What comes next, or why nothing does."""
    if isinstance(offered, VariantNeeded):
        return "Choose a variant above."
    if isinstance(offered, Refusal):
        return offered.sentence
    how = "-# The payment link comes to you by direct message."
    return f"{how} You choose the price on its page." if offered.amount is None else how
