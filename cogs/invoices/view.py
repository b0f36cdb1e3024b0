"""How an invoice looks to the one who is to pay it, in each of its states."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import AnyLine, Sale
from bot.discord.cards import State, card, headed
from bot.discord.components import Card, button, link_button, mark_of_store, notice
from bot.discord.localized import MAXIMUM_TEXT, Paragraph
from bot.invoices.models import Invoice
from bot.invoices.service import is_clearing, page_open_until
from bot.invoices.states import InvoiceState
from bot.money import Money
from bot.texts import NOTHING, Text, as_text, code, limited, lines, mention, moment, text
from cogs import custom_ids
from cogs.catalog.product_text import per_interval, with_trial
from cogs.checkout.view import times

# Characters, once escaped. What staff wrote in whole sentences gets the room that the rest leaves it.
_LONGEST_HEADING: Final = 160
_LONGEST_LINE: Final = 510
"""Of an item's name where it stands alone: the longest that there is, with every character escaped."""
_LINES_TOGETHER: Final = 1500
_LONGEST_TEXT: Final = 600
_LONGEST_REASON: Final = 350
SPARE: Final = 150
"""For what an answer may get below it, and for line breaks."""
_GREY: Final = discord.ButtonStyle.secondary
_CLEARING: Final = text("**Your payment is on its way.** Some banks take a few days.")
_CLEARING_HERE: Final = text(
    "**Your payment is on its way.** Some banks take a few days. This message updates when it arrives."
)
_CLEARING_ELSEWHERE: Final = text(
    "**Your payment is on its way.** Some banks take a few days. We'll message you when it arrives."
)
_CLEARING_ALL_THE_SAME: Final = text(
    "Your payment for it is still on its way. When it arrives, staff will be told."
)
_HELD: Final = text(
    "**Staff are checking your payment.** It doesn't match this invoice. Don't pay again: this message "
    "updates when they've decided."
)
_NOT_SEEN: Final = text("-# We can't see payments here. Already paid? Don't pay again; contact staff.")
_NO_DM: Final = text("-# We couldn't send you a direct message.")
_CLOSED_DMS: Final = text(
    "-# We couldn't send you a direct message. "
    "To get the next one, allow direct messages in this server's privacy settings."
)
_ENDED: Final = {
    InvoiceState.PAID: text("**Paid.** Thank you!"),
    InvoiceState.REFUNDED: text("**Refunded.** The money is on its way back to you."),
    InvoiceState.DISPUTED: text(
        "**Disputed.** Your bank reported this payment as disputed. "
        "Is that a mistake? Contact your bank or staff."
    ),
    InvoiceState.LOST: text("**Charged back.** Your bank gave the money back to you."),
    InvoiceState.CANCELLED: text("**Cancelled by staff.** There's nothing to pay."),
    InvoiceState.DECLINED: text("**You declined this invoice.** There's nothing to pay."),
}
_DONT_PAY_THERE: Final = text("-# If its payment page is still open somewhere, don't pay there.")
_LOOKS: Final = {
    InvoiceState.OVERDUE: State.ATTENTION,
    InvoiceState.PAID: State.PAID,
    InvoiceState.REFUNDED: State.ENDED,
    InvoiceState.DISPUTED: State.ATTENTION,
    InvoiceState.LOST: State.ENDED,
    InvoiceState.CANCELLED: State.ENDED,
    InvoiceState.DECLINED: State.ENDED,
    InvoiceState.REFUSED: State.ENDED,
}
_PAID_ONCE: Final = frozenset(
    {InvoiceState.PAID, InvoiceState.REFUNDED, InvoiceState.DISPUTED, InvoiceState.LOST}
)
"""Why somebody had ended one before it was paid all the same doesn't count any more."""


SETTLED: Final = frozenset(_ENDED) | {InvoiceState.REFUSED}
"""Nothing is asked for any more, so neither tax nor a due date is still to come."""


def look_of(invoice: Invoice, sale: Sale | None = None) -> State:
    """How an invoice stands, at a glance; with its sale, also whether its payment is on its way."""
    if sale is not None and invoice.is_payable and is_clearing(sale):
        return State.WAITING
    return _LOOKS.get(invoice.state, State.WAITING)


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """`test` marks a store in which nothing is real; `sees_payments` is whether anything tells of them."""

    test: bool
    sees_payments: bool = True

    # --- the message that lives -----------------------------------------------------------------------

    def live(self, invoice: Invoice, sale: Sale, now: datetime, *, is_held: bool = False) -> Card:
        """The invoice as it stands at `now`, in the message that goes on changing.

        `is_held` says that staff have to decide about a payment of it.
        """
        return self._card(invoice, sale, now, lives=True, is_held=is_held)

    def private(self, invoice: Invoice, sale: Sale, now: datetime, *extra: Text) -> Card:
        """The same in an answer, which stays as it is."""
        return self._card(invoice, sale, now, *extra, lives=False)

    def sent(self, invoice: Invoice, sale: Sale, now: datetime, jump_url: str | None) -> Card:
        """The payer asked for the link, and it arrived by DM: `jump_url` leads there who is elsewhere."""
        there = [] if jump_url is None else [link_button(text("Open the message"), jump_url)]
        return self._card(invoice, sale, now, lives=False, besides=there)

    def _card(
        self,
        invoice: Invoice,
        sale: Sale,
        now: datetime,
        *extra: Text,
        lives: bool,
        is_held: bool = False,
        besides: Sequence[ui.Button[Any]] = (),
    ) -> Card:
        discount = sale.session.discount
        link = sale.link if page_open_until(sale, now) else None
        buttons: list[ui.Button[Any]] = []
        if not invoice.is_payable:
            state = self._ended(invoice, sale, now)
        elif is_held:
            state = _HELD
        elif is_clearing(sale):
            state = self._clearing(lives=lives)
        else:
            state = lines(self._link_state(sale, link, lives=lives), *extra)
            decline = button(text("Decline"), custom_ids.decline_invoice(invoice.reference), _GREY)
            buttons = [self._pay(invoice, discount, link), decline]
        buttons.extend(besides)
        look = State.WAITING if is_held and invoice.is_payable else look_of(invoice, sale)
        shown = self.texts(invoice, discount, look, below=length(state))
        rows = [ui.ActionRow(*buttons)] if buttons else ()
        return Card(*shown, Paragraph(state), *rows, accent=look.colour)

    def texts(self, invoice: Invoice, discount: int | None, look: State, *, below: int) -> list[ui.Item[Any]]:
        """What it asks for; `discount` is cents, None where it isn't known. `below` characters follow it."""
        title = limited(title_of(invoice), _LONGEST_HEADING)
        parts = [headed(look, title, self.mark), self._who(invoice)]
        if invoice.title and invoice.number is not None:
            parts.append(text("-# Invoice #{number}", number=invoice.shown_number))
        body = [*self.lines(invoice), *self._total(invoice, discount)]
        after = []
        if invoice.due_at is not None and invoice.state not in SETTLED:
            after.append(self._due(invoice.due_at, overdue=invoice.state is InvoiceState.OVERDUE))
        room = MAXIMUM_TEXT - SPARE - below - length(*parts, *body, *after)
        longest = min(_LONGEST_TEXT, room // 2 if invoice.description and invoice.note else room)
        if invoice.description:
            parts.append(shortened(invoice.description, longest))
        if invoice.note:
            after.insert(0, text("Note: {note}", note=shortened(invoice.note, longest)))
        texts: list[ui.Item[Any]] = [Paragraph(lines(*parts))]
        if invoice.lines:
            texts.extend((ui.Separator(), Paragraph(lines(*body))))
        if after:
            texts.extend((ui.Separator(), Paragraph(lines(*after))))
        return texts

    # --- other messages -------------------------------------------------------------------------------

    def instead_of_a_dm(self, invoice: Invoice, sale: Sale, now: datetime, *, closed: bool) -> Card:
        """`closed` says that the payer takes no direct messages."""
        return self.private(invoice, sale, now, _CLOSED_DMS if closed else _NO_DM)

    def reminder(self, invoice: Invoice, discount: int | None, what: str) -> Card:
        """A message of its own, as things stand; its button answers below it. `discount` as in `texts`."""
        look = look_of(invoice)
        if not invoice.is_payable:
            return card(
                look, text("Invoice reminder"), _named(invoice), _ENDED.get(invoice.state), mark=self.mark
            )
        link = custom_ids.pay_invoice(invoice.reference, what)
        return card(
            look,
            text("Invoice reminder"),
            self._reminded(invoice),
            *self._total(invoice, discount),
            facts=() if self.sees_payments else (_NOT_SEEN,),
            buttons=(button(text("Get payment link"), link),),
            mark=self.mark,
        )

    def _reminded(self, invoice: Invoice) -> Text:
        due = when(invoice.due_at) if invoice.due_at else NOTHING
        if invoice.state is not InvoiceState.OVERDUE:
            return text("{invoice} is due {due}.", invoice=_named(invoice), due=due)
        if self.sees_payments:
            return text("{invoice} was due {due} and hasn't been paid yet.", invoice=_named(invoice), due=due)
        return text("{invoice} was due {due}.", invoice=_named(invoice), due=due)

    def public_notice(self, invoice: Invoice) -> Card:
        """For everybody to see: it names the member and nothing else."""
        shows = custom_ids.pay_invoice(invoice.reference, "notice")
        return notice(mention(invoice.payer.id), buttons=(button(text("Open your private message"), shows),))

    # --- parts ----------------------------------------------------------------------------------------

    @property
    def mark(self) -> Text:
        return mark_of_store(test=self.test)

    def heading(self, title: Text) -> Text:
        return text("### {mark}{title}", mark=self.mark, title=title)

    def lines(self, invoice: Invoice) -> list[Text]:
        """What is charged for; the names share the room that there is."""
        longest = min(_LONGEST_LINE, _LINES_TOGETHER // max(1, len(invoice.lines)))
        return [self._line(line, longest) for line in invoice.lines]

    def _line(self, line: AnyLine, longest: int) -> Text:
        title = times(line.quantity, text("**{title}**", title=shortened(line.title, longest)))
        price = as_text(Money(line.amount or 0, line.currency))
        if line.quantity > 1 and line.unit_amount is not None:
            price = text("{price} ({each} each)", price=price, each=Money(line.unit_amount, line.currency))
        price = with_trial(per_interval(price, line.billing_interval), line.trial_days)
        return text("{title}: {price}", title=title, price=price)

    def button_label(self, invoice: Invoice, discount: int | None) -> Text:
        return text("Pay {total}", total=_after(invoice, discount))

    def _who(self, invoice: Invoice) -> Text:
        # By name: in a direct message Discord doesn't know everybody who could be mentioned.
        return text(
            "**{issuer}** of **{server}** sent you this invoice.",
            issuer=invoice.issuer.name,
            server=invoice.guild_name,
        )

    def _due(self, instant: datetime, *, overdue: bool) -> Text:
        if overdue:
            return text("**Overdue** since {due}", due=when(instant))
        return text("Due {due}", due=when(instant))

    def _total(self, invoice: Invoice, discount: int | None) -> Iterator[Text]:
        if invoice.coupon and discount:
            off = Money(discount, invoice.currency)
            yield text("Coupon {coupon}: −{discount}", coupon=code(invoice.coupon), discount=off)
        elif invoice.coupon:
            yield text("Coupon {coupon} is applied at checkout.", coupon=code(invoice.coupon))
        yield text("Total: **{total}**", total=_after(invoice, discount))
        if invoice.state not in SETTLED:
            yield text("-# Plus tax, if any (shown at checkout).")

    def _clearing(self, *, lives: bool) -> Text:
        if lives:
            return _CLEARING_HERE
        return _CLEARING_ELSEWHERE if self.sees_payments else _CLEARING

    def _link_state(self, sale: Sale, link: str | None, *, lives: bool) -> Text:
        expires_at = sale.session.expires_at
        if link is not None and expires_at is not None:
            time, distance = moment(expires_at, "t"), moment(expires_at, "R")
            if lives:
                return text(
                    "-# Payment link open until {time} ({distance}). After that, get a new one right here.",
                    time=time,
                    distance=distance,
                )
            return text(
                "-# Payment link open until {time} ({distance}). After that, get a new one from /purchases.",
                time=time,
                distance=distance,
            )
        none = text("-# Press **Get payment link** when you're ready. Links last 6 hours.")
        return lines(none, None if self.sees_payments else _NOT_SEEN)

    def _pay(self, invoice: Invoice, discount: int | None, link: str | None) -> ui.Button[Any]:
        if link is not None:
            return link_button(self.button_label(invoice, discount), link)
        gets = custom_ids.pay_invoice(invoice.reference)
        return button(text("Get payment link"), gets, discord.ButtonStyle.success)

    def _ended(self, invoice: Invoice, sale: Sale, now: datetime) -> Text:
        given = None if invoice.state in _PAID_ONCE else invoice.reason
        reason = shortened(given or "", _LONGEST_REASON)
        return lines(
            _ENDED.get(invoice.state),
            text("Reason: {reason}", reason=reason) if reason else None,
            _DONT_PAY_THERE if closes_at(invoice, sale, now) else None,
            _CLEARING_ALL_THE_SAME if is_clearing(sale) else None,
        )


def title_of(invoice: Invoice) -> Text:
    """What stands above it: what staff wrote, else its number, or whose it will be."""
    if invoice.title:
        return as_text(invoice.title)
    if invoice.number is None:
        return text("Invoice from {server}", server=invoice.guild_name)
    return text("Invoice #{number}", number=invoice.shown_number)


def _named(invoice: Invoice) -> Text:
    return text("Invoice #{number} from **{server}**", number=invoice.shown_number, server=invoice.guild_name)


def closes_at(invoice: Invoice, sale: Sale | None, now: datetime) -> datetime | None:
    """When (UTC) a page that outlives the invoice closes by itself; None if there is none."""
    if sale is None or invoice.state not in (InvoiceState.CANCELLED, InvoiceState.DECLINED):
        return None
    return page_open_until(sale, now)


def shortened(name: str, longest: int) -> Text:
    """What somebody wrote, in at most so many characters with what escapes it."""
    return limited(as_text(name), longest)


def when(instant: datetime) -> Text:
    """In the reader's own time zone, and as a distance from now."""
    return text("{date} ({distance})", date=moment(instant), distance=moment(instant, "R"))


def length(*texts: Text) -> int:
    """Characters of the texts in English, by which a card's room is shared out."""
    return sum(len(str(each)) for each in texts)


def _after(invoice: Invoice, discount: int | None) -> Money:
    return Money(invoice.subtotal.amount - (discount or 0), invoice.currency)
