"""What staff see of invoices: the preview of a draft, outcomes, one invoice, the list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import discord
from discord import ui

from bot.catalog.models import Product, ProductSummary
from bot.checkout.models import Sale
from bot.discord.components import MAXIMUM_TEXT, Card, button, notice, page_turns
from bot.invoices.issuing import WORDS
from bot.invoices.limits import InvoiceLimits
from bot.invoices.models import MOST_LINES, Invoice, InvoicePage
from bot.invoices.queries import InvoiceFile
from bot.invoices.service import Closed, is_clearing
from bot.invoices.states import CANCELLABLE, InvoiceState
from bot.markdown import cut, escape
from bot.money import Money
from cogs import custom_ids
from cogs.catalog.product_text import ProductText, plain, stock_of_variant
from cogs.invoices.audit_text import happened
from cogs.invoices.view import SPARE, InvoiceView, shortened, still_payable, when

MOST_OPTIONS: Final = 25
"""Options of a menu; source: Discord's component reference."""
LONGEST_OPTION: Final = 100
"""Characters of an option's label, description and value; same source."""
# Characters: with ten lines these stay below a message's limit, where the history takes what is left.
_LONGEST_TEXT: Final = 300
_LONGEST_HISTORY: Final = 800
_GREY: Final = discord.ButtonStyle.secondary


@dataclass(frozen=True, slots=True)
class StaffInvoiceView:
    payer: InvoiceView
    product_text: ProductText
    rules: InvoiceLimits

    # --- a draft --------------------------------------------------------------------------------------

    def preview(self, draft: Invoice, discount: int | None, problem: str | None = None) -> Card:
        """What the member will get, and what can be changed; `problem` is the store's word on the coupon."""
        pay = button(self.payer.button_label(draft, discount), "bamboo:inv:preview:pay")
        decline = button("Decline", "bamboo:inv:preview:decline", _GREY)
        pay.disabled = decline.disabled = True
        shown = replace(draft, coupon=None) if problem else draft
        above = f"-# Above is what <@{draft.payer.id}> will get by direct message. Only you see it yet."
        if draft.number is None:
            above += " It gets its number when it is sent."
        remarks = self._remarks(draft, problem)
        texts = self.payer.texts(shown, discount, below=len(above) + len(remarks))
        card = Card(*texts, ui.ActionRow(pay, decline))
        card.add_item(ui.TextDisplay(above))
        if remarks:
            card.add_item(ui.TextDisplay(remarks))
        for row in self._tools(draft):
            card.add_item(row)
        return card

    def _remarks(self, draft: Invoice, problem: str | None) -> str:
        remarks = [problem] if problem else []
        if not draft.lines:
            remarks.append("There is nothing on this invoice yet.")
        cap, above = self.rules.invoice_cap, self.rules.approval_above
        if cap is not None and draft.subtotal.amount > cap:
            limit = self.payer.money(Money(cap, draft.currency))
            remarks.append(f"It can't be sent: one invoice may ask for {limit} at most.")
        elif above is not None and self.rules.need_approval(draft.subtotal):
            limit = self.payer.money(Money(above, draft.currency))
            remarks.append(f"It is above {limit}, so another staff member has to approve it first.")
        return "\n".join(remarks)

    def _tools(self, draft: Invoice) -> list[ui.ActionRow[Any]]:
        full = len(draft.lines) >= MOST_LINES or draft.is_subscription
        reference = draft.reference
        add_item = button("Add item", custom_ids.draft_form(reference, "item"), _GREY)
        add_product = button("Add product", custom_ids.draft_form(reference, "product"), _GREY)
        remove = button("Remove", custom_ids.draft_step(reference, "remove"), _GREY)
        send = button("Send", custom_ids.draft_step(reference, "send"), discord.ButtonStyle.success)
        add_item.disabled = add_product.disabled = full
        remove.disabled = send.disabled = not draft.lines
        return [
            ui.ActionRow(
                add_item,
                add_product,
                remove,
                button("Edit title and description", custom_ids.draft_form(reference, "texts"), _GREY),
            ),
            ui.ActionRow(
                button("Coupon", custom_ids.draft_form(reference, "coupon"), _GREY),
                button("Due date", custom_ids.draft_form(reference, "due"), _GREY),
                send,
                button("Discard", custom_ids.draft_step(reference, "discard"), discord.ButtonStyle.danger),
            ),
        ]

    def choose_product(self, draft: Invoice, found: Sequence[ProductSummary], quantity: int) -> Card:
        options = [
            discord.SelectOption(
                label=plain(product.title, LONGEST_OPTION),
                value=product.id[:LONGEST_OPTION],
                description=str(self.product_text.plain_price(product))
                if product.in_stock
                else "out of stock",
            )
            for product in found[:MOST_OPTIONS]
        ]
        title = "Which product?" if options else "No product in the catalog is called that."
        return self._choose(draft, title, "product", options, quantity)

    def choose_variant(self, draft: Invoice, product: Product, quantity: int) -> Card:
        options = [
            discord.SelectOption(
                label=plain(variant.title, LONGEST_OPTION),
                value=f"{product.id} {variant.id}"[:LONGEST_OPTION],
                description=" · ".join(
                    filter(
                        None,
                        (
                            Money(variant.price, product.currency).format(self.payer.locale),
                            str(stock_of_variant(variant)),
                        ),
                    )
                ),
            )
            for variant in product.variants[:MOST_OPTIONS]
        ]
        title = f"Which variant of {escape(plain(product.title, LONGEST_OPTION))}?"
        if len(product.variants) > MOST_OPTIONS:
            title += "\n-# These are the first 25. For another one, name it in the form."
        return self._choose(draft, title, "variant", options, quantity)

    def choose_line(self, draft: Invoice) -> Card:
        """Which line to take away; the value says where it stands, and of how many."""
        options = [
            discord.SelectOption(
                label=plain(line.title, LONGEST_OPTION),
                value=f"{position} {len(draft.lines)}",
                description=self.payer.money(Money(line.amount or 0, line.currency)),
            )
            for position, line in enumerate(draft.lines)
        ]
        return self._choose(draft, "Which line shall go?", "line", options, None)

    def _choose(
        self,
        draft: Invoice,
        title: str,
        action: str,
        options: list[discord.SelectOption],
        quantity: int | None,
    ) -> Card:
        back = button("Back", custom_ids.draft_step(draft.reference, "show"), _GREY)
        items: list[ui.Item[Any]] = [ui.TextDisplay(f"### {title}")]
        if options:
            menu = ui.Select[Any](
                custom_id=custom_ids.draft_step(draft.reference, action, quantity), options=options
            )
            items.append(ui.ActionRow(menu))
        return Card(*items, ui.ActionRow(back))

    # --- outcomes -------------------------------------------------------------------------------------

    def discarded(self, draft: Invoice) -> Card:
        if draft.number is not None:
            return notice(f"The draft is discarded. Its number, {draft.number}, is listed as cancelled.")
        return notice("The draft is discarded. Nobody else has seen it.")

    def awaiting(self, invoice: Invoice) -> Card:
        return notice(
            f"{self._about(invoice)} waits for another staff member's approval. "
            f"They find it with `/invoice show number:{invoice.number}`."
        )

    def sent(self, invoice: Invoice) -> Card:
        return notice(f"{self._about(invoice)} is in their direct messages.")

    def not_delivered(self, invoice: Invoice) -> Card:
        return notice(
            f"{self._about(invoice)} is open, but it **did not reach them**: their direct messages are "
            "closed, or Discord did not take the message.\n"
            "You can post a notice here that names them and nothing "
            "else: its button shows the invoice to them alone.",
            buttons=(button("Post a notice", custom_ids.invoice_step(invoice.reference, "notice")),),
        )

    def stopped(self, invoice: Invoice) -> Card:
        return notice(f"{self._about(invoice)} is {WORDS[invoice.state]}, so nothing was sent.")

    def noticed(self, invoice: Invoice, channel_id: int) -> Card:
        return notice(f"The notice for <@{invoice.payer.id}> is posted in <#{channel_id}>.")

    def refused(self, invoice: Invoice) -> Card:
        return notice(f"{self._about(invoice)} is refused. It is not sent.")

    def cancelled(self, closed: Closed) -> Card:
        """Until when an issued page can still be paid is part of the truth."""
        about, sees = self._about(closed.invoice), self.payer.sees_payments
        if closed.invoice.sent_at is None and closed.payable_until is None and not closed.clearing:
            return notice(f"{about} is cancelled. It was never sent.")
        text = f"{about} is cancelled: the buttons of its message go away."
        unseen = "I can't see payments: look in the store's dashboard."
        if closed.clearing:
            told = "If it arrives, you are told: then refund it." if sees else unseen
            text += f"\nA payment of it is on its way. {told}"
        elif closed.payable_until is not None:
            text += (
                "\nThe payment page that was issued before **can still be paid until** "
                f"{when(closed.payable_until)}: the store can't take it back. "
            ) + ("If they pay, you are told." if sees else unseen)
        else:
            text += "\nNo payment page of it can be paid any more."
        return notice(text)

    # --- one invoice ----------------------------------------------------------------------------------

    def file(self, file: InvoiceFile, now: datetime) -> Card:
        invoice = file.invoice
        facts = [
            f"### {self.payer.mark}Invoice #{invoice.number}: {WORDS[invoice.state]}",
            f"For <@{invoice.payer.id}> ({escape(invoice.payer.name)}), by <@{invoice.issuer.id}>"
            + (f", approved by <@{invoice.approver_id}>" if invoice.approver_id else ""),
        ]
        if invoice.title:
            facts.append(f"Title: {shortened(invoice.title, 160)}")
        if invoice.description:
            facts.append(shortened(invoice.description, _LONGEST_TEXT))
        money = [*self.payer.lines(invoice), f"Total: **{self.payer.money(invoice.subtotal)}**"]
        if invoice.coupon:
            money.append(self._coupon(invoice, file.sale))
        terms = self._terms(file, now)
        items: list[ui.Item[Any]] = [
            ui.TextDisplay("\n".join(facts)),
            ui.Separator(),
            ui.TextDisplay("\n".join(money)),
            ui.Separator(),
        ]
        if terms:
            items.extend((ui.TextDisplay("\n".join(terms)), ui.Separator()))
        history = [
            f"-# {discord.utils.format_dt(entry.at, 'f') if entry.at else ''}: {_one_line(happened(entry))}"
            for entry in file.history
        ]
        room = MAXIMUM_TEXT - SPARE - sum(map(len, (*facts, *money, *terms)))
        longest = min(_LONGEST_HISTORY, room)
        items.append(ui.TextDisplay(cut("\n".join(history) or "-# Nothing happened yet.", longest)))
        if buttons := self._actions(invoice):
            items.append(ui.ActionRow(*buttons))
        return Card(*items)

    def _coupon(self, invoice: Invoice, sale: Sale | None) -> str:
        off = sale.session.discount if sale is not None else None
        taken = f" (−{self.payer.money(Money(off, invoice.currency))})" if off else ""
        return f"Coupon: {escape(invoice.coupon or '')}{taken}"

    def _terms(self, file: InvoiceFile, now: datetime) -> list[str]:
        invoice = file.invoice
        terms = []
        if invoice.note:
            terms.append(f"Note: {shortened(invoice.note, _LONGEST_TEXT)}")
        if invoice.due_at is not None:
            terms.append(f"Due {when(invoice.due_at)}")
        if invoice.reason:
            terms.append(f"Reason: {shortened(invoice.reason, _LONGEST_TEXT)}")
        if (still := still_payable(invoice, file.sale, now)) is not None:
            terms.append(still)
        if file.sale is not None and is_clearing(file.sale):
            terms.append("A payment of it is on its way. With some banks that takes days.")
        if invoice.is_payable and not self.payer.sees_payments:
            terms.append("Whether it was paid, only the store's dashboard says: I can't see payments.")
        if invoice.is_payable and file.message is None:
            terms.append("It has not reached the member by direct message.")
        return terms

    def _actions(self, invoice: Invoice) -> list[ui.Button[Any]]:
        def staff(label: str, action: str, style: discord.ButtonStyle = _GREY) -> ui.Button[Any]:
            return button(label, custom_ids.invoice_step(invoice.reference, action), style)

        buttons = []
        if invoice.state is InvoiceState.AWAITING_APPROVAL:
            buttons.append(staff("Approve", "approve", discord.ButtonStyle.success))
            buttons.append(staff("Refuse", "refuse", discord.ButtonStyle.danger))
        if invoice.is_payable:
            buttons.extend((staff("Resend", "resend"), staff("Post a notice", "notice")))
        if invoice.state in CANCELLABLE:
            buttons.append(staff("Cancel the invoice", "cancel", discord.ButtonStyle.danger))
        return buttons

    # --- the list -------------------------------------------------------------------------------------

    def page(self, page: InvoicePage, payer_id: int | None, state: InvoiceState | None) -> Card:
        of = f" for <@{payer_id}>" if payer_id else ""
        kind = f", {WORDS[state]}" if state else ""
        heading = f"### {self.payer.mark}Invoices{of}{kind}\n-# {page.total} in all"
        if not page.invoices:
            return notice(f"{heading}\nThere are none. Use /invoice create to send one.")
        entries = "\n".join(map(self._entry, page.invoices))
        items: list[ui.Item[Any]] = [ui.TextDisplay(heading), ui.TextDisplay(entries)]
        if page.pages > 1:
            there = partial(custom_ids.invoice_list, member_id=payer_id, state=state)
            items.append(ui.ActionRow(*page_turns(page.number, page.pages, there)))
        return Card(*items)

    def _entry(self, invoice: Invoice) -> str:
        items = cut(", ".join(line.title for line in invoice.lines), 60)
        due = f", due {discord.utils.format_dt(invoice.due_at, 'd')}" if invoice.due_at else ""
        return (
            f"**#{invoice.number}** · <@{invoice.payer.id}> · **{self.payer.money(invoice.subtotal)}** · "
            f"{WORDS[invoice.state]}{due}\n-# {escape(items)}"
        )

    def choice(self, invoice: Invoice) -> str:
        """An invoice in an autocomplete, where nothing is Markdown."""
        total = self.payer.money(invoice.subtotal)
        return cut(
            f"#{invoice.number} · {invoice.payer.name} · {total} · {WORDS[invoice.state]}", LONGEST_OPTION
        )

    def _about(self, invoice: Invoice) -> str:
        total = self.payer.money(invoice.subtotal)
        return f"{self.payer.mark}Invoice **#{invoice.number}** for <@{invoice.payer.id}> ({total})"


def _one_line(text: str) -> str:
    return text.replace("\n", " · ")
