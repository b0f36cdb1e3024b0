"""The button under a note about a second payment: staff give it back."""

import re
from typing import Any, Final

import discord
from discord import ui

from bot.discord.client import ShopBot
from bot.discord.components import Persistent, button, mark_of_store, notice
from bot.discord.interactions import Answer, Interaction, Staff, private_answer, update_in_place
from bot.money import Money
from bot.payments.provider import RefundReason
from bot.payments.refunds import Refunds
from cogs.custom_ids import ROW

REFUND: Final = re.compile(rf"bamboo:refund:(?P<order>{ROW})")
"""Refund an order, by its reference: asked once more before it is done."""
REFUND_SURE: Final = re.compile(rf"bamboo:refund:(?P<order>{ROW}):sure")


class RefundActions:
    """`locale` writes amounts; `test` says that the store is a sandbox."""

    def __init__(self, refunds: Refunds, staff: Staff, locale: str, *, test: bool) -> None:
        self._refunds = refunds
        self._staff = staff
        self._locale = locale
        self._mark = mark_of_store(test=test)

    async def ask(self, answer: Answer, interaction: Interaction, order: str) -> None:
        """Money doesn't move by one click."""
        self._staff.require(interaction)
        found = await self._refunds.order(interaction.guild_id or 0, order)
        amount = Money(found.amount, found.currency).format(self._locale)
        sure = button("Refund it", f"bamboo:refund:{found.reference}:sure", discord.ButtonStyle.danger)
        text = f"{self._mark}Give **{amount}** (with its tax) of order `{found.order_id}` back to the payer?"
        await answer.show(notice(text, buttons=(sure,)))

    async def refund(self, answer: Answer, interaction: Interaction, order: str) -> None:
        self._staff.require(interaction)
        made = await self._refunds.refund(interaction.guild_id or 0, order, RefundReason.DUPLICATE)
        text = f"{self._mark}Order `{made.order.order_id}` is refunded."
        if not made.is_followed:
            text += " The messages follow when the store can be asked."
        await answer.show(notice(text))


class Refund(Persistent, ui.DynamicItem[ui.Button[Any]], template=REFUND):
    """Asks whether to refund."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            await _actions(interaction).ask(answer, interaction, self.said["order"])


class RefundSure(Persistent, ui.DynamicItem[ui.Button[Any]], template=REFUND_SURE):
    """Refunds."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _actions(interaction).refund(answer, interaction, self.said["order"])


def _actions(interaction: Interaction) -> RefundActions:
    bot: ShopBot = interaction.client
    return bot.service(RefundActions)
