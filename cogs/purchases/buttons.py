"""The buttons below the list of `/purchases`. Every one outlives the process."""

from typing import Any

from discord import ui

from bot.discord.components import Persistent
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
from cogs import custom_ids
from cogs.invoices.forms import DeclineForm
from cogs.purchases.commands import PurchaseActions


class PurchaseItem(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.PURCHASES):
    """Turns the page, or gives a link up."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = _actions(interaction)
            if self.match["reference"] is None:
                await actions.show(
                    answer, interaction.user.id, interaction.guild_id or 0, int(self.match["page"])
                )
            else:
                await actions.give_up(
                    answer, interaction.user.id, self.match["reference"], int(self.match["page"])
                )


class PurchaseLink(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.PURCHASE_LINK):
    """Shows a purchase's link, below the list."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.match.string) as answer:
            await _actions(interaction).link(answer, interaction.user.id, self.match["reference"])


class PurchaseReceipt(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.RECEIPT):
    """Shows the receipts of a purchase, below the list."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.match.string) as answer:
            await _actions(interaction).receipts(answer, interaction.user.id, self.match["reference"])


class ReceiptStep(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.RECEIPTS):
    """Turns to older receipts, or back to the newest."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _actions(interaction).receipts(
                answer, interaction.user.id, self.match["reference"], int(self.match["start"])
            )


class DeclineListedInvoice(
    Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.DECLINE_LISTED_INVOICE
):
    """Asks for a reason, declines, and shows the page again."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            await show_form(interaction, DeclineOnPage(self.match["reference"], int(self.match["page"])))


class DeclineOnPage(DeclineForm):
    def __init__(self, reference: str, page: int) -> None:
        super().__init__(reference)
        self._page = page

    async def show(self, answer: Answer, interaction: Interaction, declined: Invoice) -> None:
        await _actions(interaction).show(answer, interaction.user.id, declined.guild_id, self._page)


ITEMS = (PurchaseItem, PurchaseLink, PurchaseReceipt, ReceiptStep, DeclineListedInvoice)


def _actions(interaction: Interaction) -> PurchaseActions:
    return service_of(interaction, PurchaseActions)
