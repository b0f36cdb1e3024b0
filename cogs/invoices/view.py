"""How an invoice looks to the one who is to pay it, in each of its states."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import AnyLine, Sale
from bot.discord.components import MAXIMUM_TEXT, Card, button, link_button, mark_of_store, notice
from bot.invoices.models import Invoice
from bot.invoices.reminders import BEFORE
from bot.invoices.service import is_clearing, page_open_until
from bot.invoices.states import InvoiceState
from bot.markdown import cut, escape
from bot.money import Money
from cogs import custom_ids
from cogs.catalog.product_text import INTERVALS
from cogs.checkout.view import escape_code

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
_CLEARING: Final = "**Your payment is on its way.** With some banks that takes days. There is nothing to do"
_CLEARING_ALL_THE_SAME: Final = "Your payment of it is on its way. If it arrives, the staff are told."
_NOT_SEEN: Final = (
    "-# I can't see this shop's payments. If you have paid, you are fine: "
    "tell the staff, and don't pay again."
)
_ENDED: Final = {
    InvoiceState.PAID: "**Paid.** Thank you!",
    InvoiceState.REFUNDED: "**Refunded.** The money is on its way back to you.",
    InvoiceState.DISPUTED: (
        "**Disputed or taken back.** Your bank took this payment back, or says that you dispute it."
    ),
    InvoiceState.CANCELLED: "**Cancelled.** The staff took this invoice back: there is nothing to pay.",
    InvoiceState.DECLINED: "**Declined.** You turned this invoice down: there is nothing to pay.",
}


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """`test` marks a store in which nothing is real; `sees_payments` is whether anything tells of them."""

    locale: str
    test: bool
    sees_payments: bool = True

    # --- the message that lives -----------------------------------------------------------------------

    def live(self, invoice: Invoice, sale: Sale, now: datetime) -> Card:
        """The invoice as it stands at `now`, in the message that goes on changing."""
        return self._card(invoice, sale, now, lives=True)

    def private(self, invoice: Invoice, sale: Sale, now: datetime, *extra: str) -> Card:
        """The same in an answer, which stays as it is."""
        return self._card(invoice, sale, now, *extra, lives=False)

    def _card(self, invoice: Invoice, sale: Sale, now: datetime, *extra: str, lives: bool) -> Card:
        discount = sale.session.discount
        link = sale.link if page_open_until(sale, now) else None
        buttons = []
        if not invoice.is_payable:
            state = self._ended(invoice, sale, now)
        elif is_clearing(sale):
            state = self._clearing(lives=lives)
        else:
            state = "\n".join([self._link_state(sale, link, lives=lives), *extra])
            buttons = [self._pay(invoice, discount, link), button("Decline", self._decline(invoice), _GREY)]
        texts = self.texts(invoice, discount, below=len(state))
        return Card(*texts, ui.TextDisplay(state), *([ui.ActionRow(*buttons)] if buttons else ()))

    def texts(self, invoice: Invoice, discount: int | None, *, below: int) -> list[ui.Item[Any]]:
        """What it asks for; `discount` is cents, None where it isn't known. `below` characters follow it."""
        parts = [f"### {self.mark}{shortened(invoice.heading, _LONGEST_HEADING)}", self._who(invoice)]
        if invoice.title:
            parts.append(f"-# Invoice #{invoice.shown_number}")
        body = [*self.lines(invoice), *self._total(invoice, discount)]
        after = []
        if invoice.due_at is not None:
            overdue = "**Overdue**: it was due" if invoice.state is InvoiceState.OVERDUE else "Due"
            after.append(f"{overdue} {when(invoice.due_at)}")
        room = MAXIMUM_TEXT - SPARE - below - sum(map(len, (*parts, *body, *after)))
        longest = min(_LONGEST_TEXT, room // 2 if invoice.description and invoice.note else room)
        if invoice.description:
            parts.append(shortened(invoice.description, longest))
        if invoice.note:
            after.insert(0, f"Note: {shortened(invoice.note, longest)}")
        texts: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(parts))]
        if invoice.lines:
            texts.extend((ui.Separator(), ui.TextDisplay("\n".join(body))))
        if after:
            texts.extend((ui.Separator(), ui.TextDisplay("\n".join(after))))
        return texts

    # --- other messages -------------------------------------------------------------------------------

    def instead_of_a_dm(self, invoice: Invoice, sale: Sale, now: datetime, *, closed: bool) -> Card:
        """`closed` says that the payer takes no direct messages."""
        said = "-# I couldn't send you a direct message."
        if closed:
            said += " To get the next one, allow direct messages in this server's privacy settings."
        return self.private(invoice, sale, now, said)

    def sent(self, jump_url: str) -> Card:
        """The payer asked for the link, and it arrived by DM."""
        return notice(
            f"{self.mark}Your payment link is in your direct messages.",
            buttons=(link_button("Open the message", jump_url),),
        )

    def interrupted(self) -> Card:
        return notice(
            "I was restarted while making your payment link. Nothing was charged; please try again."
        )

    def reminder(self, invoice: Invoice, discount: int | None, what: str) -> Card:
        """A message of its own; its button answers below it. `discount` as in `texts`."""
        due = when(invoice.due_at) if invoice.due_at else ""
        said = f"is due {due}" if what == BEFORE else f"was due {due}"
        if not self.sees_payments:
            said += f".\n{_NOT_SEEN}"
        elif what != BEFORE:
            said += " and isn't paid yet."
        else:
            said += "."
        text = (
            f"### {self.mark}A reminder\n"
            f"Invoice #{invoice.number} from **{escape(invoice.guild_name)}** {said}\n"
            + "\n".join(self._total(invoice, discount))
        )
        return notice(
            text, buttons=(button("Get payment link", custom_ids.pay_invoice(invoice.reference, what)),)
        )

    def public_notice(self, invoice: Invoice) -> Card:
        """For everybody to see: it names the member and nothing else."""
        return notice(
            f"<@{invoice.payer.id}>",
            buttons=(
                button(
                    "There is a private message for you", custom_ids.pay_invoice(invoice.reference, "notice")
                ),
            ),
        )

    # --- parts ----------------------------------------------------------------------------------------

    @property
    def mark(self) -> str:
        return mark_of_store(test=self.test)

    def money(self, money: Money) -> str:
        return money.format(self.locale)

    def lines(self, invoice: Invoice) -> list[str]:
        """What is charged for, in Markdown; the names share the room that there is."""
        longest = min(_LONGEST_LINE, _LINES_TOGETHER // max(1, len(invoice.lines)))
        return [self._line(line, longest) for line in invoice.lines]

    def _line(self, line: AnyLine, longest: int) -> str:
        times = f"{line.quantity} × " if line.quantity > 1 else ""
        price = self.money(Money(line.amount or 0, line.currency))
        if line.quantity > 1 and line.unit_amount is not None:
            price = f"{price} ({self.money(Money(line.unit_amount, line.currency))} each)"
        if line.billing_interval is not None:
            price = f"{price} / {INTERVALS.get(line.billing_interval, 'period')}"
        if line.trial_days:
            price = f"{price}, {line.trial_days} days free"
        return f"{times}**{shortened(line.title, longest)}**: {price}"

    def button_label(self, invoice: Invoice, discount: int | None) -> str:
        return f"Pay {self.money(_after(invoice, discount))}"

    def _who(self, invoice: Invoice) -> str:
        # By name: in a direct message Discord doesn't know everybody who could be mentioned.
        return f"**{escape(invoice.issuer.name)}** charges you on **{escape(invoice.guild_name)}**."

    def _total(self, invoice: Invoice, discount: int | None) -> Iterator[str]:
        if invoice.coupon and discount:
            off = self.money(Money(discount, invoice.currency))
            yield f"Coupon `{escape_code(invoice.coupon)}`: −{off}"
        elif invoice.coupon:
            yield f"Coupon `{escape_code(invoice.coupon)}` is taken off on the payment page."
        yield f"Total: **{self.money(_after(invoice, discount))}**"
        yield "-# Tax may come on top; the payment page shows it before you pay."

    def _clearing(self, *, lives: bool) -> str:
        if lives:
            return f"{_CLEARING}: this message changes as soon as it has arrived."
        return (
            f"{_CLEARING}. You are told as soon as it has arrived." if self.sees_payments else f"{_CLEARING}."
        )

    def _link_state(self, sale: Sale, link: str | None, *, lives: bool) -> str:
        expires_at = sale.session.expires_at
        if link is not None and expires_at is not None:
            until = f"{discord.utils.format_dt(expires_at, 't')} ({discord.utils.format_dt(expires_at, 'R')})"
            after = (
                "then this message offers a new one" if lives else "after that, /purchases gives a new one"
            )
            return f"-# The payment link is open until {until}; {after}."
        text = "-# A payment link is open for 6 hours: get one when you want to pay."
        return text if self.sees_payments else f"{text}\n{_NOT_SEEN}"

    def _pay(self, invoice: Invoice, discount: int | None, link: str | None) -> ui.Button[Any]:
        if link is not None:
            return link_button(self.button_label(invoice, discount), link)
        return button(
            "Get payment link", custom_ids.pay_invoice(invoice.reference), discord.ButtonStyle.success
        )

    def _decline(self, invoice: Invoice) -> str:
        return custom_ids.decline_invoice(invoice.reference)

    def _ended(self, invoice: Invoice, sale: Sale, now: datetime) -> str:
        texts = [_ENDED.get(invoice.state, "")]
        if invoice.reason:
            texts.append(f"Reason: {shortened(invoice.reason, _LONGEST_REASON)}")
        if (still := still_payable(invoice, sale, now)) is not None:
            texts.append(still)
        if is_clearing(sale):
            texts.append(_CLEARING_ALL_THE_SAME)
        return "\n".join(texts)


def still_payable(invoice: Invoice, sale: Sale | None, now: datetime) -> str | None:
    """That a page which was issued before outlives the invoice, and until when; None if there is none."""
    until = page_open_until(sale, now) if sale is not None else None
    if until is None or invoice.state not in (InvoiceState.CANCELLED, InvoiceState.DECLINED):
        return None
    return (
        f"The payment page that was issued before can still be paid until {when(until)}: "
        "the store can't take it back. Please don't pay there."
    )


def shortened(text: str, longest: int) -> str:
    """The text, escaped, in at most so many characters."""
    return cut(escape(text), longest)


def when(instant: datetime) -> str:
    """In the reader's own time zone, and as a distance from now."""
    return f"{discord.utils.format_dt(instant, 'f')} ({discord.utils.format_dt(instant, 'R')})"


def _after(invoice: Invoice, discount: int | None) -> Money:
    return Money(invoice.subtotal.amount - (discount or 0), invoice.currency)
