"""`/store give`, and what members take for nothing."""

import asyncio
from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.catalog.availability import handed_out, taken_free
from bot.catalog.catalog import Catalog
from bot.catalog.models import Product
from bot.catalog.refusals import product_unknown
from bot.checkout.models import Buyer, Origin
from bot.discord.client import ShopBot
from bot.discord.components import Persistent
from bot.discord.forms import whole_number
from bot.discord.interactions import Answer, Interaction, choices, private_answer, service_of
from bot.discord.roles import find_member
from bot.discord.staff import Staff
from bot.giving.refusals import no_bots, no_free_gift, not_in_server
from bot.giving.service import Giving
from bot.jobs.waiting import Asked
from bot.jobs.worker import Clock
from bot.markdown import cut
from bot.members.refusals import days_unknown
from cogs import custom_ids
from cogs.catalog.autocomplete import LONGEST_CHOICE, MOST_CHOICES, Choice, choice, meant_product
from cogs.checkout.actions import buyer_of, origin_of
from cogs.giving.view import GivingView

LONGEST_DAYS: Final = 3650
LONGEST_REASON: Final = 300
_PATIENCE: Final = 1.5
"""Seconds that the list of products waits for their variants; Discord allows 3 for all of it."""

Days = app_commands.Range[int, 1, LONGEST_DAYS]
Reason = app_commands.Range[str, 1, LONGEST_REASON]


class GivingActions:
    def __init__(
        self, giving: Giving, catalog: Catalog, view: GivingView, staff: Staff, clock: Clock
    ) -> None:
        self.access = giving.access
        self._giving = giving
        self._catalog = catalog
        self._view = view
        self._staff = staff
        self._clock = clock

    async def give(
        self,
        answer: Answer,
        interaction: Interaction,
        member: discord.User | discord.Member,
        product: str,
        *,
        days: int | None,
        reason: str | None,
    ) -> None:
        """Raises NotStaff, no_bots, not_in_server, and what `Giving.give` does."""
        self._staff.require(interaction)
        if member.bot:
            raise no_bots()
        if not isinstance(member, discord.Member):
            raise not_in_server()
        found, variant = await self._meant(product)
        handed = await self._giving.give(
            origin_of(interaction),
            member.id,
            handed_out(found, variant),
            days=days,
            reason=(reason or "").strip() or None,
            by=interaction.user.id,
        )
        await answer.show(self._view.given(handed))

    async def give_typed(
        self,
        answer: Answer,
        interaction: Interaction,
        member_id: int,
        product: str,
        *,
        days: str,
        reason: str | None,
    ) -> None:
        """The same by a form, for a member by their id. Raises also days_unknown."""
        self._staff.require(interaction)
        days, number = days.strip(), None
        if days:
            number = whole_number(days) or 0
            if not 1 <= number <= LONGEST_DAYS:
                raise days_unknown(days)
        member = await find_member(interaction.client, interaction.guild_id or 0, member_id)
        if member is None:
            raise not_in_server()
        await self.give(answer, interaction, member, product, days=number, reason=reason)

    async def suggestions_for_staff(self, interaction: Interaction) -> list[Choice]:
        """What gives something here, for a menu. Raises NotStaff."""
        found = await self._giving.givable(self._staff.require(interaction))
        return [
            choice(title, product if variant is None else f"{product}:{variant}")
            for title, product, variant in found
        ]

    def require_staff(self, interaction: Interaction) -> None:
        self._staff.require(interaction)

    async def take(
        self, answer: Answer, buyer: Buyer, origin: Origin, product_id: str, variant: str | None
    ) -> None:
        """Hand out what is free. Raises CantBeBought, and what `Giving.take` does."""
        product = await self._catalog.details(product_id)
        line = taken_free(product, variant, now=self._clock())
        await answer.show(self._view.taken(await self._giving.take(buyer, origin, line)))

    @staticmethod
    def require_own(gift_to: int | None) -> None:
        """What is free isn't for giving away. Raises no_free_gift."""
        if gift_to is not None:
            raise no_free_gift()

    async def suggestions(self, typed: str) -> list[Choice]:
        """Products, and each variant of those that come in several."""
        found = await self._catalog.search(typed.partition(":")[0], MOST_CHOICES)
        try:
            async with asyncio.timeout(_PATIENCE):
                details = await asyncio.gather(*(self._catalog.details(each.id) for each in found))
        except Exception:  # noqa: BLE001 -- the list is there without variants
            return [choice(each.title, each.id) for each in found]
        return [each for product in details for each in _choices_of(product)][:MOST_CHOICES]

    async def _meant(self, typed: str) -> tuple[Product, str | None]:
        """What was chosen from the suggestions, or typed. Raises product_unknown and Unavailable."""
        product_id, colon, variant = typed.partition(":")
        known = self._catalog.known(product_id) if colon else None
        if known is None:
            return await self._catalog.details((await meant_product(self._catalog, typed)).id), None
        product = await self._catalog.details(known.id)
        if variant not in [each.id for each in product.variants]:
            raise product_unknown(cut(typed, LONGEST_CHOICE), [])
        return product, variant


def _choices_of(product: Product) -> list[Choice]:
    if len(product.variants) < 2:  # noqa: PLR2004 -- of one there is nothing to choose
        return [choice(product.title, product.id)]
    return [
        choice(f"{product.title} ({variant.title})", f"{product.id}:{variant.id}")
        for variant in product.variants
    ]


class GiveCommand(app_commands.Group):
    """Never a group of its own: `/store` takes its command, whose autocomplete is a method."""

    def __init__(self, actions: GivingActions) -> None:
        super().__init__(name="give", description="Give a member what a product gives, for free")
        self._actions = actions

    @app_commands.command()
    @app_commands.describe(
        member="Who gets it",
        product="Choose from the list, or type its name",
        days="How many days they keep it; leave empty for as long as the product gives",
        reason="Why; the member reads it too",
    )
    async def give(
        self,
        interaction: discord.Interaction[ShopBot],
        *,
        member: discord.User,
        product: str,
        days: Days | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Give a member what a product gives, for free."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            await self._actions.give(answer, interaction, member, product, days=days, reason=reason)

    @give.autocomplete("product")
    @choices
    async def _suggest(self, _interaction: Interaction, current: str) -> list[Choice]:
        return await self._actions.suggestions(current)


class GetFree(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.GET_FREE):
    """Takes a free product, for whoever presses it."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            await service_of(interaction, GivingActions).take(
                answer,
                buyer_of(interaction),
                origin_of(interaction),
                self.match["product"],
                self.match["variant"],
            )
