"""A product's page, as a card."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.access.refusals import NOT_FOR_THEM
from bot.alerts.models import AlertKind
from bot.catalog.availability import Line
from bot.catalog.models import PricingModel, Product, ProductType, Variant
from bot.catalog.refusals import FreeProduct, OutOfStock, VariantNeeded
from bot.catalog.search import fold
from bot.checkout.refusals import quantity_unknown
from bot.discord.cards import Picture, State, beside, card, rows_of
from bot.discord.components import (
    MOST_OPTIONS,
    Card,
    button,
    leading_on,
    link_button,
    menu_page,
)
from bot.discord.localized import LONGEST_OPTION, Menu, Option, Paragraph
from bot.errors import Refusal
from bot.markdown import formatted, shortened
from bot.money import Money
from bot.texts import Text, as_text, code, joined, lines, markdown, text
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

MOST_PICTURES: Final = 5
LONGEST_DESCRIPTION: Final = 2400
_LONGEST_BEGINNING: Final = 500
_MOST_LINES: Final = 9
"""Of a description before it is opened: title, price and Buy are seen without scrolling."""
_LONGEST_NAME: Final = 200
_MARK_LENGTH: Final = 8
"""Hexadecimal digits: enough to tell a few states of one page apart."""
_BY_E_MAIL: Final = text("-# The download link is emailed to the address you pay with.")
_CHOOSE: Final = text("Choose one above.")
_FREE: Final = text("-# Nothing to pay: it's yours as soon as you press the button.")
_TO_CHOOSE: Final = text("you choose the price")


def mark_of(line: Line, coupon: str | None) -> str:
    """Tells what is bought from anything else, except by its price."""
    terms = (line.billing_interval, line.trial_days)
    bought = [line.product_id, line.variant_id, line.quantity, coupon, *terms]
    return hashlib.sha256(json.dumps(bought).encode()).hexdigest()[:_MARK_LENGTH]


@dataclass(frozen=True, slots=True)
class ProductView:
    """`mark` is written before a title; `web_store` is the address of the store's own site, if it has one.

    `now` (UTC) and `known_at` are what a page was made with.
    """

    product_text: ProductText
    mark: Text
    web_store: str | None = None

    def page(
        self,
        session: StorefrontSession,
        choice: Choice,
        product: Product,
        offered: Line | Refusal,
        *,
        now: datetime,
    ) -> list[ui.Item[Any]]:
        """What the page consists of; `offered` is what Buy would buy, or why it can't."""
        variant = _variant_of(product, choice)
        addresses = pictures_of(product, variant)[:MOST_PICTURES]
        first = Picture(addresses[0], product.title) if addresses else None
        items = beside(first, self._head(product, variant))
        if description := described(product, is_read=choice.is_read):
            items.append(Paragraph(markdown(description)))
        items.append(ui.Separator())
        if len(product.variants) > 1:
            items.append(ui.ActionRow(self._variant_menu(session, choice, product)))
        items.append(Paragraph(self._offer(choice, product, variant, offered)))
        items.extend(rows_of(self._buttons(session, choice, product, offered, now)))
        if addresses[1:]:
            items.append(ui.MediaGallery(*map(discord.MediaGalleryItem, addresses[1:])))
        return items

    def price_changed(self, line: Line, seen: int | None, *, buy: str | None = None) -> Card:
        """The price that was `seen` (cents, None where the payer picks it) is no longer what it costs.

        `buy` is the custom_id of a button that buys it at the new one, where the page itself doesn't change.
        """
        old, new = (_price(amount, line.currency) for amount in (seen, line.amount))
        again = text("You haven't been charged. To buy at the new price, press the button again.")
        green = discord.ButtonStyle.success
        return card(
            State.ATTENTION,
            text("The price has changed"),
            text("It was ~~{old}~~ and is now **{new}**.", old=old, new=new),
            facts=(again if buy is None else text("You haven't been charged."),),
            buttons=() if buy is None else (button(buy_label(line), buy, green),),
            mark=self.mark,
        )

    def offer_changed(self) -> Card:
        return card(
            State.ATTENTION,
            text("This page has changed"),
            text("You haven't been charged. Take another look, then press the button again."),
            mark=self.mark,
        )

    # --- parts ----------------------------------------------------------------------------------------

    def _head(self, product: Product, variant: Variant | None) -> Text:
        subtitle = most = None
        if product.subtitle and product.subtitle.strip():
            subtitle = shown(product.subtitle, _LONGEST_NAME)
        if product.max_per_customer:
            most = text("Limit {quantity} per customer", quantity=product.max_per_customer)
        stock = self.product_text.stock_of_chosen(variant) if variant else None
        remarks = joined(" · ", (self.product_text.kind(product), stock, most))
        return lines(
            text("## {mark}{title}", mark=self.mark, title=shown(product.title, _LONGEST_NAME)),
            subtitle,
            self.product_text.price(product, variant),
            text("-# {remarks}", remarks=remarks) if remarks else None,
        )

    def _variant_menu(self, session: StorefrontSession, choice: Choice, product: Product) -> ui.Select[Any]:
        found = fitting(product, choice) or product.variants
        custom_id = custom_ids.shop(session.key, "variant")
        return variant_menu(custom_id, product, found, page=choice.variant_page, chosen=choice.variant_id)

    def _offer(
        self, choice: Choice, product: Product, variant: Variant | None, offered: Line | Refusal
    ) -> Text:
        said: list[Text] = []
        if choice.mistyped:
            said.append(quantity_unknown(choice.mistyped).sentence)
        if choice.variant_search and not fitting(product, choice):
            search = shown(choice.variant_search, LONGEST_OPTION)
            said.append(text("Nothing matches “{search}”. Here they all are.", search=search))
        if variant is not None and len(product.variants) > 1:
            said.append(_chosen(product, variant))
        if isinstance(offered, Line) and offered.quantity > 1:
            said.append(_quantity(offered))
        if choice.coupon:
            said.append(text("Coupon: {coupon} (checked when you buy)", coupon=code(choice.coupon)))
        if product.product_type is ProductType.DIGITAL_DOWNLOAD and isinstance(offered, Line):
            said.append(_BY_E_MAIL)
        if isinstance(offered, FreeProduct):
            return lines(*said, _FREE if is_chosen(product, choice) else _CHOOSE)
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
        buttons = [self._buy(session, choice, product, offered)]
        if isinstance(offered, Line):
            added = custom_ids.shop_add(session.key, mark_of(offered, choice.coupon))
            buttons.append(button(text("Add to cart"), added, grey))
        refusal = self.product_text.refusal(product, now)
        if refusal is None and not _is_kept_from_them(offered):
            coupon = text("Change coupon") if choice.coupon else text("Coupon")
            if product.max_per_customer != 1:
                buttons.append(button(text("Quantity"), custom_ids.shop_form(session.key, "quantity"), grey))
            buttons.append(button(coupon, custom_ids.shop_form(session.key, "coupon"), grey))
        if (told := _to_be_told(product, choice, offered, refusal)) is not None:
            buttons.append(told)
        if refusal is not None and self.web_store is not None:
            buttons.append(link_button(text("Open the web store"), self.web_store))
        if len(product.variants) > MOST_OPTIONS:
            buttons.append(
                button(text("Find an option"), custom_ids.shop_form(session.key, "variants"), grey)
            )
        if _is_longer(product):
            more = text("Show less") if choice.is_read else text("Read more")
            buttons.append(button(more, custom_ids.shop(session.key, "read"), grey))
        buttons.append(button(text("Back"), custom_ids.shop(session.key, "back"), grey))
        return buttons

    def _buy(
        self, session: StorefrontSession, choice: Choice, product: Product, offered: Line | Refusal
    ) -> ui.Button[Any]:
        green = discord.ButtonStyle.success
        if isinstance(offered, FreeProduct):
            take = custom_ids.get_free(product.id, choice.variant_id)
            get_it = button(text("Get it free"), take or custom_ids.shop(session.key, "show"), green)
            get_it.disabled = take is None or not is_chosen(product, choice)
            return get_it
        if isinstance(offered, Refusal):
            buy = button(text("Buy"), custom_ids.shop(session.key, "show"), green)
            buy.disabled = True
            return buy
        custom_id = custom_ids.shop_buy(session.key, mark_of(offered, choice.coupon), offered.amount)
        return button(buy_label(offered), custom_id, green)


def _is_kept_from_them(offered: Line | Refusal) -> bool:
    return isinstance(offered, Refusal) and offered.code in NOT_FOR_THEM


def _to_be_told(
    product: Product, choice: Choice, offered: Line | Refusal, refusal: Refusal | None
) -> ui.Button[Any] | None:
    """To wait for what is sold out, or for a lower price; None where there is nothing to wait for."""
    if isinstance(offered, OutOfStock) and refusal is None:
        return told_button(AlertKind.STOCK, product.id, choice.variant_id)
    if isinstance(refusal, OutOfStock):
        return told_button(AlertKind.STOCK, product.id)
    if isinstance(offered, Line) and offered.amount is not None:
        return told_button(AlertKind.PRICE, product.id, choice.variant_id)
    return None


def told_button(kind: AlertKind, product_id: str, variant_id: str | None = None) -> ui.Button[Any] | None:
    """Has whoever presses told by direct message; None for a product whose id no button can hold."""
    custom_id = custom_ids.alert(kind, product_id, variant_id)
    if custom_id is None:
        return None
    label = text("Tell me when it's back") if kind is AlertKind.STOCK else text("Tell me if the price drops")
    return button(label, custom_id, discord.ButtonStyle.secondary)


def buy_label(offered: Line) -> Text:
    """What the button says that buys it."""
    if offered.amount is None:
        return text("Buy")
    price = as_text(Money(offered.amount, offered.currency))
    if offered.billing_interval is None:
        return text("Buy for {price}", price=price)
    if offered.trial_days:
        return text("Start free trial")
    return text("Subscribe for {price}", price=per_interval(price, offered.billing_interval))


def variant_menu(
    custom_id: str,
    product: Product,
    variants: Sequence[Variant],
    *,
    page: int = 0,
    chosen: str | None = None,
) -> ui.Select[Any]:
    """A page of the variants, with what each of them costs."""
    options: list[discord.SelectOption] = [
        Option(
            one_line(variant.title, LONGEST_OPTION),
            variant.id[:LONGEST_OPTION],
            joined(
                " · ", (_price(_unit_price(product, variant), product.currency), stock_of_variant(variant))
            ),
            default=variant.id == chosen,
        )
        for variant in menu_page(variants, page)
    ]
    options.extend(leading_on(len(variants), page, text("More…")))
    names = _options(product)
    placeholder = text("Choose: {options}", options=names) if names else text("Choose one")
    return Menu(placeholder, custom_id=custom_id, options=options)


def _options(product: Product) -> str:
    """What its variants differ in, as the store calls it, such as "Size / Colour"."""
    return " / ".join(" ".join(name.split()) for name in product.options if name.strip())


def _chosen(product: Product, variant: Variant) -> Text:
    title, names = shown(variant.title, LONGEST_OPTION), _options(product)
    if not names:
        return text("Your choice: **{variant}**", variant=title)
    return text("{options}: **{variant}**", options=shown(names, LONGEST_OPTION), variant=title)


def described(product: Product, *, is_read: bool) -> str:
    """The description as Discord formats it; its beginning alone until all of it is asked for."""
    whole = (product.description or "").strip()
    if is_read:
        return formatted(whole, LONGEST_DESCRIPTION)
    return formatted(shortened(whole, _LONGEST_BEGINNING, _MOST_LINES), 2 * _LONGEST_BEGINNING)


def _is_longer(product: Product) -> bool:
    whole = (product.description or "").strip()
    return shortened(whole, _LONGEST_BEGINNING, _MOST_LINES) != whole


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


def is_chosen(product: Product, choice: Choice) -> bool:
    """Whether there is no variant left to choose."""
    return not product.variants or _variant_of(product, choice) is not None


def fitting(product: Product, choice: Choice) -> Sequence[Variant]:
    """The variants that were searched for; all if there was no search."""
    wanted = fold(choice.variant_search)
    return [variant for variant in product.variants if wanted in fold(variant.title)]


def _outlook(offered: Line | Refusal) -> Text:
    """What comes next, or why nothing does."""
    if isinstance(offered, VariantNeeded):
        return _CHOOSE
    if isinstance(offered, Refusal):
        return offered.sentence
    if offered.amount is None:
        return text("-# You get a private payment link, and choose the price at checkout.")
    return text("-# You get a private payment link.")
