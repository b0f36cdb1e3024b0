"""The storefront as cards: what is listed, one product's page, and what is said when there is neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.catalog.availability import Line
from bot.catalog.catalog import Snapshot
from bot.catalog.models import Category, Product, ProductSummary
from bot.discord.cards import Picture, State, beside, card
from bot.discord.components import (
    MOST_OPTIONS,
    Card,
    button,
    leading_on,
    mark_of_store,
    menu_page,
)
from bot.discord.localized import LONGEST_OPTION, Menu, Option, Paragraph
from bot.errors import Refusal
from bot.texts import Text, joined, lines, markdown, moment, ntext, text
from cogs import custom_ids
from cogs.catalog.product_text import ProductText, one_line, pictures_of, plain, shown
from cogs.shop.product_view import ProductView
from cogs.shop.sessions import Choice, StorefrontSession

PRODUCTS_PER_PAGE: Final = 6
"""Six take 24 components, pictures and separators included; menus and buttons need most of the other 16."""
_LONGEST_TITLE: Final = 120
_LONGEST_SUBTITLE: Final = 150
_LONGEST_PARENT: Final = 40
_LONGEST_ICON: Final = 12
"""Characters of which an emoji can consist: a family of four has eleven."""
_ALL: Final = "all"
_ROOM_FOR_CATEGORIES: Final = MOST_OPTIONS - 1
"""One place is for "All products"."""


@dataclass(frozen=True, slots=True)
class ListingPage:
    """The products to list, out of `total`."""

    products: Sequence[ProductSummary]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class ListingView:
    """`test` marks a store in which nothing is real; `web_store` is where its own site is, if it has one."""

    product_text: ProductText
    test: bool
    web_store: str | None = None

    def listing(
        self,
        session: StorefrontSession,
        snapshot: Snapshot,
        page: ListingPage,
        *,
        stale: bool,
        away: bool,
        now: datetime,
        note: Text | None = None,
    ) -> Card:
        """The list; `note` is something to say first."""
        heading = lines(note, self._heading(session, snapshot, page))
        items: list[ui.Item[Any]] = [Paragraph(heading)]
        for product in page.products:
            items.extend((ui.Separator(), self.entry(product, now)))
        if snapshot.products:
            items.append(ui.Separator())
            items.extend(self._controls(session, snapshot, page, now))
        if stale and snapshot.fetched_at is not None:
            age_of = as_of if away else _prices_as_of
            items.append(Paragraph(age_of(snapshot.fetched_at)))
        return Card(*items, accent=accent_of(snapshot))

    def product(
        self,
        session: StorefrontSession,
        choice: Choice,
        product: Product,
        offered: Line | Refusal,
        *,
        snapshot: Snapshot,
        known_at: datetime | None,
        now: datetime,
    ) -> Card:
        """The product's page; `known_at` (UTC) is given when the store is away and this is from before."""
        items = self.of_products.page(session, choice, product, offered, now=now)
        if known_at is not None:
            items.append(Paragraph(as_of(known_at)))
        return Card(*items, accent=accent_of(snapshot))

    @property
    def of_products(self) -> ProductView:
        return ProductView(self.product_text, self.mark, self.web_store)

    def store_away(self, session: StorefrontSession) -> Card:
        """Nothing is known of the store yet."""
        return card(
            State.ATTENTION,
            text("The shop is offline right now"),
            text("Try again in a few minutes."),
            buttons=(button(text("Try again"), custom_ids.shop(session.key, "refresh")),),
            mark=self.mark,
        )

    # --- parts of the list ----------------------------------------------------------------------------

    def _heading(self, session: StorefrontSession, snapshot: Snapshot, page: ListingPage) -> Text:
        listing = session.listing
        name = text("Shop")
        if snapshot.store and snapshot.store.name.strip():
            name = shown(snapshot.store.name, _LONGEST_TITLE)
        said = [text("## {mark}{shop}", mark=self.mark, shop=name)]
        category = next((each.name for each in snapshot.categories if each.id == listing.category), None)
        if listing.search:
            said.append(text("Search: **{search}**", search=shown(listing.search, _LONGEST_TITLE)))
        if category is not None:
            said.append(text("Category: **{category}**", category=shown(category, _LONGEST_TITLE)))
        if page.total:
            said.append(ntext("-# {count} product", "-# {count} products", page.total))
        elif not snapshot.products:
            said.append(text("Nothing is for sale yet. Check back later."))
        elif listing.search:
            said.append(text("No results. Try another word, or show all products."))
        else:
            said.append(text("Nothing in this category yet."))
        return lines(*said)

    def entry(self, product: ProductSummary, now: datetime) -> ui.Item[Any]:
        remarks = joined(" · ", (self.product_text.kind(product), self.product_text.stock(product, now)))
        subtitle = None
        if product.subtitle and product.subtitle.strip():
            subtitle = shown(product.subtitle, _LONGEST_SUBTITLE)
        said = lines(
            text("### {title}", title=shown(product.title, _LONGEST_TITLE)),
            subtitle,
            self.product_text.price(product),
            text("-# {remarks}", remarks=remarks) if remarks else None,
        )
        addresses = pictures_of(product)
        [entry] = beside(Picture(addresses[0], plain(product.title, 200)) if addresses else None, said)
        return entry

    def _controls(
        self, session: StorefrontSession, snapshot: Snapshot, page: ListingPage, now: datetime
    ) -> list[ui.Item[Any]]:
        rows: list[ui.Item[Any]] = []
        if page.products:
            menu = self.product_menu(custom_ids.shop(session.key, "product"), page.products, now)
            rows.append(ui.ActionRow(menu))
        if snapshot.categories:
            rows.append(ui.ActionRow(_category_menu(session, snapshot)))
        rows.append(ui.ActionRow(*_buttons(session, page)))
        return rows

    def product_menu(
        self, custom_id: str, products: Sequence[ProductSummary], now: datetime
    ) -> ui.Select[Any]:
        return Menu(
            text("Choose a product"),
            custom_id=custom_id,
            options=[
                Option(
                    one_line(product.title, LONGEST_OPTION),
                    product.id[:LONGEST_OPTION],
                    joined(
                        " · ",
                        (
                            self.product_text.plain_price(product),
                            self.product_text.plain_stock(product, now),
                        ),
                    ),
                )
                for product in products
            ],
        )

    @property
    def mark(self) -> Text:
        return mark_of_store(test=self.test)


def closed() -> Card:
    """What a page turns into when its time is over, and what a click on one that is gone is told."""
    return Card(Paragraph(text("This page has closed. Open it again with /shop.")))


def accent_of(snapshot: Snapshot) -> discord.Colour | None:
    """The store's own colour, if it is one."""
    try:
        return (
            discord.Colour.from_str(snapshot.store.accent_color)
            if snapshot.store and snapshot.store.accent_color
            else None
        )
    except ValueError:
        return None


def chosen_category(value: str) -> str | None:
    return None if value == _ALL else value


def _category_menu(session: StorefrontSession, snapshot: Snapshot) -> ui.Select[Any]:
    categories = sorted(
        snapshot.categories, key=lambda each: (not each.featured, each.display_order, each.name)
    )
    names = {category.id: category.name for category in categories}
    listing = session.listing
    everything = Option(text("All products"), _ALL, default=listing.category is None)
    options = [
        _category_option(category, names, chosen=category.id == listing.category)
        for category in menu_page(categories, listing.category_page, room=_ROOM_FOR_CATEGORIES)
    ]
    more = leading_on(
        len(categories), listing.category_page, text("More categories…"), room=_ROOM_FOR_CATEGORIES
    )
    return Menu(
        text("Choose a category"),
        custom_id=custom_ids.shop(session.key, "category"),
        options=[everything, *options, *more],
    )


def _category_option(category: Category, names: dict[str, str], *, chosen: bool) -> discord.SelectOption:
    name = category.name
    if category.parent_id in names:
        name = f"{plain(names[category.parent_id], _LONGEST_PARENT)} › {name}"
    if icon := _icon(category):
        name = f"{icon} {name}"
    description = (category.description or "").strip()
    return Option(
        one_line(name, LONGEST_OPTION),
        category.id[:LONGEST_OPTION],
        one_line(description, LONGEST_OPTION) if description else None,
        default=chosen,
    )


def _icon(category: Category) -> str:
    """Its emoji; empty where the store has something else there, such as the name of a drawing."""
    icon = (category.icon or "").strip()
    return "" if icon.isascii() or len(icon) > _LONGEST_ICON or any(map(str.isspace, icon)) else icon


def _buttons(session: StorefrontSession, page: ListingPage) -> list[ui.Button[Any]]:
    grey = discord.ButtonStyle.secondary
    buttons: list[ui.Button[Any]] = []
    if page.pages > 1:
        previous = button(text("Previous"), custom_ids.shop(session.key, "previous"), grey)
        following = button(text("Next"), custom_ids.shop(session.key, "next"), grey)
        number = button(
            markdown(f"{page.number + 1} / {page.pages}"), custom_ids.shop(session.key, "page"), grey
        )
        previous.disabled, following.disabled = page.number == 0, page.number == page.pages - 1
        number.disabled = True
        buttons.extend((previous, number, following))
    buttons.append(button(text("Search"), custom_ids.shop_form(session.key, "search")))
    if session.listing.search or session.listing.category:
        buttons.append(button(text("Show all"), custom_ids.shop(session.key, "all"), grey))
    return buttons


def _prices_as_of(fetched_at: datetime) -> Text:
    return text("-# Prices from {when}.", when=moment(fetched_at, "R"))


def as_of(fetched_at: datetime) -> Text:
    return text("-# The shop is offline right now. This is from {when}.", when=moment(fetched_at, "R"))
