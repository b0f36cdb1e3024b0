"""How a sale looks to its buyer, in each of its states."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import AnyLine, Basket, Sale
from bot.checkout.states import SaleStatus
from bot.discord.cards import Picture, State, card, refused
from bot.discord.components import Card, button, link_button, mark_of_store, notice
from bot.errors import AlreadyHeld, CouponRefused, PriceChanged
from bot.fulfilment.steps.registry import DELIVERED, LOST
from bot.markdown import cut
from bot.money import Money
from bot.texts import NOTHING, Text, as_text, code, limited, lines, mention, moment, text
from cogs import custom_ids
from cogs.catalog.product_text import per_interval, with_trial

_LONGEST_TITLE: Final = 120
"""Characters of a line's title: ten lines of it stay well below a message's limit."""
_LONGEST_REFUSAL: Final = 300
"""Characters of what the store says of a coupon."""
_NO_DM: Final = text(
    "-# I couldn't send you a direct message, so keep this one: it disappears when you restart Discord."
)
_CLOSED_DMS: Final = text(
    "-# I couldn't send you a direct message, so keep this one: it disappears when you restart Discord. "
    "To get the next link by DM, allow direct messages in this server's privacy settings."
)
# Drawn by the clock: a payment of the last moments may be on its way here, or its webhook lost.
_NOT_SEEN: Final = text(
    "No payment has arrived here. If you have paid, don't pay again: wait a little, or tell the staff."
)
_NOT_KNOWN: Final = text(
    "Whether it was paid is not known: I can't see this shop's payments. "
    "If you have paid, you are fine: tell the staff, and don't pay again."
)


@dataclass(frozen=True, slots=True)
class SaleView:
    """`test` marks a store in which nothing is real; `sees_payments` is whether anything tells of them.

    `picture_of` is a picture of what is sold, where there is one.
    """

    test: bool
    sees_payments: bool = True
    picture_of: Callable[[Basket], Picture | None] = lambda _basket: None

    # --- the message that lives -----------------------------------------------------------------------

    def open(self, sale: Sale, *extra: Text) -> Card:
        """The link itself: what, how much, until when."""
        return self._to_be_paid(text("Your payment link"), sale, *extra)

    def live(self, sale: Sale) -> Card:
        """What the sale's message shows now."""
        if sale.link is not None:
            return self.open(sale)
        if sale.status is SaleStatus.WITHDRAWN:
            return self.withdrawn(sale)
        return self.expired(sale)

    def expired(self, sale: Sale) -> Card:
        return self.of_sale(
            State.ENDED,
            text("This payment link has expired"),
            sale,
            facts=(_for_whom(sale), _NOT_SEEN if self.sees_payments else _NOT_KNOWN),
            buttons=(button(text("Get a new link"), custom_ids.get_link(sale.reference)),),
        )

    def withdrawn(self, sale: Sale) -> Card:
        """Given up by its buyer; the store's page doesn't know."""
        still_open = text(
            "The link is gone from here, but the store's page itself can still be paid "
            "{until}. Simply don't pay there.",
            until=self.until(sale.session.expires_at),
        )
        return self.of_sale(
            State.ENDED,
            text("You don't want this any more"),
            sale,
            facts=(still_open,),
            buttons=(button(text("Get a new link"), custom_ids.get_link(sale.reference)),),
        )

    # --- private answers ------------------------------------------------------------------------------

    def sent(self, jump_url: str) -> Card:
        """The link arrived by DM."""
        return notice(
            text("{mark}Your payment link is in your direct messages.", mark=self.mark),
            buttons=(link_button(text("Open the message"), jump_url),),
        )

    def instead_of_a_dm(self, sale: Sale, *, closed: bool) -> Card:
        """The link itself; `closed` says that its buyer takes no direct messages."""
        return self.open(sale, _CLOSED_DMS if closed else _NO_DM)

    def again(self, sale: Sale) -> Card:
        """The link that the buyer has already."""
        return self._to_be_paid(text("You already have a link for this"), sale)

    def interrupted(self) -> Card:
        return refused(
            text("I was restarted while making your payment link. Nothing was charged; please try again.")
        )

    def price_changed(self, change: PriceChanged) -> Card:
        """Today's price beside the one that was seen; the button is the consent."""
        agreed = custom_ids.get_link(
            change.reference, accepted=change.new.amount, without_coupon=change.without_coupon
        )
        return card(
            State.ATTENTION,
            text("The price has changed"),
            _named(change.titles),
            text("It was ~~{old}~~ and is now **{new}**.", old=change.old, new=change.new),
            facts=(text("You have not been charged. Get a link at the new price only if you want to."),),
            buttons=(button(text("Get a link for {price}", price=change.new), agreed),),
            mark=self.mark,
        )

    def already_held(self, held: AlreadyHeld, wish: str, basket: Basket) -> Card:
        """Asks whether to buy it all the same."""
        anyway = custom_ids.buy_anyway(wish)
        return card(
            State.ATTENTION,
            text("Buy it all the same?"),
            held.sentence,
            lines(*map(self._line, basket.lines)),
            picture=self.picture_of(basket),
            facts=(text("You have not been charged."),),
            buttons=(button(text("Buy anyway"), anyway, discord.ButtonStyle.secondary),),
            mark=self.mark,
        )

    def coupon_refused(self, refusal: CouponRefused) -> Card:
        said = text(
            "{coupon}: {reason}",
            coupon=code(refusal.coupon),
            reason=limited(refusal.sentence, _LONGEST_REFUSAL),
        )
        anyway = custom_ids.get_link(refusal.reference, without_coupon=True)
        return card(
            State.ATTENTION,
            text("The coupon wasn't taken"),
            _named(refusal.titles),
            facts=(said,),
            buttons=(button(text("Go on without it"), anyway),),
            mark=self.mark,
        )

    # --- parts ----------------------------------------------------------------------------------------

    def of_sale(
        self,
        state: State,
        title: Text,
        sale: Sale,
        *,
        facts: Sequence[Text | None] = (),
        buttons: Sequence[ui.Button[Any]] = (),
    ) -> Card:
        """A card about what a sale sells, with its picture."""
        return card(
            state,
            title,
            self.lines(sale),
            picture=self.picture_of(sale.basket),
            facts=facts,
            buttons=buttons,
            mark=self.mark,
        )

    def _to_be_paid(self, title: Text, sale: Sale, *extra: Text) -> Card:
        facts = (self._to_pay(sale), self._open_until(sale), _for_whom(sale), *extra)
        return self.of_sale(State.WAITING, title, sale, facts=facts, buttons=(self._pay(sale),))

    def heading(self, title: Text) -> Text:
        return text("### {mark}{title}", mark=self.mark, title=title)

    @property
    def mark(self) -> Text:
        return mark_of_store(test=self.test)

    @staticmethod
    def until(instant: datetime | None) -> Text:
        if instant is None:
            return NOTHING
        return text("until {time} ({distance})", time=moment(instant, "t"), distance=moment(instant, "R"))

    def _open_until(self, sale: Sale) -> Text:
        return text("Open {until}.", until=self.until(sale.session.expires_at))

    def lines(self, sale: Sale) -> Text:
        return lines(*map(self._line, sale.basket.lines))

    def _line(self, line: AnyLine) -> Text:
        title = times(line.quantity, _named([line.title]))
        if line.amount is None:
            return text("{title}: you choose the price", title=title)
        price = per_interval(as_text(Money(line.amount, line.currency)), line.billing_interval)
        return text("{title}: {price}", title=title, price=with_trial(price, line.trial_days))

    def _to_pay(self, sale: Sale) -> Text:
        tax = text("-# Tax may come on top; the payment page shows it before you pay.")
        total = total_of(sale)
        if total is None or (len(sale.basket.lines) == 1 and not sale.session.discount):
            return tax  # one line says it all
        coupon = None
        if sale.session.discount and sale.basket.coupon:
            discount = Money(sale.session.discount, total.currency)
            coupon = text("Coupon {coupon}: −{discount}", coupon=code(sale.basket.coupon), discount=discount)
        return lines(coupon, text("Total: **{total}**", total=total), tax)

    def _pay(self, sale: Sale) -> ui.Button[Any]:
        total = total_of(sale)
        label = text("Pay {total}", total=total) if total else text("Choose a price and pay")
        return link_button(label, sale.link or "")


def _for_whom(sale: Sale) -> Text:
    """Of a gift, what its payer has to know before they pay."""
    recipient = sale.basket.gift_to
    if recipient is None:
        return NOTHING
    gift = text("A gift for {member}.", member=mention(recipient))
    if not sale.basket.has_download:
        return gift
    return text("{gift} The file comes to your e-mail, not to them: you pass it on.", gift=gift)


def times(quantity: int, title: Text) -> Text:
    """What is bought, and how much of it where it is more than one."""
    return text("{quantity} × {title}", quantity=quantity, title=title) if quantity > 1 else title


def _named(titles: Sequence[str]) -> Text:
    return lines(*(text("**{title}**", title=cut(title, _LONGEST_TITLE)) for title in titles))


def total_of(sale: Sale) -> Money | None:
    """What is to be paid before tax, by the store's own count."""
    if sale.basket.subtotal is None or sale.session.amount is None:
        return None
    return Money(sale.session.amount - (sale.session.discount or 0), sale.basket.currency)


# --- the buyer's live message once there is money -----------------------------------------------------


_STORIES: Final[Mapping[str, tuple[State, Text, Text]]] = {
    SaleStatus.CLEARING: (
        State.WAITING,
        text("Your payment is on its way"),
        text("Some banks take days for it. There is nothing to do: you hear from me once it is there."),
    ),
    SaleStatus.PAID: (
        State.PAID,
        text("Paid"),
        text("Thank you! Your receipt has a message of its own, and is in /purchases."),
    ),
    DELIVERED: (State.DELIVERED, text("Paid and delivered"), text("Thank you!")),
    SaleStatus.REFUNDED: (State.ENDED, text("Refunded"), text("The money goes back the way it came.")),
    SaleStatus.DISPUTED: (
        State.ATTENTION,
        text("Disputed"),
        text("Your bank took this payment back, or says that you dispute it."),
    ),
    LOST: (State.ENDED, text("Not paid any more"), text("The money goes back to you.")),
}


def money_card(view: SaleView, sale: Sale, progress: str) -> Card | None:
    """What the message shows now; None while there is no money to speak of."""
    story = _STORIES.get(progress)
    if story is None:
        return None
    state, title, said = story
    if progress in (SaleStatus.PAID, DELIVERED) and sale.basket.gift_to is not None:
        said = text("Thank you! Your gift goes to {member}.", member=mention(sale.recipient_id))
    return view.of_sale(state, title, sale, facts=(said,))
