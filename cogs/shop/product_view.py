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
from bot.discord.spoken import Menu, Option, Paragraph
from bot.errors import Refusal, VariantNeeded
from bot.money import Money
from bot.texts import Text, as_text, code, joined, limited, lines, text
from cogs import custom_ids
from cogs.catalog.product_text import (
    ProductText,
    one_line,
    per_interval,
    pictures_of,
    shown,
    stock_of_variant,
)
from cogs.shop.sessions import Choice, StorefrontSession

MOST_PICTURES: Final = 4
LONGEST_DESCRIPTION: Final = 1200
_LONGEST_NAME: Final = 200
_MARK_LENGTH: Final = 8
"""Hexadecimal digits: enough to tell a few states of one page apart."""
_BY_E_MAIL: Final = text("-# The store e-mails the file to the address that you pay with.")
_TO_CHOOSE: Final = text("yours to choose")


def mark_of(line: Line, coupon: str | None) -> str:
    """Tells what is bought from anything else, except by its price."""
    terms = (line.billing_interval, line.trial_days)
    bought = [line.product_id, line.variant_id, line.quantity, coupon, *terms]
    return hashlib.sha256(json.dumps(bought).encode()).hexdigest()[:_MARK_LENGTH]


@dataclass(frozen=True, slots=True)
class ProductView:
    """`mark` is written before a title; `now` (UTC) and `known_at` are what a page was made with."""

    product_text: ProductText
    mark: Text

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
        items.append(Paragraph(self._head(product, variant)))
        description = (product.description or "").strip()
        if description:
            items.append(ui.Separator(visible=False))
            items.append(Paragraph(limited(as_text(description), LONGEST_DESCRIPTION)))
        items.append(ui.Separator())
        if len(product.variants) > 1:
            items.append(ui.ActionRow(self._variant_menu(session, choice, product)))
        items.append(Paragraph(self._offer(choice, product, variant, offered)))
        items.append(ui.ActionRow(*self._buttons(session, choice, product, offered, now)))
        return items

    def price_changed(self, line: Line, seen: int | None) -> Card:
        """The price that was `seen` (cents, None where the payer picks it) is no longer what it costs."""
        old, new = (_price(amount, line.currency) for amount in (seen, line.amount))
        return notice(
            lines(
                text("### {mark}The price has changed", mark=self.mark),
                text("It was ~~{old}~~ and is now **{new}**.", old=old, new=new),
            ),
            text(
                "You have not been charged. The page shows the new price: "
                "press Buy there again if you want to."
            ),
        )

    def offer_changed(self) -> Card:
        return notice(
            lines(
                text("### {mark}The page has changed", mark=self.mark),
                text("It is no longer what it was when you pressed Buy."),
            ),
            text(
                "You have not been charged. Please look at the page and press Buy there again if you want to."
            ),
        )

    # --- parts ----------------------------------------------------------------------------------------

    def _head(self, product: Product, variant: Variant | None) -> Text:
        subtitle = most = None
        if product.subtitle and product.subtitle.strip():
            subtitle = shown(product.subtitle, _LONGEST_NAME)
        if product.max_per_customer:
            most = text("{quantity} per customer", quantity=product.max_per_customer)
        stock = stock_of_variant(variant) if variant else None
        remarks = joined(" · ", (self.product_text.kind(product), stock, most))
        return lines(
            text("## {mark}{title}", mark=self.mark, title=shown(product.title, _LONGEST_NAME)),
            subtitle,
            self.product_text.price(product, variant),
            text("-# {remarks}", remarks=remarks) if remarks else None,
        )

    def _variant_menu(self, session: StorefrontSession, choice: Choice, product: Product) -> ui.Select[Any]:
        found = fitting(product, choice) or product.variants
        options: list[discord.SelectOption] = [
            Option(
                one_line(variant.title, LONGEST_OPTION),
                variant.id[:LONGEST_OPTION],
                self._variant_remark(product, variant),
                default=variant.id == choice.variant_id,
            )
            for variant in menu_page(found, choice.variant_page)
        ]
        options.extend(leading_on(len(found), choice.variant_page, text("More variants…")))
        return Menu(
            text("Choose a variant"), custom_id=custom_ids.shop(session.key, "variant"), options=options
        )

    def _variant_remark(self, product: Product, variant: Variant) -> Text:
        price = _price(self._unit_price(product, variant), product.currency)
        return joined(" · ", (price, stock_of_variant(variant)))

    def _offer(
        self, choice: Choice, product: Product, variant: Variant | None, offered: Line | Refusal
    ) -> Text:
        said: list[Text] = []
        if choice.variant_search and not fitting(product, choice):
            search = shown(choice.variant_search, LONGEST_OPTION)
            said.append(text("No variant fits “{search}”; here are all.", search=search))
        if variant is not None and len(product.variants) > 1:
            said.append(text("Variant: **{variant}**", variant=shown(variant.title, LONGEST_OPTION)))
        if isinstance(offered, Line) and offered.quantity > 1:
            said.append(_quantity(offered))
        if choice.coupon:
            said.append(text("Coupon: {coupon}, checked when you press Buy", coupon=code(choice.coupon)))
        if product.product_type is ProductType.DIGITAL_DOWNLOAD and isinstance(offered, Line):
            said.append(_BY_E_MAIL)
        return lines(*said, _outlook(offered))

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
            coupon = text("Change coupon") if choice.coupon else text("Coupon")
            buttons.append(button(text("Quantity"), custom_ids.shop_form(session.key, "quantity"), grey))
            buttons.append(button(coupon, custom_ids.shop_form(session.key, "coupon"), grey))
        if len(product.variants) > MOST_OPTIONS:
            buttons.append(
                button(text("Find a variant"), custom_ids.shop_form(session.key, "variants"), grey)
            )
        buttons.append(button(text("Back"), custom_ids.shop(session.key, "back"), grey))
        return buttons

    def _buy(self, session: StorefrontSession, choice: Choice, offered: Line | Refusal) -> ui.Button[Any]:
        green = discord.ButtonStyle.success
        if isinstance(offered, Refusal):
            buy = button(text("Buy"), custom_ids.shop(session.key, "show"), green)
            buy.disabled = True
            return buy
        custom_id = custom_ids.shop_buy(session.key, mark_of(offered, choice.coupon), offered.amount)
        if offered.amount is None:
            return button(text("Buy"), custom_id, green)
        price = as_text(Money(offered.amount, offered.currency))
        if offered.billing_interval is None:
            return button(text("Buy for {price}", price=price), custom_id, green)
        recurring = per_interval(price, offered.billing_interval)
        return button(text("Subscribe for {price}", price=recurring), custom_id, green)

    @staticmethod
    def _unit_price(product: Product, variant: Variant) -> int | None:
        return None if product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT else variant.price


def _price(amount: int | None, currency: str) -> Text:
    return _TO_CHOOSE if amount is None else as_text(Money(amount, currency))


def _quantity(line: Line) -> Text:
    if line.amount is None:
        return text("Quantity: **{quantity}**", quantity=line.quantity)
    return text(
        "Quantity: **{quantity}**, together {price}",
        quantity=line.quantity,
        price=Money(line.amount, line.currency),
    )


def _variant_of(product: Product, choice: Choice) -> Variant | None:
    """The variant that is shown: the chosen one, or the only one."""
    if len(product.variants) == 1:
        return product.variants[0]
    return next((each for each in product.variants if each.id == choice.variant_id), None)


def fitting(product: Product, choice: Choice) -> Sequence[Variant]:
    """The variants that were searched for; all if there was no search."""
    wanted = fold(choice.variant_search)
    return [variant for variant in product.variants if wanted in fold(variant.title)]


def _outlook(offered: Line | Refusal) -> Text:
    """What comes next, or why nothing does."""
    if isinstance(offered, VariantNeeded):
        return text("Choose a variant above.")
    if isinstance(offered, Refusal):
        return offered.sentence
    if offered.amount is None:
        return text("-# The payment link comes to you by direct message. You choose the price on its page.")
    return text("-# The payment link comes to you by direct message.")
