"""The buttons and menus of invoices. Every one outlives the process, and is checked again when clicked."""

from typing import Any

from discord import ui

from bot.discord.components import Persistent
from bot.discord.form_retry import OpenAgain
from bot.discord.interactions import (
    Answer,
    Interaction,
    at_once,
    private_answer,
    service_of,
    show_form,
    update_in_place,
)
from bot.invoices.models import Invoice
from bot.invoices.states import InvoiceState
from bot.jobs.waiting import Asked
from cogs import custom_ids
from cogs.checkout.actions import buyer_of
from cogs.invoices.actions import InvoiceActions
from cogs.invoices.forms import FORMS, CancelForm, DeclineForm, RefuseForm
from cogs.invoices.payer_actions import PayerActions

AnyItem = ui.Button[Any] | ui.Select[Any]
AnyButton = ui.Button[Any]


class DraftStep(Persistent, ui.DynamicItem[AnyItem], template=custom_ids.DRAFT_STEP):
    """Changes, sends or discards a draft."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = actions_of(interaction)
            draft = await actions.draft(interaction, self.match["reference"])
            await self._step(actions, answer, draft, _values(interaction))

    async def _step(self, actions: InvoiceActions, answer: Answer, draft: Invoice, values: list[str]) -> None:
        match self.match["action"], values:
            case "send", _:
                await actions.send(answer, draft)
            case "discard", _:
                await actions.discard(answer, draft)
            case "remove", _:
                await answer.show(actions.view.drafts.choose_line(draft))
            case "line", [value]:
                position, of = value.split()
                await actions.remove_line(answer, draft, int(position), int(of))
            case "product", [product_id]:
                await actions.add_product(answer, draft, product_id, None, int(self.match["quantity"] or 1))
            case "variant", [value]:
                product_id, variant_id = value.split(" ", 1)
                await actions.add_product(
                    answer, draft, product_id, variant_id, int(self.match["quantity"] or 1)
                )
            case _:
                await actions.show_draft(answer, draft)


class DraftForm(Persistent, ui.DynamicItem[AnyButton], template=custom_ids.DRAFT_FORM):
    """Opens a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            actions = actions_of(interaction)
            draft = actions.remembered(interaction, self.match["reference"])
            if draft is None:
                draft = await actions.draft(interaction, self.match["reference"])
            await show_form(interaction, FORMS[self.match["action"]](draft))


class StaffStep(Persistent, ui.DynamicItem[AnyButton], template=custom_ids.INVOICE_STEP):
    """What staff do with an issued invoice; the answer comes beside the message that was clicked."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            actions = actions_of(interaction)
            if self.match["action"] == "approve":
                await actions.approve(answer, interaction, self.match["reference"])
                return
            invoice = await actions.invoice(interaction, self.match["reference"])
            match self.match["action"]:
                case "resend":
                    await actions.resend(answer, interaction, invoice)
                case "notice":
                    await actions.post_notice(answer, interaction, invoice)
                case _:
                    await actions.show(answer, invoice)


class StaffForm(Persistent, ui.DynamicItem[AnyButton], template=custom_ids.INVOICE_FORM):
    """Asks staff for the reason first."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            actions_of(interaction).staff.require(interaction)
            form = RefuseForm if self.match["action"] == "refuse" else CancelForm
            await show_form(interaction, form(self.match["reference"]))


class ListPage(Persistent, ui.DynamicItem[AnyButton], template=custom_ids.INVOICE_LIST):
    """Turns the list's page."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            wanted = self.match["state"]
            state = None if wanted == "all" else InvoiceState(wanted)
            actions = actions_of(interaction)
            await actions.list(
                answer, interaction, int(self.match["page"]), int(self.match["member"]) or None, state
            )


class PayInvoice(Persistent, ui.DynamicItem[AnyButton], template=custom_ids.PAY_INVOICE):
    """A payment link in the invoice's own message, for the one member it is for."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _pay(interaction, answer, self.match["reference"])


class PayInvoiceBelow(Persistent, ui.DynamicItem[AnyButton], template=custom_ids.PAY_INVOICE_BELOW):
    """The same from a message that stays as it is: the answer is for this member alone."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.match.string) as answer:
            await _pay(interaction, answer, self.match["reference"])


class DeclineInvoice(Persistent, ui.DynamicItem[AnyButton], template=custom_ids.DECLINE_INVOICE):
    """Asks for a reason, and declines."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            await show_form(interaction, DeclineForm(self.match["reference"]))


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
    actions = service_of(interaction, PayerActions)
    if not await actions.look(answer, interaction.user.id, reference):
        await actions.get_link(answer, buyer_of(interaction), reference)


def actions_of(interaction: Interaction) -> InvoiceActions:
    return service_of(interaction, InvoiceActions)


def _values(interaction: Interaction) -> list[str]:
    """What was chosen in a menu; nothing for a button."""
    data: Any = interaction.data or {}
    return list(data.get("values", ()))
