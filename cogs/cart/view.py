"""A cart as a page, and what is said when something is put into it."""

from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.cart.models import Cart, CartEntry, PricedCart, mark_of_line
from bot.catalog.availability import Line
from bot.checkout.draft import CheckoutEstimate
from bot.discord.cards import State, card, headed, rows_of
from bot.discord.components import Card, button
from bot.discord.localized import Paragraph
from bot.markdown import cut
from bot.money import Money
from bot.texts import Text, as_text, code, limited, lines, ntext, text
from cogs import custom_ids
from cogs.catalog.product_text import per_interval, with_trial
from cogs.checkout.totals import with_tax
from cogs.checkout.view import times

_LONGEST_TITLE: Final = 60
"""Characters of a line's title, before it is escaped: ten lines stay below a message's limit."""
_LONGEST_REFUSAL: Final = 180
"""Characters of why a line can't be bought, for the same reason."""
_ICON: Final = "🛒"
_GREY: Final = discord.ButtonStyle.secondary
_STALE: Final = text("-# The store isn't answering right now, so some prices may be out of date.")
_IN_THE_WAY: Final = text("Remove what can't be bought to check out.")
_KEPT: Final = text("-# You get one private payment link for everything, and your cart is emptied.")


@dataclass(frozen=True, slots=True)
class CartView:
    """`mark` is written before a title."""

    mark: Text

    def page(
        self, cart: PricedCart, note: Text | None = None, estimate: CheckoutEstimate | None = None
    ) -> Card:
        """All of it; `note` is what has just happened, `estimate` what it comes to with coupon and tax."""
        if not cart.entries:
            return self._empty(note)
        heading = headed(State.NEUTRAL, text("Your cart"), self.mark, _ICON)
        items: list[ui.Item[Any]] = [Paragraph(lines(heading, note))]
        items += [ui.Section(Paragraph(_said(entry)), accessory=_to_change(entry)) for entry in cart.entries]
        items.append(Paragraph(_summary(cart, estimate)))
        return Card(*items, *rows_of(_buttons(cart, estimate)))

    def _empty(self, note: Text | None) -> Card:
        return card(
            State.NEUTRAL,
            text("Your cart is empty"),
            note,
            text("Press “Add to cart” in /shop. Payment links you already have are in /purchases."),
            buttons=(
                button(text("Open the shop"), custom_ids.opens("shop")),
                button(text("My purchases"), custom_ids.opens("purchases"), _GREY),
            ),
            mark=self.mark,
            icon=_ICON,
        )

    def added(self, line: Line, cart: Cart) -> Card:
        """The line is in the cart now, with so many units in all."""
        return card(
            State.NEUTRAL,
            text("Added to your cart"),
            _line(line),
            ntext("-# {count} product in your cart.", "-# {count} products in your cart.", len(cart.lines)),
            buttons=(button(text("Open cart"), custom_ids.opens("cart")),),
            mark=self.mark,
            icon=_ICON,
        )


def _line(line: Line) -> Text:
    title = times(line.quantity, text("**{title}**", title=cut(line.title, _LONGEST_TITLE)))
    if line.amount is None:
        return text("{title}: you choose the price", title=title)
    price = per_interval(as_text(Money(line.amount, line.currency)), line.billing_interval)
    return text("{title}: {price}", title=title, price=with_trial(price, line.trial_days))


def _said(entry: CartEntry) -> Text:
    line = entry.line
    if entry.refusal is not None:
        return lines(_line(line), text("⚠️ {why}", why=limited(entry.refusal.sentence, _LONGEST_REFUSAL)))
    changed = None
    if entry.seen is not None and line.unit_amount is not None:
        changed = text(
            "The price has changed: it was ~~{old}~~ each and is now {new}.",
            old=Money(entry.seen, line.currency),
            new=Money(line.unit_amount, line.currency),
        )
    return lines(_line(line), changed)


def _to_change(entry: CartEntry) -> ui.Button[Any]:
    mark = mark_of_line(entry.line)
    if entry.refusal is not None or entry.most == 1 or entry.line.is_subscription:
        return button(text("Remove"), custom_ids.cart_remove(mark), _GREY)
    return button(text("Change"), custom_ids.cart_quantity(mark, entry.line.quantity), _GREY)


def _summary(cart: PricedCart, estimate: CheckoutEstimate | None) -> Text:
    coupon = total = None
    tax = text("-# Plus tax, if any (shown at checkout).")
    if cart.coupon:
        coupon = text("Coupon: {coupon} (checked when you check out)", coupon=code(cart.coupon))
    if cart.total is not None and not _begins_free(cart):
        total = text("Total: **{total}**", total=cart.total)
        if estimate is not None:
            tax = with_tax(
                cart.total.currency, estimate.subtotal - estimate.discount, estimate.tax, estimate.total
            )
    in_the_way = _IN_THE_WAY if any(entry.refusal for entry in cart.entries) else None
    if in_the_way is None and cart.problem is not None:
        in_the_way = cart.problem.sentence
    return lines(
        coupon,
        total,
        tax if cart.total else None,
        text("⚠️ {why}", why=in_the_way) if in_the_way else None,
        None if cart.is_current else _STALE,
        None if cart.basket is None else _KEPT,
    )


def _begins_free(cart: PricedCart) -> bool:
    """Whether nothing is paid today: its line says what is paid later."""
    return any(entry.line.trial_days for entry in cart.entries)


def _buttons(cart: PricedCart, estimate: CheckoutEstimate | None) -> list[ui.Button[Any]]:
    total = cart.total
    amount = total.amount if total else None
    label = text("Check out")
    if total is not None and not _begins_free(cart):
        due = total if estimate is None else Money(estimate.total, total.currency)
        label = text("Check out for {total}", total=due)
    buy = button(label, custom_ids.cart_buy(cart.mark, amount), discord.ButtonStyle.success)
    buy.disabled = cart.basket is None
    coupon = text("Change coupon") if cart.coupon else text("Coupon")
    return [
        buy,
        button(coupon, custom_ids.CART_COUPON, _GREY),
        button(text("Empty cart"), custom_ids.EMPTY_CART, _GREY),
        button(text("Open the shop"), custom_ids.opens("shop"), _GREY),
    ]
