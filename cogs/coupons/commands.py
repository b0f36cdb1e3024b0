"""`/store coupon create|list|disable`: the store's coupons, for staff."""

from dataclasses import replace
from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.catalog.catalog import Catalog
from bot.coupons.service import LONGEST_CODE, MOST_PERCENT, Coupons
from bot.discord.client import ShopBot
from bot.discord.components import Persistent
from bot.discord.interactions import (
    Answer,
    Interaction,
    choices,
    language_of,
    private_answer,
    service_of,
    update_in_place,
)
from bot.discord.staff import Staff
from bot.invoices.amounts import LONGEST_AMOUNT
from bot.invoices.due_dates import LONGEST_DUE_DATE
from bot.jobs.waiting import Asked
from cogs import custom_ids
from cogs.catalog.autocomplete import LONGEST_CHOICE, MOST_CHOICES, Choice, meant_product, product_choices
from cogs.coupons.view import CouponView

MOST_USES: Final = 1_000_000

Code = app_commands.Range[str, 1, LONGEST_CODE]
Percent = app_commands.Range[int, 1, MOST_PERCENT]
Amount = app_commands.Range[str, 1, LONGEST_AMOUNT]
Uses = app_commands.Range[int, 1, MOST_USES]
Ends = app_commands.Range[str, 1, LONGEST_DUE_DATE]


class CouponActions:
    """Who may is checked at every command and click."""

    def __init__(self, coupons: Coupons, view: CouponView, catalog: Catalog, staff: Staff) -> None:
        self._coupons = coupons
        self._view = view
        self._catalog = catalog
        self._staff = staff

    async def create(
        self,
        answer: Answer,
        interaction: Interaction,
        code: str,
        *,
        percent: int | None,
        amount: str | None,
        uses: int | None,
        ends: str | None,
        product: str | None,
    ) -> None:
        """Raises NotStaff, product_unknown, and what `Coupons.read` and `Coupons.create` do."""
        guild_id = self._staff.require(interaction)
        self._coupons.require_api()
        wanted = self._coupons.read(
            code, percent=percent, amount=amount, ends=ends, locale=answer.language.locale
        )
        products = () if product is None else ((await meant_product(self._catalog, product)).id,)
        made = await self._coupons.create(
            guild_id,
            replace(wanted, most_uses=uses, product_ids=products),
            by=interaction.user.id,
            idempotency_key=f"coupon-{interaction.id}",
        )
        await answer.show(self._view.created(made, self._coupons.clock()))

    async def show_all(self, answer: Answer, interaction: Interaction, number: int) -> None:
        """A page of the store's coupons, from 0. Raises NotStaff, and what `Coupons.page` does."""
        self._staff.require(interaction)
        found = await self._coupons.page(number)
        number = min(number, max(0, found.pages - 1))
        await answer.show(
            self._view.listed(found.entries, number, max(found.pages, 1), self._coupons.clock())
        )

    async def disable(self, answer: Answer, interaction: Interaction, code: str) -> None:
        """Raises NotStaff, and what `Coupons.disable` does."""
        guild_id = self._staff.require(interaction)
        disabled = await self._coupons.disable(guild_id, code, by=interaction.user.id)
        await answer.show(self._view.disabled(disabled, self._coupons.clock()))

    async def suggestions(self, interaction: Interaction, typed: str) -> list[Choice]:
        """Coupons that can be disabled."""
        self._staff.require(interaction)
        found = await self._coupons.enabled(typed, MOST_CHOICES)
        language = language_of(interaction)
        labels = [self._view.label(each).render(language, plain=True) for each in found]
        return [
            Choice(name=label[:LONGEST_CHOICE], value=each.code)
            for label, each in zip(labels, found, strict=True)
        ]

    async def products(self, typed: str) -> list[Choice]:
        return await product_choices(self._catalog, typed)


class CouponCommands(app_commands.Group):
    def __init__(self, actions: CouponActions) -> None:
        super().__init__(name="coupon", description="Create, see and disable the store's coupons")
        self._actions = actions

    @app_commands.command()
    @app_commands.describe(
        code="What members enter: letters, digits, - and _",
        percent="How many percent it takes off",
        amount="What it takes off, such as 5.00; instead of percent",
        uses="How often it can be used; leave empty for no limit",
        ends="When it ends, such as 3 days, 2 weeks or YYYY-MM-DD; leave empty for never",
        product="Only for this product; leave empty for all",
    )
    async def create(
        self,
        interaction: discord.Interaction[ShopBot],
        *,
        code: Code,
        percent: Percent | None = None,
        amount: Amount | None = None,
        uses: Uses | None = None,
        ends: Ends | None = None,
        product: str | None = None,
    ) -> None:
        """Create a coupon in the store; members can use it at once."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            await self._actions.create(
                answer,
                interaction,
                code,
                percent=percent,
                amount=amount,
                uses=uses,
                ends=ends,
                product=product,
            )

    @app_commands.command(name="list")
    async def list_all(self, interaction: discord.Interaction[ShopBot]) -> None:
        """See the store's coupons, and how they stand."""
        async with private_answer(interaction) as answer:
            await self._actions.show_all(answer, interaction, 0)

    @app_commands.command()
    @app_commands.describe(code="Choose one from the list, or type its code")
    async def disable(self, interaction: discord.Interaction[ShopBot], code: Code) -> None:
        """Stop a coupon at once."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            await self._actions.disable(answer, interaction, code)

    @create.autocomplete("product")
    @choices
    async def _suggest_products(self, _interaction: Interaction, current: str) -> list[Choice]:
        return await self._actions.products(current)

    @disable.autocomplete("code")
    @choices
    async def _suggest_coupons(self, interaction: Interaction, current: str) -> list[Choice]:
        return await self._actions.suggestions(interaction, current)


class CouponPage(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.COUPONS):
    """Turns the list of the store's coupons."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await service_of(interaction, CouponActions).show_all(
                answer, interaction, int(self.match["page"])
            )
