"""`/store member`, `/store orders`, and the member menu "Purchases"."""

from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.checkout.states import SaleStatus
from bot.discord.client import ShopBot
from bot.discord.interactions import private_answer
from cogs.members.actions import MemberActions
from cogs.members.buttons import filter_of
from cogs.members.text import SALE_STATES

_STATES: Final = [
    app_commands.Choice(name=str(SALE_STATES[status]), value=status.value)
    for status in (
        SaleStatus.OPEN,
        SaleStatus.CLEARING,
        SaleStatus.PAID,
        SaleStatus.REFUNDED,
        SaleStatus.DISPUTED,
        SaleStatus.EXPIRED,
        SaleStatus.WITHDRAWN,
    )
]


class MemberCommand(app_commands.Command[Any, ..., None]):
    def __init__(self, actions: MemberActions) -> None:
        async def member(interaction: discord.Interaction[ShopBot], member: discord.User) -> None:
            async with private_answer(interaction) as answer:
                await actions.member(answer, interaction, member.id)

        super().__init__(
            name="member",
            description="See what a member bought, got and is charged for, and help them with it",
            callback=app_commands.describe(member="Whose purchases")(member),
        )


class OrdersCommand(app_commands.Command[Any, ..., None]):
    def __init__(self, actions: MemberActions) -> None:
        async def orders(
            interaction: discord.Interaction[ShopBot],
            member: discord.User | None = None,
            state: app_commands.Choice[str] | None = None,
        ) -> None:
            async with private_answer(interaction) as answer:
                wanted = filter_of(member.id if member else None, state.value if state else None)
                await actions.listed(answer, interaction, wanted)

        described = app_commands.describe(
            member="Only purchases by or for this member", state="Only purchases in this state"
        )
        super().__init__(
            name="orders",
            description="See this server's purchases, newest first",
            callback=app_commands.choices(state=_STATES)(described(orders)),
        )


class PurchasesMenu(commands.Cog):
    """Right-click a member → Apps → Purchases."""

    def __init__(self, bot: ShopBot, actions: MemberActions) -> None:
        self._bot = bot
        self._actions = actions
        self._menu = app_commands.ContextMenu(name="Purchases", callback=self.purchases_of)
        self._menu.default_permissions = actions.staff.command_permissions

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    async def purchases_of(self, interaction: discord.Interaction[ShopBot], member: discord.User) -> None:
        """What the member whose menu it is bought."""
        async with private_answer(interaction) as answer:
            await self._actions.member(answer, interaction, member.id)
