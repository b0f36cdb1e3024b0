"""How a sale looks to its buyer, in each of its states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import AnyLine, Basket, Sale
from bot.checkout.states import SaleStatus
from bot.discord.components import Card, button, link_button, mark_of_store, notice
from bot.errors import AlreadyHeld, CouponRefused, PriceChanged
from bot.fulfilment.steps.registry import DELIVERED, LOST
from bot.markdown import cut, escape
from bot.money import Money
from cogs import custom_ids
from cogs.catalog.product_text import every, trial_of

_LONGEST_TITLE: Final = 120
"""Characters of a line's title: ten lines of it stay well below a message's limit."""
_NO_DM: Final = (
    "-# I couldn't send you a direct message, so keep this one: it disappears when you restart Discord."
)
_CLOSED_DMS: Final = "To get the next link by DM, allow direct messages in this server's privacy settings."
# Drawn by the clock: a payment of the last moments may be on its way here, or its webhook lost.
_NOT_SEEN: Final = (
    "No payment has arrived here. If you have paid, don't pay again: wait a little, or tell the staff."
)
_NOT_KNOWN: Final = (
    "Whether it was paid is not known: I can't see this shop's payments. "
    "If you have paid, you are fine: tell the staff, and don't pay again."
)


@dataclass(frozen=True, slots=True)
class SaleView:
    """`test` marks a store in which nothing is real; `sees_payments` is whether anything tells of them."""

    locale: str
    test: bool
    sees_payments: bool = True

    # --- the message that lives -----------------------------------------------------------------------

    def open(self, sale: Sale, *extra: str) -> Card:
        """The link itself: what, how much, until when."""
        return self._card(
            "Your payment link",
            self.lines(sale),
            self._to_pay(sale),
            f"Open {self.until(sale.session.expires_at)}.",
            _for_whom(sale),
            *extra,
            button=self._pay(sale),
        )

    def live(self, sale: Sale) -> Card:
        """What the sale's message shows now."""
        if sale.link is not None:
            return self.open(sale)
        if sale.status is SaleStatus.WITHDRAWN:
            return self.withdrawn(sale)
        return self.expired(sale)

    def expired(self, sale: Sale) -> Card:
        return self._card(
            "This payment link has expired",
            self.lines(sale),
            _for_whom(sale),
            _NOT_SEEN if self.sees_payments else _NOT_KNOWN,
            button=button("Get a new link", custom_ids.get_link(sale.reference)),
        )

    def withdrawn(self, sale: Sale) -> Card:
        """Given up by its buyer; the store's page doesn't know."""
        return self._card(
            "You don't want this any more",
            self.lines(sale),
            f"The link is gone from here, but the store's page itself can still be paid "
            f"{self.until(sale.session.expires_at)}. Simply don't pay there.",
            button=button("Get a new link", custom_ids.get_link(sale.reference)),
        )

    # --- private answers ------------------------------------------------------------------------------

    def sent(self, jump_url: str) -> Card:
        """The link arrived by DM."""
        return notice(
            f"{self.mark}Your payment link is in your direct messages.",
            buttons=(link_button("Open the message", jump_url),),
        )

    def instead_of_a_dm(self, sale: Sale, *, closed: bool) -> Card:
        """The link itself; `closed` says that its buyer takes no direct messages."""
        return self.open(sale, f"{_NO_DM} {_CLOSED_DMS}" if closed else _NO_DM)

    def again(self, sale: Sale) -> Card:
        """The link that the buyer has already."""
        return self._card(
            "You already have a link for this",
            self.lines(sale),
            self._to_pay(sale),
            f"Open {self.until(sale.session.expires_at)}.",
            _for_whom(sale),
            button=self._pay(sale),
        )

    def interrupted(self) -> Card:
        return notice(
            "I was restarted while making your payment link. Nothing was charged; please try again."
        )

    def price_changed(self, change: PriceChanged) -> Card:
        """Today's price beside the one that was seen; the button is the consent."""
        old, new = change.old.format(self.locale), change.new.format(self.locale)
        agreed = custom_ids.get_link(
            change.reference, accepted=change.new.amount, without_coupon=change.without_coupon
        )
        return self._card(
            "The price has changed",
            _named(change.titles),
            f"It was ~~{old}~~ and is now **{new}**.",
            "You have not been charged. Get a link at the new price only if you want to.",
            button=button(f"Get a link for {new}", agreed),
        )

    def already_held(self, held: AlreadyHeld, wish: str, basket: Basket) -> Card:
        """Asks whether to buy it all the same."""
        return self._card(
            "Buy it all the same?",
            held.sentence,
            "\n".join(map(self._line, basket.lines)),
            "You have not been charged.",
            button=button("Buy anyway", custom_ids.buy_anyway(wish), discord.ButtonStyle.secondary),
        )

    def coupon_refused(self, refusal: CouponRefused) -> Card:
        return self._card(
            "The coupon wasn't taken",
            _named(refusal.titles),
            f"`{escape_code(refusal.coupon)}`: {escape(cut(refusal.sentence, 300))}",
            button=button("Go on without it", custom_ids.get_link(refusal.reference, without_coupon=True)),
        )

    # --- parts ----------------------------------------------------------------------------------------

    def _card(self, title: str, *texts: str, button: ui.Button[Any]) -> Card:
        body = "\n".join(text for text in texts if text)
        return Card(ui.TextDisplay(f"### {self.mark}{title}"), ui.TextDisplay(body), ui.ActionRow(button))

    @property
    def mark(self) -> str:
        return mark_of_store(test=self.test)

    @staticmethod
    def until(instant: datetime | None) -> str:
        if instant is None:
            return ""
        return f"until {discord.utils.format_dt(instant, 't')} ({discord.utils.format_dt(instant, 'R')})"

    def lines(self, sale: Sale) -> str:
        return "\n".join(map(self._line, sale.basket.lines))

    def _line(self, line: AnyLine) -> str:
        times = f"{line.quantity} × " if line.quantity > 1 else ""
        title = f"{times}{_named([line.title])}"
        if line.amount is None:
            return f"{title}: you choose the price"
        price = self._money(line.amount, line.currency)
        if line.billing_interval is not None:
            price = f"{price}{every(line.billing_interval)}"
        return f"{title}: {price}{trial_of(line.trial_days)}"

    def _to_pay(self, sale: Sale) -> str:
        tax = "-# Tax may come on top; the payment page shows it before you pay."
        total = total_of(sale)
        if total is None or (len(sale.basket.lines) == 1 and not sale.session.discount):
            return tax  # one line says it all
        coupon = ""
        if sale.session.discount and sale.basket.coupon:
            discount = self._money(sale.session.discount, total.currency)
            coupon = f"Coupon `{escape_code(sale.basket.coupon)}`: −{discount}\n"
        return f"{coupon}Total: **{total.format(self.locale)}**\n{tax}"

    def _pay(self, sale: Sale) -> ui.Button[Any]:
        total = total_of(sale)
        return link_button(
            f"Pay {total.format(self.locale)}" if total else "Choose a price and pay", sale.link or ""
        )

    def _money(self, amount: int, currency: str) -> str:
        return Money(amount, currency).format(self.locale)


def _for_whom(sale: Sale) -> str:
    """Of a gift, what its payer has to know before they pay."""
    recipient = sale.basket.gift_to
    if recipient is None:
        return ""
    gift = f"A gift for <@{recipient}>."
    if not sale.basket.has_download:
        return gift
    return f"{gift} The file comes to your e-mail, not to them: you pass it on."


def _named(titles: Sequence[str]) -> str:
    return "\n".join(f"**{escape(cut(title, _LONGEST_TITLE))}**" for title in titles)


def total_of(sale: Sale) -> Money | None:
    """What is to be paid before tax, by the store's own count."""
    if sale.basket.subtotal is None or sale.session.amount is None:
        return None
    return Money(sale.session.amount - (sale.session.discount or 0), sale.basket.currency)


def escape_code(text: str) -> str:
    """Text inside backticks: nothing is Markdown there but the backtick itself."""
    return text.replace("`", "'")


# --- the buyer's live message once there is money -----------------------------------------------------


_STORIES: Final[Mapping[str, tuple[str, str]]] = {
    SaleStatus.CLEARING: (
        "Your payment is on its way",
        "Some banks take days for it. There is nothing to do: you hear from me once it is there.",
    ),
    SaleStatus.PAID: ("Paid", "Thank you! Your receipt has a message of its own, and is in /purchases."),
    DELIVERED: ("Paid and delivered", "Thank you!"),
    SaleStatus.REFUNDED: ("Refunded", "The money goes back the way it came."),
    SaleStatus.DISPUTED: ("Disputed", "Your bank took this payment back, or says that you dispute it."),
    LOST: ("Not paid any more", "The money goes back to you."),
}


def money_card(view: SaleView, sale: Sale, progress: str) -> Card | None:
    """What the message shows now; None while there is no money to speak of."""
    story = _STORIES.get(progress)
    if story is None:
        return None
    title, text = story
    if progress in (SaleStatus.PAID, DELIVERED) and sale.basket.gift_to is not None:
        text = f"Thank you! Your gift goes to <@{sale.recipient_id}>."
    return Card(ui.TextDisplay(f"### {view.mark}{title}"), ui.TextDisplay(f"{view.lines(sale)}\n{text}"))
