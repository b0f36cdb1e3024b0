"""What staff charge members with."""

from dataclasses import asdict
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.interactions import Interaction, at_once, choices, language_of, private_answer, show_form
from bot.errors import NotStaff
from bot.invoices.amounts import LONGEST_AMOUNT
from bot.invoices.due_dates import LONGEST_DUE_DATE
from bot.invoices.issuing import STATES
from bot.invoices.models import LONGEST_DESCRIPTION, LONGEST_ITEM, LONGEST_NOTE, LONGEST_REASON
from bot.invoices.states import CANCELLABLE, PAYABLE, InvoiceState
from bot.jobs.waiting import Asked
from cogs.catalog.autocomplete import (
    LONGEST_CHOICE,
    MOST_CHOICES,
    Choice,
    Quantity,
    matching_choices,
    product_choices,
)
from cogs.invoices.actions import InvoiceActions, Typed
from cogs.invoices.forms import CreateForm

Item = app_commands.Range[str, 1, LONGEST_ITEM]
Amount = app_commands.Range[str, 1, LONGEST_AMOUNT]
Number = app_commands.Range[int, 1]

_STATES: Final = [
    app_commands.Choice(name=str(words), value=state.value)
    for state, words in STATES.items()
    if state is not InvoiceState.DRAFT
]


class InvoiceCommands(commands.GroupCog, group_name="invoice", group_description="For staff: charge members"):
    def __init__(self, actions: InvoiceActions) -> None:
        self._actions = actions
        self._menu = app_commands.ContextMenu(name="Create invoice", callback=self.create_for)
        self._menu.default_permissions = actions.staff.command_permissions

    async def cog_load(self) -> None:
        group = self.app_command
        if group is not None:
            group.default_permissions = self._actions.staff.command_permissions
        self._actions.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._actions.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command()
    @app_commands.describe(
        member="Who should pay",
        item="What you charge for",
        amount="Price for one, such as 12.50",
        quantity="How many",
        description="More about it; the payment page shows it too",
        due="When it's due: 3 days, 2 weeks or YYYY-MM-DD",
        note="A note for the member",
        product="A product from your store, instead of an item and its price",
    )
    async def create(
        self,
        interaction: discord.Interaction[ShopBot],
        member: discord.User,
        item: Item | None = None,
        amount: Amount | None = None,
        *,
        quantity: Quantity = 1,
        description: app_commands.Range[str, 1, LONGEST_DESCRIPTION] | None = None,
        due: app_commands.Range[str, 1, LONGEST_DUE_DATE] | None = None,
        note: app_commands.Range[str, 1, LONGEST_NOTE] | None = None,
        product: str | None = None,
    ) -> None:
        """Charge a member. You see what they'll get before you send it."""
        async with at_once(interaction):
            typed = Typed(item or "", amount or "", str(quantity), description or "", due or "", note or "")
            if product is None and not (item and amount):
                await self._ask(interaction, member, typed)
                return
            async with private_answer(interaction) as answer:
                await self._actions.create(answer, interaction, member, typed, product=product)

    async def _ask(
        self, interaction: Interaction, member: discord.User | discord.Member, typed: Typed
    ) -> None:
        """Ask for what wasn't given by the form that the member menu has, filled in with what was."""
        self._actions.staff.require(interaction)
        self._actions.require_person(member)
        await show_form(interaction, CreateForm(member, asdict(typed)))

    async def create_for(self, interaction: discord.Interaction[ShopBot], member: discord.User) -> None:
        """Charge the member whose menu it is."""
        async with at_once(interaction):
            self._actions.staff.require(interaction)
            self._actions.require_person(member)
            await show_form(interaction, CreateForm(member))

    @app_commands.command(name="list")
    @app_commands.describe(member="Only invoices for this member", state="Only invoices in this state")
    @app_commands.choices(state=_STATES)
    async def list_(
        self,
        interaction: discord.Interaction[ShopBot],
        member: discord.User | None = None,
        state: app_commands.Choice[str] | None = None,
    ) -> None:
        """This server's invoices, newest first."""
        async with private_answer(interaction) as answer:
            wanted = InvoiceState(state.value) if state else None
            await self._actions.list(answer, interaction, 0, member.id if member else None, wanted)

    @app_commands.command()
    @app_commands.describe(number="Its number, or start typing the member's name")
    async def show(self, interaction: discord.Interaction[ShopBot], number: Number) -> None:
        """See one invoice: its items, its history, and what you can do."""
        async with private_answer(interaction) as answer:
            await self._actions.show(answer, await self._actions.numbered(interaction, number))

    @app_commands.command()
    @app_commands.describe(number="Its number, or start typing the member's name")
    async def resend(self, interaction: discord.Interaction[ShopBot], number: Number) -> None:
        """Send an open invoice again."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            invoice = await self._actions.numbered(interaction, number)
            await self._actions.resend(answer, interaction, invoice)

    @app_commands.command()
    @app_commands.describe(
        number="Its number, or start typing the member's name", reason="The member can read it"
    )
    async def cancel(
        self,
        interaction: discord.Interaction[ShopBot],
        number: Number,
        reason: app_commands.Range[str, 1, LONGEST_REASON] | None = None,
    ) -> None:
        """Cancel an invoice."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            invoice = await self._actions.numbered(interaction, number)
            await self._actions.cancel(answer, interaction, invoice, reason or "")

    @create.autocomplete("product")
    @choices
    async def _suggest_products(self, interaction: Interaction, current: str) -> list[Choice]:
        if self._guild(interaction) is None:
            return []
        return await product_choices(self._actions.catalog, current)

    @create.autocomplete("item")
    @choices
    async def _suggest_items(self, interaction: Interaction, current: str) -> list[Choice]:
        if (guild_id := self._guild(interaction)) is None:
            return []
        items = await self._actions.queries.items(guild_id)
        return matching_choices(((item, item) for item in items if len(item) <= LONGEST_CHOICE), current)

    @show.autocomplete("number")
    @choices
    async def _suggest_any(self, interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
        return await self._numbers(interaction, current, None)

    @resend.autocomplete("number")
    @choices
    async def _suggest_payable(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        return await self._numbers(interaction, current, PAYABLE)

    @cancel.autocomplete("number")
    @choices
    async def _suggest_cancellable(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        return await self._numbers(interaction, current, CANCELLABLE)

    async def _numbers(
        self, interaction: Interaction, typed: str, states: frozenset[InvoiceState] | None
    ) -> list[app_commands.Choice[int]]:
        if (guild_id := self._guild(interaction)) is None:
            return []
        found = await self._actions.queries.find(guild_id, typed, MOST_CHOICES, states)
        names = [self._actions.view.choice(each, language_of(interaction)) for each in found]
        return [
            app_commands.Choice(name=name, value=invoice.number or 0)
            for name, invoice in zip(names, found, strict=True)
        ]

    def _guild(self, interaction: Interaction) -> int | None:
        """The server, if it is its staff who ask: suggestions tell of members too."""
        try:
            return self._actions.staff.require(interaction)
        except NotStaff:
            return None
