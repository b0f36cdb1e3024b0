"""A member's purchases as a page."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.checkout.states import SessionState
from bot.discord.components import Card, button, page_turns
from bot.invoices.models import Invoice
from bot.invoices.states import InvoiceState
from bot.markdown import cut
from bot.purchases.history import HistoryPage, Purchase
from cogs import custom_ids
from cogs.checkout.view import SaleView, total_of
from cogs.fulfilment.view import titles
from cogs.purchases.status_text import can_be_settled, is_payable, is_waiting, may_get_link, state_of

_LINES_SHOWN: Final = 2
"""Lines of a sale: five sales whose titles are as long as may be stay below a message's limit."""
_LONGEST_TITLE: Final = 70
"""Characters of a line's title before it is escaped, for the same reason."""
_NEVER_SHOWN: Final = frozenset({InvoiceState.DRAFT, InvoiceState.AWAITING_APPROVAL, InvoiceState.REFUSED})
_GREY: Final = discord.ButtonStyle.secondary


@dataclass(frozen=True, slots=True)
class PurchaseView:
    view: SaleView

    def page(self, page: HistoryPage) -> Card:
        if not page.entries:
            return Card(
                ui.TextDisplay("### You haven't bought anything here yet\nUse /shop to look around, or /buy.")
            )
        items: list[ui.Item[Any]] = [ui.TextDisplay(self._heading(page))]
        for entry in page.entries:
            items.append(ui.Separator())
            items.append(ui.TextDisplay(self._entry(entry, page.now)))
            if buttons := _buttons(entry, page):
                items.append(ui.ActionRow(*buttons))
        if page.pages > 1:
            items.extend(
                (ui.Separator(), ui.ActionRow(*page_turns(page.number, page.pages, custom_ids.purchases)))
            )
        return Card(*items)

    def _heading(self, page: HistoryPage) -> str:
        heading = f"### {self.view.mark}Your purchases"
        if page.waiting:
            what = "A message" if page.waiting == 1 else f"{page.waiting} messages"
            it = "It is" if page.waiting == 1 else "They are"
            heading += f"\n{what} could not reach you by direct message. {it} marked in this list."
        return heading

    def _entry(self, entry: Purchase, now: datetime) -> str:
        texts = [_about(entry), self._lines(entry), f"-# {state_of(entry, now, self.view)}"]
        if is_waiting(entry, now):
            texts.append("-# **New**: this could not reach you by direct message")
        return "\n".join(text for text in texts if text)

    def _lines(self, entry: Purchase) -> str:
        sale = entry.sale
        lines = sale.basket.lines
        shown = tuple(replace(line, title=cut(line.title, _LONGEST_TITLE)) for line in lines[:_LINES_SHOWN])
        first = replace(sale, basket=replace(sale.basket, lines=shown))
        texts = [titles(first) if entry.is_given else self.view.lines(first)]
        if len(lines) > _LINES_SHOWN:
            texts.append(f"and {len(lines) - _LINES_SHOWN} more")
        if not entry.is_given:
            texts.append(self._total(sale))
        return "\n".join(text for text in texts if text)

    def _total(self, sale: Sale) -> str:
        """Where the lines don't say it."""
        total = total_of(sale) or sale.basket.subtotal
        if total is None or (len(sale.basket.lines) == 1 and not sale.session.discount):
            return ""
        return f"Total: **{total.format(self.view.locale)}**"


def _about(entry: Purchase) -> str:
    sale = entry.sale
    if entry.invoice is not None:
        return f"**Invoice #{entry.invoice.number}**{_due(entry.invoice)}"
    if entry.is_given:
        return f"A gift from <@{sale.buyer_id}>"
    return f"A gift for <@{sale.recipient_id}>" if sale.basket.gift_to is not None else ""


def _due(invoice: Invoice) -> str:
    if invoice.due_at is None:
        return ""
    due = discord.utils.format_dt(invoice.due_at, "d")
    return (
        f" · due {due} ({discord.utils.format_dt(invoice.due_at, 'R')})"
        if invoice.is_payable
        else f" · due {due}"
    )


def _buttons(entry: Purchase, page: HistoryPage) -> list[ui.Button[Any]]:
    sale, buttons = entry.sale, []
    if entry.has_receipts:
        label = "Show the gift" if entry.is_given else "Show receipt"
        style = discord.ButtonStyle.primary if is_waiting(entry, page.now) else _GREY
        buttons.append(button(label, custom_ids.receipt(sale.reference), style))
    if entry.is_given:
        return buttons
    if entry.invoice is not None:
        return buttons + _invoice_buttons(entry, entry.invoice, page)
    if is_payable(sale, page.now):
        buttons += [
            button("Show the link", custom_ids.purchase_link(sale.reference)),
            button("I don't want this any more", custom_ids.purchases(page.number, sale.reference), _GREY),
        ]
    elif may_get_link(entry, page.now):
        buttons.append(button("Get a new link", custom_ids.get_link_below(sale.reference), _GREY))
    return buttons


def _invoice_buttons(entry: Purchase, invoice: Invoice, page: HistoryPage) -> list[ui.Button[Any]]:
    sale = entry.sale
    if invoice.state in _NEVER_SHOWN:
        return []
    has_link = is_payable(sale, page.now)
    style = discord.ButtonStyle.primary if has_link and can_be_settled(entry) else _GREY
    buttons = [button("Show the invoice", custom_ids.purchase_link(sale.reference), style)]
    if can_be_settled(entry):
        if not has_link and sale.session.state is not SessionState.CREATING:
            buttons.insert(0, button("Get payment link", custom_ids.pay_invoice(invoice.reference, "mine")))
        buttons.append(button("Decline", custom_ids.decline_invoice(invoice.reference, page.number), _GREY))
    return buttons
