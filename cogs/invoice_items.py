"""The buttons and menus of invoices. Every one outlives the process, and is checked again when clicked."""

from typing import Any

from discord import ui

from bot.discord_io import invoice_ids
from bot.discord_io.answers import Answer, Interaction, at_once, private_answer, update_in_place
from bot.discord_io.client import ShopBot
from bot.discord_io.lasting_items import Lasting
from bot.invoices.models import Invoice
from bot.invoices.states import InvoiceState
from bot.outbox.waiting import Asked
from cogs.invoice_desk import InvoiceDesk
from cogs.invoice_forms import FORMS, CancelForm, DeclineForm, RefuseForm
from cogs.links import buyer_of
from cogs.mistyped import OpenAgain

AnyItem = ui.Button[Any] | ui.Select[Any]
AnyButton = ui.Button[Any]


class DraftStep(Lasting, ui.DynamicItem[AnyItem], template=invoice_ids.DRAFT):
    """Changes, sends or discards a draft."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            desk = desk_of(interaction)
            draft = await desk.draft(interaction, self.said["reference"])
            await self._step(desk, answer, draft, _values(interaction))

    async def _step(self, desk: InvoiceDesk, answer: Answer, draft: Invoice, values: list[str]) -> None:
        match self.said["action"], values:
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
                await desk.add_product(answer, draft, product_id, None, int(self.said["quantity"] or 1))
            case "variant", [value]:
                product_id, variant_id = value.split(" ", 1)
                await desk.add_product(answer, draft, product_id, variant_id, int(self.said["quantity"] or 1))
            case _:
                await desk.show_draft(answer, draft)


class DraftForm(Lasting, ui.DynamicItem[AnyButton], template=invoice_ids.FORM):
    """Opens a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            desk = desk_of(interaction)
            draft = desk.remembered(interaction, self.said["reference"])
            if draft is None:
                draft = await desk.draft(interaction, self.said["reference"])
            await interaction.response.send_modal(FORMS[self.said["action"]](draft))


class StaffStep(Lasting, ui.DynamicItem[AnyButton], template=invoice_ids.STAFF):
    """What staff do with an issued invoice; the answer comes beside the message that was clicked."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            desk = desk_of(interaction)
            if self.said["action"] == "approve":
                await desk.approve(answer, interaction, self.said["reference"])
                return
            invoice = await desk.invoice(interaction, self.said["reference"])
            if self.said["action"] == "resend":
                await desk.resend(answer, interaction, invoice)
            elif self.said["action"] == "notice":
                await desk.post_notice(answer, interaction, invoice)
            else:
                await desk.show(answer, invoice)


class StaffForm(Lasting, ui.DynamicItem[AnyButton], template=invoice_ids.STAFF_FORM):
    """Asks staff for the reason first."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            desk_of(interaction).staff.require(interaction)
            form = RefuseForm if self.said["action"] == "refuse" else CancelForm
            await interaction.response.send_modal(form(self.said["reference"]))


class ListPage(Lasting, ui.DynamicItem[AnyButton], template=invoice_ids.LIST):
    """Turns the list's page."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            wanted = self.said["state"]
            state = None if wanted == "all" else InvoiceState(wanted)
            desk = desk_of(interaction)
            await desk.list(
                answer, interaction, int(self.said["page"]), int(self.said["member"]) or None, state
            )


class PayInvoice(Lasting, ui.DynamicItem[AnyButton], template=invoice_ids.PAY):
    """A payment link in the invoice's own message, for the one member it is for."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _pay(interaction, answer, self.said["reference"])


class PayInvoiceBelow(Lasting, ui.DynamicItem[AnyButton], template=invoice_ids.PAY_BELOW):
    """The same from a message that stays as it is: the answer is for this member alone."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.said.string) as answer:
            await _pay(interaction, answer, self.said["reference"])


class DeclineInvoice(Lasting, ui.DynamicItem[AnyButton], template=invoice_ids.DECLINE):
    """Asks for a reason, and declines."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            await interaction.response.send_modal(DeclineForm(self.said["reference"], self.number("page")))


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
