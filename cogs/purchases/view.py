"""A member's purchases as a page."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.checkout.states import SaleStatus, SessionState
from bot.discord.components import Card, button, page_turns
from bot.discord.localized import Paragraph
from bot.invoices.models import Invoice
from bot.invoices.states import InvoiceState
from bot.markdown import cut
from bot.purchases.history import HistoryPage, Purchase
from bot.texts import Text, lines, mention, moment, ntext, text
from cogs import custom_ids
from cogs.checkout.totals import total_of
from cogs.checkout.view import SaleView
from cogs.fulfilment.subscription_text import is_charged, manage_button, standing, subscribed_line
from cogs.fulfilment.view import titles
from cogs.purchases.status_text import can_be_settled, is_payable, is_waiting, may_get_link, state_of

_LINES_SHOWN: Final = 2
"""Lines of a sale: five sales whose titles are as long as may be stay below a message's limit."""
_LONGEST_TITLE: Final = 70
"""Characters of a line's title before it is escaped, for the same reason."""
_NEVER_SHOWN: Final = frozenset({InvoiceState.DRAFT, InvoiceState.AWAITING_APPROVAL, InvoiceState.REFUSED})
_NOTHING_YET: Final = text("### No purchases yet\nBrowse with /shop.")
_GREY: Final = discord.ButtonStyle.secondary


@dataclass(frozen=True, slots=True)
class PurchaseView:
    view: SaleView

    def page(self, page: HistoryPage) -> Card:
        if not page.entries:
            shop = button(text("Open the shop"), custom_ids.opens("shop"))
            return Card(Paragraph(_NOTHING_YET), ui.ActionRow(shop))
        items: list[ui.Item[Any]] = [Paragraph(self._heading(page))]
        for entry in page.entries:
            items.append(ui.Separator())
            items.append(Paragraph(self._entry(entry, page.now)))
            if buttons := _buttons(entry, page, self.view):
                items.append(ui.ActionRow(*buttons))
        if page.pages > 1:
            items.extend(
                (ui.Separator(), ui.ActionRow(*page_turns(page.number, page.pages, custom_ids.purchases)))
            )
        return Card(*items)

    def _heading(self, page: HistoryPage) -> Text:
        waiting = None
        if page.waiting:
            waiting = ntext(
                "We couldn't send you a direct message. It's marked below.",
                "We couldn't send you {count} direct messages. They're marked below.",
                page.waiting,
            )
        return lines(self.view.heading(text("Your purchases")), waiting)

    def _entry(self, entry: Purchase, now: datetime) -> Text:
        return lines(
            _about(entry),
            self._lines(entry),
            text("-# {state}", state=state_of(entry, now, self.view)),
            _subscribed(entry, now),
            text("-# **New**: we couldn't send you this") if is_waiting(entry, now) else None,
        )

    def _lines(self, entry: Purchase) -> Text:
        sale = entry.sale
        bought = sale.basket.lines
        shown = tuple(replace(line, title=cut(line.title, _LONGEST_TITLE)) for line in bought[:_LINES_SHOWN])
        first = replace(sale, basket=replace(sale.basket, lines=shown))
        more = len(bought) - _LINES_SHOWN
        return lines(
            titles(first) if entry.is_given or sale.given else self.view.lines(first),
            ntext("and {count} more", "and {count} more", more) if more > 0 else None,
            None if entry.is_given or sale.given else self._total(sale),
        )

    def _total(self, sale: Sale) -> Text | None:
        """Where the lines don't say it."""
        total = total_of(sale) or sale.basket.subtotal
        if total is None or (len(sale.basket.lines) == 1 and not sale.session.discount):
            return None
        return text("Total: **{total}**", total=total)


def _about(entry: Purchase) -> Text | None:
    sale = entry.sale
    if entry.invoice is not None:
        return _with_due(text("**Invoice #{number}**", number=entry.invoice.shown_number), entry.invoice)
    if entry.is_given:
        return text("A gift from {member}", member=mention(sale.buyer_id))
    if sale.given is not None:
        return None if sale.given.by is None else text("A gift from staff")
    if sale.basket.gift_to is None:
        return None
    return text("A gift for {member}", member=mention(sale.recipient_id))


def _subscribed(entry: Purchase, now: datetime) -> Text | None:
    """Of a subscription that is paid, how it stands."""
    if entry.is_given or entry.sale.status is not SaleStatus.PAID:
        return None
    state = standing(entry.sale, entry.subscription, now, begun=None)
    return None if state is None else text("-# {state}", state=state)


def _with_due(about: Text, invoice: Invoice) -> Text:
    if invoice.due_at is None:
        return about
    due = moment(invoice.due_at, "d")
    if not invoice.is_payable:
        return text("{invoice} · due {date}", invoice=about, date=due)
    distance = moment(invoice.due_at, "R")
    return text("{invoice} · due {date} ({distance})", invoice=about, date=due, distance=distance)


def _buttons(entry: Purchase, page: HistoryPage, view: SaleView) -> list[ui.Button[Any]]:
    sale, buttons = entry.sale, []
    if entry.has_receipts:
        label = text("Show gift") if entry.is_given or sale.given else text("Show receipt")
        style = discord.ButtonStyle.primary if is_waiting(entry, page.now) else _GREY
        buttons.append(button(label, custom_ids.receipt(sale.reference), style))
    if entry.is_given:
        return buttons
    if _is_manageable(entry, page.now, view) and (manage := manage_button(view, sale)):
        buttons.append(manage)
    if entry.is_held:
        return buttons
    if entry.invoice is not None:
        return buttons + _invoice_buttons(entry, entry.invoice, page)
    if is_payable(sale, page.now):
        buttons += [
            button(text("Show payment link"), custom_ids.purchase_link(sale.reference)),
            button(text("Cancel purchase"), custom_ids.purchases(page.number, sale.reference), _GREY),
        ]
    elif may_get_link(entry, page.now):
        buttons.append(button(text("Get a new link"), custom_ids.get_link_below(sale.reference), _GREY))
    return buttons


def _is_manageable(entry: Purchase, now: datetime, view: SaleView) -> bool:
    """Whether the reader pays a subscription that goes on, or that can be resumed here."""
    if entry.sale.status is not SaleStatus.PAID or not subscribed_line(entry.sale):
        return False
    if is_charged(entry.subscription):
        return True
    until = entry.subscription.access_until if entry.subscription else None
    return view.manages and until is not None and until > now


def _invoice_buttons(entry: Purchase, invoice: Invoice, page: HistoryPage) -> list[ui.Button[Any]]:
    sale = entry.sale
    if invoice.state in _NEVER_SHOWN:
        return []
    has_link = is_payable(sale, page.now)
    style = discord.ButtonStyle.primary if has_link and can_be_settled(entry) else _GREY
    buttons = [button(text("Show invoice"), custom_ids.purchase_link(sale.reference), style)]
    if can_be_settled(entry):
        if not has_link and sale.session.state is not SessionState.CREATING:
            link = custom_ids.pay_invoice(invoice.reference, "mine")
            buttons.insert(0, button(text("Get payment link"), link))
        declines = custom_ids.decline_listed_invoice(invoice.reference, page.number)
        buttons.append(button(text("Decline"), declines, _GREY))
    return buttons
