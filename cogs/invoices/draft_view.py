"""What staff see of an invoice until it is sent: the preview of a draft, and what can be put on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import discord
from discord import ui

from bot.catalog.models import Product, ProductSummary
from bot.discord.components import MOST_OPTIONS, Card, button
from bot.discord.localized import LONGEST_OPTION, Menu, Option, Paragraph
from bot.invoices.limits import InvoiceLimits
from bot.invoices.models import MOST_LINES, Invoice
from bot.money import Money
from bot.texts import Text, as_text, joined, lines, mention, text
from cogs import custom_ids
from cogs.catalog.product_text import ProductText, plain, stock_of_variant
from cogs.invoices.view import InvoiceView, length, look_of

_GREY: Final = discord.ButtonStyle.secondary


@dataclass(frozen=True, slots=True)
class DraftView:
    payer: InvoiceView
    product_text: ProductText
    rules: InvoiceLimits

    def preview(self, draft: Invoice, discount: int | None, problem: Text | None = None) -> Card:
        """What the member will get, and what can be changed; `problem` is the store's word on the coupon."""
        pay = button(self.payer.button_label(draft, discount), custom_ids.invoice_preview("pay"), _GREY)
        decline = button(text("Decline"), custom_ids.invoice_preview("decline"), _GREY)
        pay.disabled = decline.disabled = True
        shown = replace(draft, coupon=None) if problem else draft
        above, remarks = self._above(draft), self._remarks(draft, problem)
        texts = self.payer.texts(shown, discount, look_of(shown), below=length(above, remarks))
        card = Card(*texts, ui.ActionRow(pay, decline))
        card.add_item(Paragraph(above))
        if remarks:
            card.add_item(Paragraph(remarks))
        for row in self._tools(draft):
            card.add_item(row)
        return card

    def _above(self, draft: Invoice) -> Text:
        member = mention(draft.payer.id)
        if draft.number is None:
            return text(
                "-# This is what {member} will get by direct message. Only you can see it. "
                "It gets its number when you send it.",
                member=member,
            )
        return text(
            "-# This is what {member} will get by direct message. Only you can see it.", member=member
        )

    def _remarks(self, draft: Invoice, problem: Text | None) -> Text:
        cap, above = self._above_cap(draft), self.rules.approval_above
        limit = None
        if cap is not None:
            limit = text("This can't be sent: the limit for one invoice is {most}.", most=cap)
        elif above is not None and self.rules.need_approval(draft.subtotal):
            limit = text(
                "It's above {amount}, so another staff member has to approve it first.",
                amount=Money(above, draft.currency),
            )
        return lines(
            problem,
            None if draft.lines else text("Nothing on this invoice yet. Add an item or a product."),
            limit,
        )

    def _above_cap(self, draft: Invoice) -> Money | None:
        """The most that one invoice may come to, where this one comes to more."""
        cap = self.rules.invoice_cap
        return Money(cap, draft.currency) if cap is not None and draft.subtotal.amount > cap else None

    def _tools(self, draft: Invoice) -> list[ui.ActionRow[Any]]:
        full = len(draft.lines) >= MOST_LINES or draft.is_subscription
        reference = draft.reference
        add_item = button(text("Add item"), custom_ids.draft_form(reference, "item"), _GREY)
        add_product = button(text("Add product"), custom_ids.draft_form(reference, "product"), _GREY)
        remove = button(text("Remove"), custom_ids.draft_step(reference, "remove"), _GREY)
        send = button(text("Send"), custom_ids.draft_step(reference, "send"), discord.ButtonStyle.success)
        add_item.disabled = add_product.disabled = full
        remove.disabled = not draft.lines
        send.disabled = not draft.lines or self._above_cap(draft) is not None
        return [
            ui.ActionRow(
                add_item,
                add_product,
                remove,
                button(text("Edit title and description"), custom_ids.draft_form(reference, "texts"), _GREY),
            ),
            ui.ActionRow(
                button(text("Coupon"), custom_ids.draft_form(reference, "coupon"), _GREY),
                button(text("Due date"), custom_ids.draft_form(reference, "due"), _GREY),
                send,
                button(
                    text("Discard"), custom_ids.draft_step(reference, "discard"), discord.ButtonStyle.danger
                ),
            ),
        ]

    def choose_product(self, draft: Invoice, found: Sequence[ProductSummary], quantity: int) -> Card:
        options = [
            Option(
                as_text(plain(product.title, LONGEST_OPTION)),
                product.id[:LONGEST_OPTION],
                self.product_text.plain_price(product) if product.in_stock else text("sold out"),
            )
            for product in found[:MOST_OPTIONS]
        ]
        title = text("Which product?") if options else text("No product matches that name.")
        step = custom_ids.draft_step(draft.reference, "product", quantity)
        return self._choose(draft, title, text("Choose a product"), step, options)

    def choose_variant(self, draft: Invoice, product: Product, quantity: int) -> Card:
        options = [
            Option(
                as_text(plain(variant.title, LONGEST_OPTION)),
                f"{product.id} {variant.id}"[:LONGEST_OPTION],
                joined(
                    " · ",
                    (as_text(Money(variant.price, product.currency)), stock_of_variant(variant)),
                ),
            )
            for variant in product.variants[:MOST_OPTIONS]
        ]
        title = text("Which variant of {product}?", product=plain(product.title, LONGEST_OPTION))
        first = None
        if len(product.variants) > MOST_OPTIONS:
            first = text("-# These are the first 25. Enter any other one in the form.")
        step = custom_ids.draft_step(draft.reference, "variant", quantity)
        return self._choose(draft, lines(title, first), text("Choose a variant"), step, options)

    def choose_line(self, draft: Invoice) -> Card:
        """Which line to take away; the value says where it stands, and of how many."""
        options = [
            Option(
                as_text(plain(line.title, LONGEST_OPTION)),
                f"{position} {len(draft.lines)}",
                as_text(Money(line.amount or 0, line.currency)),
            )
            for position, line in enumerate(draft.lines)
        ]
        title = text("Which line do you want to remove?")
        step = custom_ids.draft_step(draft.reference, "line", None)
        return self._choose(draft, title, text("Choose a line"), step, options)

    def _choose(
        self,
        draft: Invoice,
        title: Text,
        hint: Text,
        step: str,
        options: Sequence[discord.SelectOption],
    ) -> Card:
        """`step` is what a menu's choice leads to."""
        back = button(text("Back"), custom_ids.draft_step(draft.reference, "show"), _GREY)
        items: list[ui.Item[Any]] = [Paragraph(text("### {title}", title=title))]
        if options:
            items.append(ui.ActionRow(Menu(hint, custom_id=step, options=list(options))))
        return Card(*items, ui.ActionRow(back))
