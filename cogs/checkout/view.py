"""How a sale looks to its buyer, in each of its states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import AnyLine, Basket, Sale
from bot.checkout.states import SaleStatus
from bot.discord.cards import Picture, State, card, refused
from bot.discord.components import Card, button, link_button, mark_of_store
from bot.errors import AlreadyHeld, CouponRefused, PriceChanged
from bot.markdown import cut
from bot.money import Money
from bot.texts import (
    NOTHING,
    Text,
    as_text,
    code,
    joined,
    limited,
    lines,
    markdown,
    mention,
    moment,
    ntext,
    text,
)
from cogs import custom_ids
from cogs.catalog.product_text import per_interval, with_trial
from cogs.checkout.totals import due_of, has_trial, total_of, with_tax

_LONGEST_TITLE: Final = 120
"""Characters of a line's title: ten lines of it stay well below a message's limit."""
_LONGEST_REFUSAL: Final = 300
"""Characters of what the store says of a coupon."""
_GREY: Final = discord.ButtonStyle.secondary
_NO_DM: Final = text(
    "-# We couldn't send you a direct message. This message disappears when you restart Discord; "
    "/purchases shows the link again."
)
_CLOSED_DMS: Final = text(
    "-# We couldn't send you a direct message. This message disappears when you restart Discord; "
    "/purchases shows the link again. To get links by direct message, allow them in this server's "
    "privacy settings."
)
# Drawn by the clock: a payment of the last moments may be on its way here, or its webhook lost.
_NOT_SEEN: Final = text(
    "We haven't received a payment. Already paid? Don't pay again: wait a few minutes, then contact staff."
)
_NOT_KNOWN: Final = text(
    "Payments for this shop don't show up here. Already paid? Don't pay again: contact staff."
)
_NOT_CHARGED: Final = text("You haven't been charged.")


@dataclass(frozen=True, slots=True)
class SaleView:
    """`test` marks a store in which nothing is real; `sees_payments` is whether anything tells of them.

    `picture_of` is a picture of what is sold, where there is one; `portal` the address at which who pays a
    subscription manages it, and `manages` says that they can here, too.
    """

    test: bool
    sees_payments: bool = True
    picture_of: Callable[[Basket], Picture | None] = lambda _basket: None
    portal: str = ""
    manages: bool = False

    # --- the message that lives -----------------------------------------------------------------------

    def open(self, sale: Sale, *extra: Text) -> Card:
        """The link itself: what, how much, until when."""
        if has_trial(sale):
            title = text("Start your free trial")
        elif sale.basket.gift_to is not None:
            title = text("Payment link for your gift")
        else:
            title = text("Your payment link")
        return self._to_be_paid(title, sale, *extra)

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
            text("Payment link expired"),
            sale,
            facts=(_for_whom(sale), _NOT_SEEN if self.sees_payments else _NOT_KNOWN),
            buttons=(_new_link(sale),),
        )

    def withdrawn(self, sale: Sale) -> Card:
        """Given up by its buyer; the store's page doesn't know."""
        until = sale.session.expires_at
        still_open = None
        if until is not None:
            still_open = text(
                "If its payment page is still open, close it: it takes payments until {time}.", time=until
            )
        return self.of_sale(
            State.ENDED,
            text("Purchase cancelled"),
            sale,
            facts=(_for_whom(sale), still_open),
            buttons=(_new_link(sale),),
        )

    # --- private answers ------------------------------------------------------------------------------

    def sent(self, sale: Sale, jump_url: str | None) -> Card:
        """The link, which came by DM as well: at `jump_url`, unless the reader is there already."""
        if jump_url is None:
            return self.open(sale)
        also = text("-# We sent it to you as a direct message, too.")
        buttons = (link_button(text("Open the message"), jump_url),)
        return self._to_be_paid(text("Your payment link is ready"), sale, also, buttons=buttons)

    def instead_of_a_dm(self, sale: Sale, *, closed: bool) -> Card:
        """The link itself; `closed` says that its buyer takes no direct messages."""
        return self.open(sale, _CLOSED_DMS if closed else _NO_DM)

    def again(self, sale: Sale) -> Card:
        """The link that the buyer has already."""
        return self._to_be_paid(text("You already have a link for this"), sale)

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
            facts=(_NOT_CHARGED,),
            buttons=(
                button(text("Continue for {price}", price=change.new), agreed),
                button(text("No thanks"), custom_ids.no_thanks(change.reference), _GREY),
            ),
            mark=self.mark,
        )

    def declined(self, sale: Sale) -> Card:
        """The buyer didn't want it so."""
        if sale.status is SaleStatus.EXPIRED:
            return self.expired(sale)
        return self.of_sale(
            State.ENDED,
            text("Nothing was bought"),
            sale,
            facts=(text("You haven't been charged. Changed your mind? Get a new link."),),
            buttons=(_new_link(sale),),
        )

    def already_held(self, held: AlreadyHeld, reference: str, basket: Basket) -> Card:
        """Asks whether to buy it all the same."""
        return card(
            State.ATTENTION,
            text("Buy it anyway?"),
            held.sentence,
            lines(*map(self._line, basket.lines)),
            picture=self.picture_of(basket),
            facts=(_NOT_CHARGED,),
            buttons=(button(text("Buy anyway"), custom_ids.buy_anyway(reference), _GREY),),
            mark=self.mark,
        )

    def coupon_refused(self, refusal: CouponRefused) -> Card:
        anyway = custom_ids.get_link(refusal.reference, without_coupon=True)
        return card(
            State.ATTENTION,
            text("That coupon doesn't work"),
            _named(refusal.titles),
            facts=(limited(refusal.sentence, _LONGEST_REFUSAL), _NOT_CHARGED),
            buttons=(
                button(text("Try another code"), custom_ids.other_coupon(refusal.reference)),
                button(text("Continue without a coupon"), anyway, _GREY),
            ),
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

    def _to_be_paid(
        self, title: Text, sale: Sale, *extra: Text, buttons: Sequence[ui.Button[Any]] = ()
    ) -> Card:
        facts = (
            _for_whom(sale),
            self._to_pay(sale),
            self._terms(sale),
            text("-# Open {until}.", until=self.until(sale.session.expires_at)),
            *extra,
        )
        buttons = (self._pay(sale), *_note_button(sale), *buttons)
        return self.of_sale(State.WAITING, title, sale, facts=facts, buttons=buttons)

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

    def lines(self, sale: Sale, *, renewed: bool = False) -> Text:
        """What is bought, and how much it is; once it is `renewed`, its trial is over."""
        return lines(*(self._line(line, renewed=renewed) for line in sale.basket.lines))

    def _line(self, line: AnyLine, *, renewed: bool = False) -> Text:
        title = times(line.quantity, _named([line.title]))
        if line.amount is None:
            return text("{title}: you choose the price", title=title)
        price = per_interval(as_text(Money(line.amount, line.currency)), line.billing_interval)
        days = 0 if renewed else line.trial_days
        return text("{title}: {price}", title=title, price=with_trial(price, days))

    def _to_pay(self, sale: Sale) -> Text:
        tax = text("-# Plus tax, if any (shown at checkout).")
        total, session = total_of(sale), sale.session
        if (
            total is not None
            and session.tax is not None
            and session.total is not None
            and not has_trial(sale)
        ):
            tax = with_tax(total.currency, total.amount, session.tax, session.total)
        if total is None or (len(sale.basket.lines) == 1 and not session.discount):
            return tax  # one line says it all
        coupon = None
        if session.discount and sale.basket.coupon:
            discount = Money(session.discount, total.currency)
            coupon = text("Coupon {coupon}: −{discount}", coupon=code(sale.basket.coupon), discount=discount)
        return lines(coupon, text("Total: **{total}**", total=total), tax)

    def _terms(self, sale: Sale) -> Text | None:
        """Of a subscription, what it costs later and how to end it."""
        line = next((each for each in sale.basket.lines if each.is_subscription), None)
        if line is None or line.amount is None:
            return None
        price = per_interval(as_text(Money(line.amount, line.currency)), line.billing_interval)
        if line.trial_days:
            charged = ntext(
                "You pay nothing today. After {count} day you're charged {price} until you cancel.",
                "You pay nothing today. After {count} days you're charged {price} until you cancel.",
                line.trial_days,
                price=price,
            )
        else:
            charged = text("Renews at {price} until you cancel.", price=price)
        return joined(" ", (charged, self.where_to_cancel))

    @property
    def where_to_cancel(self) -> Text | None:
        if not self.portal:
            return None
        return text("Cancel anytime at {address}.", address=markdown(self.portal))

    def _pay(self, sale: Sale) -> ui.Button[Any]:
        total = due_of(sale)
        if has_trial(sale):
            label = text("Start free trial")
        else:
            label = text("Pay {total}", total=total) if total else text("Choose a price and pay")
        return link_button(label, sale.link or "")


def interrupted() -> Card:
    """The process ended over a link that the store may have made: nobody gets that one."""
    return refused(
        text("We restarted while creating your payment link. You haven't been charged; try again.")
    )


def _new_link(sale: Sale) -> ui.Button[Any]:
    return button(text("Get a new link"), custom_ids.get_link(sale.reference))


def _for_whom(sale: Sale) -> Text | None:
    """Of a gift, what its payer has to know before they pay."""
    recipient = sale.basket.gift_to
    if recipient is None:
        return None
    member = mention(recipient)
    gift = text("A gift for {member}. They won't see the price.", member=member)
    file = None
    if sale.basket.has_download:
        file = text(
            "The download link is emailed to you, not to {member}: you'll need to pass it on.", member=member
        )
    return lines(gift, file, gift_note(sale))


def _note_button(sale: Sale) -> tuple[ui.Button[Any], ...]:
    if sale.basket.gift_to is None:
        return ()
    label = text("Change note") if sale.basket.gift_note else text("Add a note")
    return (button(label, custom_ids.gift_note(sale.reference), _GREY),)


def gift_note(sale: Sale) -> Text | None:
    """What its buyer writes to the one who gets it."""
    note = sale.basket.gift_note
    return text("Your note: “{note}”", note=note) if note else None


def times(quantity: int, title: Text) -> Text:
    """What is bought, and how much of it where it is more than one."""
    return text("{quantity} × {title}", quantity=quantity, title=title) if quantity > 1 else title


def footer(number: str) -> Text:
    """The line that says which purchase it is, by the number that staff and the store find it by."""
    return text("-# Purchase {number}", number=markdown(number))


def _named(titles: Sequence[str]) -> Text:
    return lines(*(text("**{title}**", title=cut(title, _LONGEST_TITLE)) for title in titles))
