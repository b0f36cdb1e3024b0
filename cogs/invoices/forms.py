"""The forms of invoices. Who may is checked again when one comes in."""

from collections.abc import Callable, Mapping
from typing import Final

import discord
from discord import ui

from bot.discord.form_retry import or_offer_again
from bot.discord.forms import typed_fields, typed_into
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.discord.localized import Field, LocalizedForm, Question
from bot.invoices.amounts import LONGEST_AMOUNT
from bot.invoices.due_dates import LONGEST_DUE_DATE
from bot.invoices.models import (
    LONGEST_COUPON,
    LONGEST_DESCRIPTION,
    LONGEST_ITEM,
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_TITLE,
    Invoice,
)
from bot.jobs.waiting import Asked
from bot.texts import Text, text
from cogs.catalog.autocomplete import LONGEST_QUANTITY
from cogs.invoices.actions import InvoiceActions, Typed
from cogs.invoices.payer_actions import PayerActions
from cogs.invoices.view import title_of

FORM_TIMEOUT: Final = 900
"""Seconds that a form may stand open: as long as the private message that it belongs to can be edited."""
_LONG: Final = discord.TextStyle.paragraph
_DUE: Final = text("Due date (leave empty for none)")
_DUE_HINT: Final = text("Such as 3 days, 2 weeks or YYYY-MM-DD")
_ITEM: Final = text("What for?")
_AMOUNT: Final = text("Price for one")
_AMOUNT_HINT: Final = text("Such as 12.50")
_QUANTITY: Final = text("Quantity")
_NOTE: Final = text("Note for the member")


class _Form(LocalizedForm):
    """Labelled fields; `given` is what was typed into them before, by their names."""

    def __init__(self, title: Text, given: Mapping[str, str] | None = None) -> None:
        super().__init__(title, timeout=FORM_TIMEOUT)
        self._given = given or {}

    def ask(
        self,
        name: str,
        label: Text,
        longest: int,
        *,
        default: str | None = None,
        required: bool = False,
        hint: Text | None = None,
        style: discord.TextStyle = discord.TextStyle.short,
    ) -> None:
        """Add a field; `longest` is in characters."""
        field = Field(
            custom_id=name,
            default=self._given.get(name, default) or None,
            required=required,
            max_length=longest,
            placeholder=hint,
            style=style,
        )
        self.add_item(Question(label, field))


class CreateForm(_Form):
    """From the member menu, and where the command lacks what it is for; it has room for five fields.

    A description that was given with the command stays what it was.
    """

    def __init__(self, member: discord.Member | discord.User, given: Mapping[str, str] | None = None) -> None:
        super().__init__(text("Create invoice"), given)
        self._member = member
        self.ask("item", _ITEM, LONGEST_ITEM, required=True)
        self.ask("amount", _AMOUNT, LONGEST_AMOUNT, required=True, hint=_AMOUNT_HINT)
        self.ask("quantity", _QUANTITY, LONGEST_QUANTITY, default="1", required=True)
        self.ask("due", _DUE, LONGEST_DUE_DATE, hint=_DUE_HINT)
        self.ask("note", _NOTE, LONGEST_NOTE, style=_LONG)

    async def on_submit(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            typed = {**self._given, **typed_fields(interaction)}
            work = _actions(interaction).create(answer, interaction, self._member, Typed(**typed))
            await or_offer_again(work, interaction, answer, lambda: CreateForm(self._member, typed))


class _DraftForm(_Form):
    def __init__(self, draft: Invoice, title: Text, given: Mapping[str, str] | None = None) -> None:
        super().__init__(title, given)
        self.draft = draft
        self.reference = draft.reference


class ItemForm(_DraftForm):
    def __init__(self, draft: Invoice, given: Mapping[str, str] | None = None) -> None:
        super().__init__(draft, text("Add item"), given)
        self.ask("item", _ITEM, LONGEST_ITEM, required=True)
        self.ask("amount", _AMOUNT, LONGEST_AMOUNT, required=True, hint=_AMOUNT_HINT)
        self.ask("quantity", _QUANTITY, LONGEST_QUANTITY, default="1", required=True)

    async def on_submit(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            typed = typed_fields(interaction)
            work = _actions(interaction).add_item(answer, interaction, self.reference, Typed(**typed))
            await or_offer_again(work, interaction, answer, lambda: ItemForm(self.draft, typed))


class ProductForm(_DraftForm):
    def __init__(self, draft: Invoice, given: Mapping[str, str] | None = None) -> None:
        super().__init__(draft, text("Add product"), given)
        self.ask(
            "product",
            text("Product, or part of its name"),
            LONGEST_TITLE,
            hint=text("Leave empty to see all products"),
        )
        self.ask("variant", text("Variant, if there are several"), LONGEST_TITLE)
        self.ask("quantity", _QUANTITY, LONGEST_QUANTITY, default="1", required=True)

    async def on_submit(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            typed = typed_fields(interaction)
            work = _actions(interaction).find_product(
                answer,
                interaction,
                self.reference,
                typed=typed["product"],
                variant=typed["variant"],
                quantity=typed["quantity"],
            )
            await or_offer_again(work, interaction, answer, lambda: ProductForm(self.draft, typed))


class TextsForm(_DraftForm):
    def __init__(self, draft: Invoice) -> None:
        super().__init__(draft, text("Edit title and description"))
        self.ask("title", text("Title"), LONGEST_TITLE, default=draft.title, hint=title_of(draft))
        self.ask(
            "description", text("Description"), LONGEST_DESCRIPTION, default=draft.description, style=_LONG
        )
        self.ask("note", _NOTE, LONGEST_NOTE, default=draft.note, style=_LONG)

    async def on_submit(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            texts = {name: typed or None for name, typed in typed_fields(interaction).items()}
            await _actions(interaction).edit(answer, interaction, self.reference, **texts)


class CouponForm(_DraftForm):
    def __init__(self, draft: Invoice) -> None:
        super().__init__(draft, text("Coupon"))
        self.ask(
            "coupon",
            text("Coupon code (leave empty for none)"),
            LONGEST_COUPON,
            default=draft.coupon,
        )

    async def on_submit(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            coupon = typed_into(interaction) or None
            await _actions(interaction).edit(answer, interaction, self.reference, coupon=coupon)


class DueForm(_DraftForm):
    def __init__(self, draft: Invoice, given: Mapping[str, str] | None = None) -> None:
        super().__init__(draft, text("Due date"), given)
        self.ask("due", _DUE, LONGEST_DUE_DATE, hint=_DUE_HINT)

    async def on_submit(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            typed = typed_fields(interaction)
            work = _actions(interaction).set_due(answer, interaction, self.reference, typed["due"])
            await or_offer_again(work, interaction, answer, lambda: DueForm(self.draft, typed))


class _ReasonForm(_Form):
    def __init__(self, reference: str, title: Text, question: Text) -> None:
        super().__init__(title)
        self.reference = reference
        self.ask("reason", question, LONGEST_REASON, style=_LONG)


class DeclineForm(_ReasonForm):
    """Shows the invoice once it is declined; what shows something else says so in `show`."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            reference, text("Decline this invoice"), text("Reason (optional, staff can read it)")
        )

    async def on_submit(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            payer, reason = service_of(interaction, PayerActions), typed_into(interaction)
            declined = await payer.decline(interaction.user.id, self.reference, reason)
            await self.show(answer, interaction, declined)

    async def show(self, answer: Answer, interaction: Interaction, declined: Invoice) -> None:
        await service_of(interaction, PayerActions).show_payer(answer, declined)


class RefuseForm(_ReasonForm):
    def __init__(self, reference: str) -> None:
        super().__init__(reference, text("Refuse this invoice"), text("Reason (optional, staff can read it)"))

    async def on_submit(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            await _actions(interaction).refuse(answer, interaction, self.reference, typed_into(interaction))


class CancelForm(_ReasonForm):
    def __init__(self, reference: str) -> None:
        super().__init__(
            reference, text("Cancel this invoice"), text("Reason (optional, the member can read it)")
        )

    async def on_submit(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            actions = _actions(interaction)
            invoice = await actions.invoice(interaction, self.reference)
            await actions.cancel(answer, interaction, invoice, typed_into(interaction))


FORMS: Final[dict[str, Callable[[Invoice], ui.Modal]]] = {
    "item": ItemForm,
    "product": ProductForm,
    "texts": TextsForm,
    "coupon": CouponForm,
    "due": DueForm,
}


def _actions(interaction: Interaction) -> InvoiceActions:
    return service_of(interaction, InvoiceActions)
