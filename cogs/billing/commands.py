"""`/billing`: what a member gives for the bill, its forms and its button. All of it outlives the process."""

import re
from collections.abc import Mapping
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.billing.service import MemberBilling
from bot.discord.client import ShopBot
from bot.discord.components import Persistent
from bot.discord.form_retry import or_offer_again
from bot.discord.forms import answers_form, typed_fields
from bot.discord.interactions import (
    Answer,
    Interaction,
    at_once,
    private_answer,
    service_of,
    show_form,
    update_in_place,
)
from bot.texts import Text, text
from cogs import custom_ids
from cogs.billing.view import BillingForm, BillingView

_DELETED: Final = text("Deleted. Nothing is saved anymore.")


class BillingActions:
    def __init__(self, billing: MemberBilling, view: BillingView) -> None:
        self._billing = billing
        self._view = view

    async def show(self, answer: Answer, user_id: int, note: Text | None = None) -> None:
        details = await self._billing.details(user_id)
        await answer.show(self._view.page(details, answer.language.locale, note))

    async def change(self, answer: Answer, user_id: int, typed: Mapping[str, str]) -> None:
        """Keep what was typed. Raises Mistyped."""
        details = await self._billing.change(user_id, typed, answer.language.locale)
        note = text("Saved.") if details.given else _DELETED
        await answer.show(self._view.page(details, answer.language.locale, note))

    async def delete(self, answer: Answer, user_id: int) -> None:
        await self._billing.delete(user_id)
        await self.show(answer, user_id, _DELETED)


class BillingCommand(commands.Cog):
    def __init__(self, actions: BillingActions) -> None:
        self._actions = actions

    @app_commands.command()
    async def billing(self, interaction: discord.Interaction[ShopBot]) -> None:
        """Your billing details: optional, stored encrypted, and yours to delete."""
        async with private_answer(interaction) as answer:
            await self._actions.show(answer, interaction.user.id)

    @answers_form(custom_ids.BILLING_FORM)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with update_in_place(interaction) as answer:
            typed = typed_fields(interaction)
            work = self._actions.change(answer, interaction.user.id, typed)
            await or_offer_again(work, interaction, answer, lambda: BillingForm(match["what"], typed))


class AskBilling(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.BILLING_FORM):
    """Opens a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            await show_form(interaction, BillingForm(self.match["what"]))


class DeleteBilling(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.DELETE_BILLING):
    """Deletes the details of whoever clicks."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await service_of(interaction, BillingActions).delete(answer, interaction.user.id)


ITEMS = (AskBilling, DeleteBilling)
