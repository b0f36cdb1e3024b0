"""How an invoice looks to the one who is to pay it, in each of its states."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import AnyLine, Sale
from bot.discord.components import MAXIMUM_TEXT, Card, button, link_button, mark_of_store, notice
from bot.discord.spoken import Paragraph
from bot.invoices.models import Invoice
from bot.invoices.reminders import BEFORE
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
_CLEARING: Final = text(
    "**Your payment is on its way.** With some banks that takes days. There is nothing to do."
)
_CLEARING_HERE: Final = text(
    "**Your payment is on its way.** With some banks that takes days. There is nothing to do: "
    "this message changes as soon as it has arrived."
)
_CLEARING_ELSEWHERE: Final = text(
    "**Your payment is on its way.** With some banks that takes days. There is nothing to do. "
    "You are told as soon as it has arrived."
)
_CLEARING_ALL_THE_SAME: Final = text("Your payment of it is on its way. If it arrives, the staff are told.")
_NOT_SEEN: Final = text(
    "-# I can't see this shop's payments. If you have paid, you are fine: "
    "tell the staff, and don't pay again."
)
_NO_DM: Final = text("-# I couldn't send you a direct message.")
_CLOSED_DMS: Final = text(
    "-# I couldn't send you a direct message. "
    "To get the next one, allow direct messages in this server's privacy settings."
)
_ENDED: Final = {
    InvoiceState.PAID: text("**Paid.** Thank you!"),
    InvoiceState.REFUNDED: text("**Refunded.** The money is on its way back to you."),
    InvoiceState.DISPUTED: text(
        "**Disputed or taken back.** Your bank took this payment back, or says that you dispute it."
    ),
    InvoiceState.CANCELLED: text("**Cancelled.** The staff took this invoice back: there is nothing to pay."),
    InvoiceState.DECLINED: text("**Declined.** You turned this invoice down: there is nothing to pay."),
}


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """`test` marks a store in which nothing is real; `sees_payments` is whether anything tells of them."""

    test: bool
    sees_payments: bool = True

    # --- the message that lives -----------------------------------------------------------------------

    def live(self, invoice: Invoice, sale: Sale, now: datetime) -> Card:
        """The invoice as it stands at `now`, in the message that goes on changing."""
        return self._card(invoice, sale, now, lives=True)

    def private(self, invoice: Invoice, sale: Sale, now: datetime, *extra: Text) -> Card:
        """The same in an answer, which stays as it is."""
        return self._card(invoice, sale, now, *extra, lives=False)

    def _card(self, invoice: Invoice, sale: Sale, now: datetime, *extra: Text, lives: bool) -> Card:
        discount = sale.session.discount
        link = sale.link if page_open_until(sale, now) else None
        buttons = []
        if not invoice.is_payable:
            state = self._ended(invoice, sale, now)
        elif is_clearing(sale):
            state = self._clearing(lives=lives)
        else:
            state = lines(self._link_state(sale, link, lives=lives), *extra)
            decline = button(text("Decline"), self._decline(invoice), _GREY)
            buttons = [self._pay(invoice, discount, link), decline]
        shown = self.texts(invoice, discount, below=length(state))
        return Card(*shown, Paragraph(state), *([ui.ActionRow(*buttons)] if buttons else ()))

    def texts(self, invoice: Invoice, discount: int | None, *, below: int) -> list[ui.Item[Any]]:
        """What it asks for; `discount` is cents, None where it isn't known. `below` characters follow it."""
        parts = [self.heading(limited(title_of(invoice), _LONGEST_HEADING)), self._who(invoice)]
        if invoice.title:
            parts.append(text("-# Invoice #{number}", number=invoice.shown_number))
        body = [*self.lines(invoice), *self._total(invoice, discount)]
        after = []
        if invoice.due_at is not None:
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

    def sent(self, jump_url: str) -> Card:
        """The payer asked for the link, and it arrived by DM."""
        return notice(
            text("{mark}Your payment link is in your direct messages.", mark=self.mark),
            buttons=(link_button(text("Open the message"), jump_url),),
        )

    def interrupted(self) -> Card:
        return notice(
            text("I was restarted while making your payment link. Nothing was charged; please try again.")
        )

    def reminder(self, invoice: Invoice, discount: int | None, what: str) -> Card:
        """A message of its own; its button answers below it. `discount` as in `texts`."""
        said = lines(
            self.heading(text("A reminder")),
            self._reminded(invoice, what),
            None if self.sees_payments else _NOT_SEEN,
            *self._total(invoice, discount),
        )
        link = custom_ids.pay_invoice(invoice.reference, what)
        return notice(said, buttons=(button(text("Get payment link"), link),))

    def _reminded(self, invoice: Invoice, what: str) -> Text:
        number, server = invoice.shown_number, invoice.guild_name
        due = when(invoice.due_at) if invoice.due_at else NOTHING
        if what == BEFORE:
            return text(
                "Invoice #{number} from **{server}** is due {due}.", number=number, server=server, due=due
            )
        if self.sees_payments:
            return text(
                "Invoice #{number} from **{server}** was due {due} and isn't paid yet.",
                number=number,
                server=server,
                due=due,
            )
        return text(
            "Invoice #{number} from **{server}** was due {due}.", number=number, server=server, due=due
        )

    def public_notice(self, invoice: Invoice) -> Card:
        """For everybody to see: it names the member and nothing else."""
        shows = custom_ids.pay_invoice(invoice.reference, "notice")
        return notice(
            mention(invoice.payer.id), buttons=(button(text("There is a private message for you"), shows),)
        )

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
            "**{issuer}** charges you on **{server}**.",
            issuer=invoice.issuer.name,
            server=invoice.guild_name,
        )

    def _due(self, instant: datetime, *, overdue: bool) -> Text:
        if overdue:
            return text("**Overdue**: it was due {due}", due=when(instant))
        return text("Due {due}", due=when(instant))

    def _total(self, invoice: Invoice, discount: int | None) -> Iterator[Text]:
        if invoice.coupon and discount:
            off = Money(discount, invoice.currency)
            yield text("Coupon {coupon}: −{discount}", coupon=code(invoice.coupon), discount=off)
        elif invoice.coupon:
            yield text("Coupon {coupon} is taken off on the payment page.", coupon=code(invoice.coupon))
        yield text("Total: **{total}**", total=_after(invoice, discount))
        yield text("-# Tax may come on top; the payment page shows it before you pay.")

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
                    "-# The payment link is open until {time} ({distance}); "
                    "then this message offers a new one.",
                    time=time,
                    distance=distance,
                )
            return text(
                "-# The payment link is open until {time} ({distance}); "
                "after that, /purchases gives a new one.",
                time=time,
                distance=distance,
            )
        none = text("-# A payment link is open for 6 hours: get one when you want to pay.")
        return lines(none, None if self.sees_payments else _NOT_SEEN)

    def _pay(self, invoice: Invoice, discount: int | None, link: str | None) -> ui.Button[Any]:
        if link is not None:
            return link_button(self.button_label(invoice, discount), link)
        gets = custom_ids.pay_invoice(invoice.reference)
        return button(text("Get payment link"), gets, discord.ButtonStyle.success)

    def _decline(self, invoice: Invoice) -> str:
        return custom_ids.decline_invoice(invoice.reference)

    def _ended(self, invoice: Invoice, sale: Sale, now: datetime) -> Text:
        reason = shortened(invoice.reason or "", _LONGEST_REASON)
        return lines(
            _ENDED.get(invoice.state),
            text("Reason: {reason}", reason=reason) if reason else None,
            still_payable(invoice, sale, now),
            _CLEARING_ALL_THE_SAME if is_clearing(sale) else None,
        )


def title_of(invoice: Invoice) -> Text:
    """What stands above it: what staff wrote, else its number and whose it is."""
    if invoice.title:
        return as_text(invoice.title)
    return text("Invoice #{number} · {server}", number=invoice.shown_number, server=invoice.guild_name)


def still_payable(invoice: Invoice, sale: Sale | None, now: datetime) -> Text | None:
    """That a page which was issued before outlives the invoice, and until when; None if there is none."""
    until = page_open_until(sale, now) if sale is not None else None
    if until is None or invoice.state not in (InvoiceState.CANCELLED, InvoiceState.DECLINED):
        return None
    return text(
        "The payment page that was issued before can still be paid until {until}: "
        "the store can't take it back. Please don't pay there.",
        until=when(until),
    )


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
