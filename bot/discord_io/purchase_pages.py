"""A member's purchases as a page."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.discord_io import custom_ids
from bot.discord_io.cards import Card, button
from bot.discord_io.sale_cards import SaleCards
from bot.sales.history import HistoryPage
from bot.sales.models import Sale
from bot.sales.states import SaleStatus, SessionState

STATES: Final = {
    SaleStatus.OPEN: "Expired",  # by the clock; the row follows in a moment
    SaleStatus.PAID: "Paid",
    SaleStatus.EXPIRED: "Expired",
    SaleStatus.WITHDRAWN: "Given up",
    SaleStatus.SUPERSEDED: "Replaced by a newer link",
}
_LINES_SHOWN: Final = 2
"""Lines of a sale: five sales whose titles are as long as may be stay below a message's limit."""


@dataclass(frozen=True, slots=True)
class PurchasePages:
    cards: SaleCards

    def page(self, page: HistoryPage) -> Card:
        if not page.sales:
            return Card(
                ui.TextDisplay("### You haven't bought anything here yet\nUse /shop to look around, or /buy.")
            )
        items: list[ui.Item[Any]] = [ui.TextDisplay(self._heading(page))]
        for sale in page.sales:
            items.append(ui.Separator())
            items.append(ui.TextDisplay(f"{self._lines(sale)}\n-# {self._state(sale, page.now)}"))
            if _is_payable(sale, page.now):
                items.append(ui.ActionRow(*_buttons(sale, page.number)))
        if page.pages > 1:
            items.extend((ui.Separator(), ui.ActionRow(*_turns(page))))
        return Card(*items)

    def _heading(self, page: HistoryPage) -> str:
        heading = f"### {self.cards.mark}Your purchases"
        if page.waiting:
            what = "A message" if page.waiting == 1 else f"{page.waiting} messages"
            heading += f"\n{what} could not reach you by direct message. What it was about is here."
        return heading

    def _lines(self, sale: Sale) -> str:
        lines = sale.basket.lines
        more = len(lines) - _LINES_SHOWN
        if more <= 0:
            return self.cards.lines(sale)
        first = replace(sale, basket=replace(sale.basket, lines=lines[:_LINES_SHOWN]))
        return f"{self.cards.lines(first)}\nand {more} more"

    def _state(self, sale: Sale, now: datetime) -> str:
        if sale.session.state is SessionState.CREATING:
            return "The payment link is being made"
        if _is_payable(sale, now):
            return f"Not paid yet · open {self.cards.until(sale.session.expires_at)}"
        state = STATES.get(sale.status, "")
        if sale.status is SaleStatus.WITHDRAWN and _is_ahead(sale.session.expires_at, now):
            until = self.cards.until(sale.session.expires_at)
            return f"{state} · the store's page can still be paid {until}; simply don't pay there"
        return f"{state} · {discord.utils.format_dt(sale.session.created_at, 'd')}"


def _is_payable(sale: Sale, now: datetime) -> bool:
    return sale.link is not None and _is_ahead(sale.session.expires_at, now)


def _is_ahead(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant > now


def _buttons(sale: Sale, number: int) -> tuple[ui.Button[Any], ...]:
    return (
        button("Show the link", custom_ids.purchase_link(sale.reference)),
        button(
            "I don't want this any more",
            custom_ids.purchases(number, sale.reference),
            discord.ButtonStyle.secondary,
        ),
    )


def _turns(page: HistoryPage) -> tuple[ui.Button[Any], ...]:
    grey = discord.ButtonStyle.secondary
    previous = button("Previous", custom_ids.purchases(max(0, page.number - 1)), grey)
    number = button(f"{page.number + 1} / {page.pages}", "bamboo:page", grey)
    following = button("Next", custom_ids.purchases(page.number + 1), grey)
    previous.disabled, number.disabled = page.number == 0, True
    following.disabled = page.number == page.pages - 1
    return previous, number, following
