"""`/purchases`: what a member bought, was given or is charged for, restart-proof."""

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.checkout.refusals import link_closed, purchase_unknown
from bot.checkout.service import Sales
from bot.checkout.states import SaleStatus
from bot.discord.client import ShopBot
from bot.discord.interactions import Answer, private_answer
from bot.errors import PaymentClearing
from bot.purchases.history import History
from cogs.checkout.view import SaleView
from cogs.invoices.payer_actions import PayerActions
from cogs.purchases.receipts import ReceiptView
from cogs.purchases.view import PurchaseView

PER_PAGE: Final = 5
"""Purchases on a page: five with their buttons take at most 37 of a message's 40 components."""


class PurchaseActions:
    """Nothing waits unsaid beside these answers: the list itself says what waits."""

    def __init__(
        self,
        sales: Sales,
        history: History,
        pages: PurchaseView,
        view: SaleView,
        *,
        receipts: ReceiptView,
        invoices: PayerActions,
    ) -> None:
        self._sales = sales
        self._history = history
        self._pages = pages
        self._view = view
        self._receipts = receipts
        self._invoices = invoices

    async def show(self, answer: Answer, user_id: int, guild_id: int, number: int) -> None:
        """Show a page of the member's purchases in this server; pages count from 0."""
        page = await self._history.page(user_id, guild_id, number, size=PER_PAGE)
        await answer.show(self._pages.page(page), announce=False)
        await self._history.collected(page.reminders)

    async def link(self, answer: Answer, user_id: int, reference: str) -> None:
        """Show the link of one purchase, or the invoice that asks for it.

        Raises purchase_unknown, not_yours, PaymentClearing, and link_closed when it is no longer open.
        """
        sale = await self._sales.of_buyer(user_id, reference)
        if sale.basket.charge is not None:
            invoice = await self._invoices.invoices.of_sale(sale.id)
            if invoice is None:
                raise purchase_unknown()
            await self._invoices.show_payer(answer, invoice)
            return
        answer.guild_id = sale.guild_id
        if sale.status is SaleStatus.CLEARING:
            raise PaymentClearing
        if not self._sales.is_payable(sale):
            raise link_closed()
        await answer.show(self._view.open(sale), announce=False)
        await self._history.link_seen(sale.id)

    async def receipts(self, answer: Answer, user_id: int, reference: str, start: int = 0) -> None:
        """Show what the member was told of a purchase, from the one at `start` on; 0 is the newest."""
        page = await self._receipts.page(reference, user_id, start, answer.language)
        await answer.show(page.message, announce=False)
        await self._receipts.shown(page)

    async def give_up(self, answer: Answer, user_id: int, reference: str, number: int) -> None:
        sale = await self._sales.withdraw(user_id, reference)
        await self.show(answer, user_id, sale.guild_id, number)


class Purchases(commands.Cog):
    def __init__(self, actions: PurchaseActions) -> None:
        self._actions = actions

    @app_commands.command()
    async def purchases(self, interaction: discord.Interaction[ShopBot]) -> None:
        """Your purchases, subscriptions and open payment links. Only you see it."""
        async with private_answer(interaction) as answer:
            await self._actions.show(answer, interaction.user.id, interaction.guild_id or 0, 0)
