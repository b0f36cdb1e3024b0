"""The buttons and menus of invoices. Every one outlives the process, and is checked again when clicked."""

import re
from typing import Any, Self

from discord import ui

from bot.discord_io import invoice_ids
from bot.discord_io.answers import Answer, Interaction, at_once, private_answer, update_in_place
from bot.discord_io.client import ShopBot
from bot.invoices.models import Invoice
from bot.invoices.states import InvoiceState
from cogs.invoice_desk import InvoiceDesk
from cogs.invoice_forms import FORMS, CancelForm, DeclineForm, RefuseForm
from cogs.links import buyer_of
from cogs.mistyped import OpenAgain

AnyItem = ui.Button[Any] | ui.Select[Any]
AnyButton = ui.Button[Any]


class DraftStep(ui.DynamicItem[AnyItem], template=invoice_ids.DRAFT):
    """Changes, sends or discards a draft."""

    def __init__(self, item: AnyItem, reference: str, action: str, quantity: int) -> None:
        super().__init__(item)
        self.reference = reference
        self.action = action
        self.quantity = quantity

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        quantity = int(match["quantity"] or 1)
        return cls(item, match["reference"], match["action"], quantity)  # type: ignore[arg-type]  # only these have custom_ids

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            desk = desk_of(interaction)
            draft = await desk.draft(interaction, self.reference)
            await self._step(desk, answer, draft, _values(interaction))

    async def _step(self, desk: InvoiceDesk, answer: Answer, draft: Invoice, values: list[str]) -> None:
        match self.action, values:
            case "send", _:
                await desk.send(answer, draft)
            case "discard", _:
                await desk.discard(answer, draft)
            case "remove", _:
                await answer.show(desk.cards.choose_line(draft))
            case "line", [value]:
                position, of = value.split()
                await desk.remove_line(answer, draft, int(position), int(of))
            case "product", [product_id]:
                await desk.add_product(answer, draft, product_id, None, self.quantity)
            case "variant", [value]:
                product_id, variant_id = value.split(" ", 1)
                await desk.add_product(answer, draft, product_id, variant_id, self.quantity)
            case _:
                await desk.show_draft(answer, draft)


class DraftForm(ui.DynamicItem[AnyButton], template=invoice_ids.FORM):
    """Opens a form."""

    def __init__(self, item: AnyButton, reference: str, action: str) -> None:
        super().__init__(item)
        self.reference = reference
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, match["reference"], match["action"])  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            desk = desk_of(interaction)
            draft = desk.remembered(interaction, self.reference)
            if draft is None:
                draft = await desk.draft(interaction, self.reference)
            await interaction.response.send_modal(FORMS[self.action](draft))


class StaffStep(ui.DynamicItem[AnyButton], template=invoice_ids.STAFF):
    """What staff do with an issued invoice; the answer comes beside the message that was clicked."""

    def __init__(self, item: AnyButton, reference: str, action: str) -> None:
        super().__init__(item)
        self.reference = reference
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, match["reference"], match["action"])  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            desk = desk_of(interaction)
            if self.action == "approve":
                await desk.approve(answer, interaction, self.reference)
                return
            invoice = await desk.invoice(interaction, self.reference)
            if self.action == "resend":
                await desk.resend(answer, interaction, invoice)
            elif self.action == "notice":
                await desk.post_notice(answer, interaction, invoice)
            else:
                await desk.show(answer, invoice)


class StaffForm(ui.DynamicItem[AnyButton], template=invoice_ids.STAFF_FORM):
    """Asks staff for the reason first."""

    def __init__(self, item: AnyButton, reference: str, action: str) -> None:
        super().__init__(item)
        self.reference = reference
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, match["reference"], match["action"])  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            desk_of(interaction).staff.require(interaction)
            form = RefuseForm if self.action == "refuse" else CancelForm
            await interaction.response.send_modal(form(self.reference))


class ListPage(ui.DynamicItem[AnyButton], template=invoice_ids.LIST):
    """Turns the list's page."""

    def __init__(self, item: AnyButton, number: int, member_id: int, state: str) -> None:
        super().__init__(item)
        self.number = number
        self.member_id = member_id
        self.state = state

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, int(match["page"]), int(match["member"]), match["state"])  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            state = None if self.state == "all" else InvoiceState(self.state)
            desk = desk_of(interaction)
            await desk.list(answer, interaction, self.number, self.member_id or None, state)


class PayInvoice(ui.DynamicItem[AnyButton], template=invoice_ids.PAY):
    """A payment link in the invoice's own message, for the one member it is for."""

    def __init__(self, item: AnyButton, reference: str) -> None:
        super().__init__(item)
        self.reference = reference

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, match["reference"])  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _pay(interaction, answer, self.reference)


class PayInvoiceBelow(ui.DynamicItem[AnyButton], template=invoice_ids.PAY_BELOW):
    """The same from a message that stays as it is: the answer is for this member alone."""

    def __init__(self, item: AnyButton, reference: str) -> None:
        super().__init__(item)
        self.reference = reference

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, match["reference"])  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            await _pay(interaction, answer, self.reference)


class DeclineInvoice(ui.DynamicItem[AnyButton], template=invoice_ids.DECLINE):
    """Asks for a reason, and declines."""

    def __init__(self, item: AnyButton, reference: str, page: int | None) -> None:
        super().__init__(item)
        self.reference = reference
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        page = int(match["page"]) if match["page"] else None
        return cls(item, match["reference"], page)  # type: ignore[arg-type]  # it is a button

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            await interaction.response.send_modal(DeclineForm(self.reference, self.page))


ITEMS = (
    DraftStep,
    DraftForm,
    StaffStep,
    StaffForm,
    ListPage,
    PayInvoice,
    PayInvoiceBelow,
    DeclineInvoice,
    OpenAgain,
)


async def _pay(interaction: Interaction, answer: Answer, reference: str) -> None:
    desk = desk_of(interaction)
    if not await desk.look(answer, interaction.user.id, reference):
        await desk.get_link(answer, buyer_of(interaction), reference)


def desk_of(interaction: Interaction) -> InvoiceDesk:
    bot: ShopBot = interaction.client
    return bot.service(InvoiceDesk)


def _values(interaction: Interaction) -> list[str]:
    """What was chosen in a menu; nothing for a button."""
    data: Any = interaction.data or {}
    return list(data.get("values", ()))
