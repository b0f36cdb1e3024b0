"""What staff see of invoices: outcomes, one invoice, the list."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.discord.cards import State, card, headed, refused
from bot.discord.components import Card, button, notice, page_turns
from bot.discord.localized import LONGEST_OPTION, MAXIMUM_TEXT, Paragraph
from bot.invoices.issuing import STATES
from bot.invoices.limits import InvoiceLimits
from bot.invoices.models import Invoice, InvoicePage
from bot.invoices.queries import InvoiceDetails
from bot.invoices.service import Closed, is_clearing
from bot.invoices.states import CANCELLABLE, InvoiceState
from bot.markdown import cut
from bot.money import Money
from bot.staff.models import AuditEntry
from bot.texts import (
    NOTHING,
    Language,
    Text,
    capital,
    channel,
    joined,
    limited,
    lines,
    mention,
    moment,
    ntext,
    text,
)
from cogs import custom_ids
from cogs.catalog.product_text import ProductText
from cogs.invoices.audit_text import happened
from cogs.invoices.draft_view import DraftView
from cogs.invoices.view import SETTLED, SPARE, InvoiceView, closes_at, length, look_of, shortened, when

# Characters: with ten lines these stay below a message's limit, where the history takes what is left.
_LONGEST_TEXT: Final = 300
_LONGEST_HISTORY: Final = 800
_GREY: Final = discord.ButtonStyle.secondary


@dataclass(frozen=True, slots=True)
class StaffInvoiceView:
    payer: InvoiceView
    product_text: ProductText
    rules: InvoiceLimits

    @property
    def drafts(self) -> DraftView:
        return DraftView(self.payer, self.product_text, self.rules)

    # --- outcomes -------------------------------------------------------------------------------------

    def discarded(self, draft: Invoice) -> Card:
        if draft.number is None:
            return notice(text("Draft discarded. Nobody else has seen it."))
        return notice(
            text("Draft discarded. Its number, #{number}, is listed as cancelled.", number=draft.number)
        )

    def awaiting(self, invoice: Invoice) -> Card:
        return card(
            State.WAITING,
            text("Waiting for approval"),
            text(
                "{invoice} needs another staff member's approval. They can find it in /invoice list.",
                invoice=self._about(invoice),
            ),
        )

    def sent(self, invoice: Invoice) -> Card:
        return card(
            State.DELIVERED,
            text("Invoice sent"),
            text("{invoice} is in their direct messages.", invoice=self._about(invoice)),
        )

    def not_delivered(self, invoice: Invoice) -> Card:
        posts = custom_ids.invoice_step(invoice.reference, "notice")
        return card(
            State.ATTENTION,
            text("Invoice not delivered"),
            text(
                "{invoice} is open, but **it didn't reach them**: their direct messages are closed, or "
                "Discord didn't take the message.",
                invoice=self._about(invoice),
            ),
            facts=(
                text(
                    "Post a notice here? It only names them, and its button shows the invoice to nobody else."
                ),
            ),
            buttons=(button(text("Post a notice"), posts),),
        )

    def stopped(self, invoice: Invoice) -> Card:
        about, state = self._about(invoice), STATES[invoice.state]
        return refused(text("{invoice} is {state}, so nothing was sent.", invoice=about, state=state))

    def noticed(self, invoice: Invoice, channel_id: int) -> Card:
        member, there = mention(invoice.payer.id), channel(channel_id)
        return notice(text("Notice for {member} posted in {channel}.", member=member, channel=there))

    def refused(self, invoice: Invoice) -> Card:
        return notice(text("{invoice} was refused. It won't be sent.", invoice=self._about(invoice)))

    def cancelled(self, closed: Closed) -> Card:
        """Until when an issued page can still be paid is part of the truth."""
        about = self._about(closed.invoice)
        if closed.invoice.sent_at is None and closed.payable_until is None and not closed.clearing:
            return notice(text("{invoice} is cancelled. It was never sent.", invoice=about))
        gone = text(
            "{invoice} is cancelled. {member} can see that in their message.",
            invoice=about,
            member=mention(closed.invoice.payer.id),
        )
        return card(State.ENDED, text("Invoice cancelled"), gone, facts=(self._still_comes(closed),))

    def _still_comes(self, closed: Closed) -> Text:
        """What may yet be paid, and who tells of it."""
        unseen = None
        if not self.payer.sees_payments:
            unseen = text("This bot can't see payments: check the store's dashboard.")
        if closed.clearing:
            comes = text("A payment for it is already on its way.")
            return joined(
                " ", (comes, unseen or text("We'll let you know when it arrives, so you can refund it."))
            )
        if closed.payable_until is None:
            return text("It can't be paid anymore.")
        still = text(
            "The payment page they were given closes at {time} and can't be closed sooner.",
            time=moment(closed.payable_until, "t"),
        )
        return joined(" ", (still, unseen or text("We'll let you know if they pay anyway.")))

    # --- one invoice ----------------------------------------------------------------------------------

    def details(self, details: InvoiceDetails, now: datetime) -> Card:
        invoice = details.invoice
        facts = lines(
            self._title(invoice, details.sale),
            self._people(invoice),
            text("Title: {title}", title=shortened(invoice.title, 160)) if invoice.title else None,
            shortened(invoice.description, _LONGEST_TEXT) if invoice.description else None,
        )
        money = lines(
            *self.payer.lines(invoice),
            text("Total: **{total}**", total=invoice.subtotal),
            self._coupon(invoice, details.sale),
        )
        terms = self._terms(details, now)
        items: list[ui.Item[Any]] = [Paragraph(facts), ui.Separator(), Paragraph(money), ui.Separator()]
        if terms:
            items.extend((Paragraph(terms), ui.Separator()))
        history = lines(*map(_happened, details.history)) or text("-# Nothing has happened yet.")
        room = MAXIMUM_TEXT - SPARE - length(facts, money, terms)
        items.append(Paragraph(limited(history, min(_LONGEST_HISTORY, room))))
        if buttons := self._actions(invoice, details.sale):
            items.append(ui.ActionRow(*buttons))
        return Card(*items, accent=look_of(invoice, details.sale).colour)

    def _title(self, invoice: Invoice, sale: Sale | None) -> Text:
        state = capital(STATES[invoice.state])
        title = text("Invoice #{number}: {state}", number=invoice.shown_number, state=state)
        return headed(look_of(invoice, sale), title, self.payer.mark)

    def _people(self, invoice: Invoice) -> Text:
        people = text(
            "For {member} ({name}), by {issuer}",
            member=mention(invoice.payer.id),
            name=invoice.payer.name,
            issuer=mention(invoice.issuer.id),
        )
        if invoice.approver_id is None:
            return people
        return text("{people}, approved by {member}", people=people, member=mention(invoice.approver_id))

    def _coupon(self, invoice: Invoice, sale: Sale | None) -> Text | None:
        if not invoice.coupon:
            return None
        off = sale.session.discount if sale is not None else None
        if not off:
            return text("Coupon: {coupon}", coupon=invoice.coupon)
        discount = Money(off, invoice.currency)
        return text("Coupon: {coupon} (−{discount})", coupon=invoice.coupon, discount=discount)

    def _terms(self, details: InvoiceDetails, now: datetime) -> Text:
        invoice = details.invoice
        terms = []
        if invoice.note:
            terms.append(text("Note: {note}", note=shortened(invoice.note, _LONGEST_TEXT)))
        if invoice.due_at is not None:
            # Of one that is settled it is a date, with nothing left to come.
            due = moment(invoice.due_at) if invoice.state in SETTLED else when(invoice.due_at)
            terms.append(text("Due {due}", due=due))
        if (closes := closes_at(invoice, details.sale, now)) is not None:
            terms.append(text("Its payment page closes at {time}.", time=moment(closes, "t")))
        if details.is_held:
            terms.append(text("A payment doesn't match it. Decide about that in /store quarantine."))
        if details.sale is not None and is_clearing(details.sale):
            terms.append(text("A payment for it is on its way. Some banks take a few days."))
        if invoice.is_payable and not self.payer.sees_payments:
            terms.append(
                text("This bot can't see payments: only the store's dashboard shows whether it's paid.")
            )
        if invoice.is_payable and details.message is None:
            terms.append(text("It hasn't reached the member by direct message."))
        return lines(*terms)

    def _actions(self, invoice: Invoice, sale: Sale | None) -> list[ui.Button[Any]]:
        def staff(label: Text, action: str, style: discord.ButtonStyle = _GREY) -> ui.Button[Any]:
            return button(label, custom_ids.invoice_step(invoice.reference, action), style)

        buttons = []
        if invoice.state is InvoiceState.AWAITING_APPROVAL:
            buttons.append(staff(text("Approve"), "approve", discord.ButtonStyle.success))
            buttons.append(staff(text("Refuse"), "refuse", discord.ButtonStyle.danger))
        if invoice.is_payable and (sale is None or not is_clearing(sale)):
            buttons.append(staff(text("Resend"), "resend"))
        if invoice.is_payable:
            buttons.append(staff(text("Post a notice"), "notice"))
        if invoice.state in CANCELLABLE:
            buttons.append(staff(text("Cancel invoice"), "cancel", discord.ButtonStyle.danger))
        return buttons

    # --- the list -------------------------------------------------------------------------------------

    def page(self, page: InvoicePage, payer_id: int | None, state: InvoiceState | None) -> Card:
        title = text("Invoices for {member}", member=mention(payer_id)) if payer_id else text("Invoices")
        if state is not None:
            title = text("{invoices} · {state}", invoices=title, state=capital(STATES[state]))
        heading = self.payer.heading(title)
        if not page.invoices:
            none = text("No invoices yet. Use /invoice create to send one.")
            if payer_id is not None or state is not None:
                none = text("No invoices like that. See them all in /invoice list.")
            return notice(lines(heading, none))
        in_all = ntext("-# {count} in all", "-# {count} in all", page.total)
        items: list[ui.Item[Any]] = [Paragraph(lines(heading, in_all))]
        items += (
            ui.Section(
                Paragraph(self._entry(invoice)),
                accessory=button(text("Show"), custom_ids.invoice_step(invoice.reference, "show"), _GREY),
            )
            for invoice in page.invoices
        )
        if page.pages > 1:
            there = partial(custom_ids.invoice_list, member_id=payer_id, state=state)
            items.append(ui.ActionRow(*page_turns(page.number, page.pages, there)))
        return Card(*items)

    def _entry(self, invoice: Invoice) -> Text:
        charged = cut(", ".join(line.title for line in invoice.lines), 60)
        entry = text(
            "{icon}**#{number}** · {member} · **{total}** · {state}",
            icon=look_of(invoice).icon,
            number=invoice.shown_number,
            member=mention(invoice.payer.id),
            total=invoice.subtotal,
            state=capital(STATES[invoice.state]),
        )
        if invoice.due_at is not None and invoice.state not in SETTLED:
            entry = text("{invoice}, due {date}", invoice=entry, date=moment(invoice.due_at, "D"))
        return lines(entry, text("-# {items}", items=charged))

    def choice(self, invoice: Invoice, language: Language) -> str:
        """An invoice in an autocomplete, where nothing is Markdown."""
        name = text(
            "#{number} · {member} · {total} · {state}",
            number=invoice.shown_number,
            member=invoice.payer.name,
            total=invoice.subtotal,
            state=capital(STATES[invoice.state]),
        )
        return cut(name.render(language, plain=True), LONGEST_OPTION)

    def _about(self, invoice: Invoice) -> Text:
        return text(
            "{mark}Invoice **#{number}** for {member} ({total})",
            mark=self.payer.mark,
            number=invoice.shown_number,
            member=mention(invoice.payer.id),
            total=invoice.subtotal,
        )


def _happened(entry: AuditEntry) -> Text:
    """A line of the history."""
    return text(
        "-# {date}: it {happened}",
        date=moment(entry.at) if entry.at else NOTHING,
        happened=happened(entry, between=" · ", payable=False),
    )
