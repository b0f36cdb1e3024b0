"""The button under a note about a second payment: staff give it back."""

from typing import Any

import discord
from discord import ui

from bot.discord.components import Persistent, button, mark_of_store, notice
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.discord.staff import Staff
from bot.members.aftercare import Aftercare
from bot.money import Money
from bot.payments.provider import RefundReason
from bot.texts import text
from cogs import custom_ids
from cogs.fulfilment.text import refund_made


class RefundActions:
    """`test` says that the store is a sandbox."""

    def __init__(self, aftercare: Aftercare, staff: Staff, *, test: bool) -> None:
        self._aftercare = aftercare
        self._staff = staff
        self._mark = mark_of_store(test=test)

    async def ask(self, answer: Answer, interaction: Interaction, order: str) -> None:
        """Money doesn't move by one click."""
        guild_id = self._staff.require(interaction)
        found = await self._aftercare.order(guild_id, order)
        asked = text(
            "{mark}Refund **{amount}** (plus its tax) of {sale}?",
            mark=self._mark,
            amount=Money(found.amount, found.currency),
            sale=(await self._aftercare.sale_of(found)).name,
        )
        sure = button(text("Refund"), custom_ids.refund_sure(found.reference), discord.ButtonStyle.danger)
        await answer.show(notice(asked, buttons=(sure,)))

    async def refund(self, answer: Answer, interaction: Interaction, order: str) -> None:
        guild_id = self._staff.require(interaction)
        made = await self._aftercare.refund(guild_id, order, RefundReason.DUPLICATE, by=interaction.user.id)
        sale = await self._aftercare.sale_of(made.order)
        done = refund_made(sale, made.order, is_confirmed=made.is_followed)
        await answer.show(notice(text("{mark}{sentence}", mark=self._mark, sentence=done)))


class Refund(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.REFUND):
    """Asks whether to refund."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            await _actions(interaction).ask(answer, interaction, self.match["order"])


class ConfirmRefund(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.REFUND_SURE):
    """Refunds."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _actions(interaction).refund(answer, interaction, self.match["order"])


def _actions(interaction: Interaction) -> RefundActions:
    return service_of(interaction, RefundActions)
