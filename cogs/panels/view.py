"""Panels as cards: the shop, a category or a product as everybody sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.alerts.models import AlertKind
from bot.catalog.availability import Line
from bot.catalog.catalog import Snapshot
from bot.catalog.models import Category, Product, ProductSummary
from bot.catalog.refusals import OutOfStock, VariantNeeded
from bot.discord.cards import Picture, State, beside, card, rows_of
from bot.discord.components import Card, button
from bot.discord.localized import Paragraph
from bot.errors import Refusal
from bot.markdown import cut
from bot.panels.models import Panel, PanelKind
from bot.texts import Text, as_text, joined, limited, lines, markdown, ntext, text
from cogs import custom_ids
from cogs.catalog.product_text import address_of, pictures_of, plain, shown
from cogs.shop.listing_view import ListingView, accent_of, as_of
from cogs.shop.product_view import buy_label, described, told_button

LONGEST_ANNOUNCEMENT: Final = 1000
"""Characters that staff may write; escaped they take at most twice as many, and a card has room for that."""
_LONGEST_SAID: Final = 1500
_LONGEST_NAME: Final = 150
_LONGEST_DESCRIPTION: Final = 300
_GREY: Final = discord.ButtonStyle.secondary
_GREEN: Final = discord.ButtonStyle.success


@dataclass(frozen=True, slots=True)
class PanelView:
    """`now` (UTC) is when a card is made; `since` is of when it says to be, while the store is away."""

    pages: ListingView

    def listing(
        self,
        panel: Panel,
        snapshot: Snapshot,
        category: Category | None,
        products: Sequence[ProductSummary],
        *,
        total: int,
        now: datetime,
        since: datetime | None,
    ) -> Card:
        """The whole shop, or the `category`: some of its `products`, of `total`, and a menu of these."""
        items = self._heading(snapshot, category, total)
        for product in products:
            items.extend((ui.Separator(), self.pages.entry(product, now)))
        items.append(ui.Separator())
        if products:
            menu = self.pages.product_menu(custom_ids.panel_opens(panel.reference, "choose"), products, now)
            items.append(ui.ActionRow(menu))
        items += rows_of([self._browse(panel, discord.ButtonStyle.primary)])
        return Card(*items, *_from(since), accent=accent_of(snapshot))

    def product(
        self,
        panel: Panel,
        snapshot: Snapshot,
        product: Product,
        offered: Line | Refusal,
        *,
        now: datetime,
        since: datetime | None,
    ) -> Card:
        """One product; `offered` is what Buy buys, or why nothing."""
        items = self._announced(panel)
        pictures = pictures_of(product)
        picture = Picture(pictures[0], plain(product.title, _LONGEST_NAME)) if pictures else None
        items += beside(picture, self._about(product, now))
        if panel.said is None and (description := described(product, is_read=False)):
            items.append(Paragraph(markdown(description)))
        details = button(text("Details"), custom_ids.panel_opens(panel.reference, "details"), _GREY)
        told = None
        if isinstance(offered, OutOfStock):
            told = told_button(AlertKind.STOCK, product.id)
        buttons = [_buy(panel, offered), *([told] if told else []), details, self._browse(panel)]
        items += rows_of(buttons)
        return Card(*items, *_from(since), accent=accent_of(snapshot))

    def gone(self, panel: Panel) -> Card:
        """What it showed isn't in the store any more."""
        title = shown(panel.subject.title, _LONGEST_NAME)
        if panel.subject.kind is PanelKind.CATEGORY:
            said = text("This category isn't in the shop anymore.")
        else:
            said = text("This product is no longer sold.")
        return card(
            State.ENDED,
            title,
            self._said(panel),
            said,
            buttons=(self._browse(panel),),
            mark=self.pages.mark,
        )

    # --- parts ----------------------------------------------------------------------------------------

    def _heading(self, snapshot: Snapshot, category: Category | None, total: int) -> list[ui.Item[Any]]:
        store = snapshot.store
        name, about = (store.name, store.description) if store else ("", "")
        logo = address_of(store.logo) if store and store.logo else None
        if category is not None:
            name, about, logo = category.name, category.description or "", None
        title = shown(name, _LONGEST_NAME) if name.strip() else text("Shop")
        count = ntext("-# {count} product", "-# {count} products", total)
        said = lines(
            text("## {mark}{title}", mark=self.pages.mark, title=title),
            shown(about, _LONGEST_DESCRIPTION) if about.strip() else None,
            count if total else text("Nothing is for sale here yet. Check back later."),
        )
        return beside(Picture(logo, cut(name, _LONGEST_NAME)) if logo else None, said)

    def _about(self, product: Product, now: datetime) -> Text:
        words = self.pages.product_text
        most = subtitle = None
        if product.max_per_customer:
            most = text("Limit {quantity} per customer", quantity=product.max_per_customer)
        if product.subtitle and product.subtitle.strip():
            subtitle = shown(product.subtitle, _LONGEST_NAME)
        remarks = joined(" · ", (words.kind(product), words.stock(product, now), most))
        return lines(
            text("## {mark}{title}", mark=self.pages.mark, title=shown(product.title, _LONGEST_NAME)),
            subtitle,
            words.price(product),
            text("-# {remarks}", remarks=remarks) if remarks else None,
        )

    def _announced(self, panel: Panel) -> list[ui.Item[Any]]:
        said = self._said(panel)
        return [] if said is None else [Paragraph(said), ui.Separator()]

    def _said(self, panel: Panel) -> Text | None:
        return None if panel.said is None else limited(as_text(panel.said), _LONGEST_SAID)

    def _browse(
        self, panel: Panel, style: discord.ButtonStyle = discord.ButtonStyle.secondary
    ) -> ui.Button[Any]:
        return button(text("Browse the shop"), custom_ids.panel_opens(panel.reference, "browse"), style)


def _buy(panel: Panel, offered: Line | Refusal) -> ui.Button[Any]:
    if isinstance(offered, Line):
        return button(buy_label(offered), custom_ids.panel_buy(panel.reference, offered.amount), _GREEN)
    can_be_chosen = isinstance(offered, VariantNeeded)
    label = text("Sold out") if isinstance(offered, OutOfStock) else text("Buy")
    buy = button(label, custom_ids.panel_buy(panel.reference, None), _GREEN if can_be_chosen else _GREY)
    buy.disabled = not can_be_chosen
    return buy


def _from(since: datetime | None) -> list[ui.Item[Any]]:
    if since is None:
        return []
    return [Paragraph(as_of(since))]
