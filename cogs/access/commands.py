"""`/store access`, `/store block` and `/store unblock`: who may buy."""

from typing import Final

import discord
from discord import app_commands

from bot.access.refusals import open_or_closed, product_for_role_needed
from bot.access.service import Access, AccessStanding
from bot.catalog.catalog import Catalog
from bot.discord.cards import State, card
from bot.discord.client import ShopBot
from bot.discord.components import Card, notice
from bot.discord.interactions import Interaction, choices, private_answer
from bot.discord.staff import Staff
from bot.jobs.waiting import Asked
from bot.texts import Text, limited, lines, markdown, mention, ntext, text
from cogs.catalog.autocomplete import Choice, chosen_product, product_choices
from cogs.catalog.product_text import plain

LONGEST_REASON: Final = 300
_LONGEST_LIST: Final = 3000
"""Characters of the products that need a role: a card holds them beside the rest."""

Reason = app_commands.Range[str, 1, LONGEST_REASON]


def blocked(member_id: int) -> Text:
    """What staff read once a member is blocked; the next is the opposite."""
    return text(
        "{member} can't buy here anymore. What they have stays theirs, and the payment "
        "links they already have work until they expire.",
        member=mention(member_id),
    )


def unblocked(member_id: int) -> Text:
    return text("{member} can buy here again.", member=mention(member_id))


class AccessCommands(app_commands.Group):
    """Never a group of its own: `/store` takes its commands, one of which has a method for autocomplete."""

    def __init__(self, access: Access, catalog: Catalog, staff: Staff) -> None:
        super().__init__(name="access", description="Choose who can buy")
        self._access = access
        self._catalog = catalog
        self._staff = staff

    @app_commands.command()
    @app_commands.describe(
        product="Only members with the role can buy it; without a role, everyone can again",
        role="Members with this role can buy the product",
        closed="Close the shop: members read this sentence instead of buying",
        opened="Open the shop again",
    )
    async def access(
        self,
        interaction: discord.Interaction[ShopBot],
        *,
        product: str | None = None,
        role: discord.Role | None = None,
        closed: Reason | None = None,
        opened: bool = False,
    ) -> None:
        """Choose who can buy a product, or close the shop. Without options: see how it stands."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id, by = self._staff.require(interaction), interaction.user.id
            if closed is not None and opened:
                raise open_or_closed()
            if role is not None and product is None:
                raise product_for_role_needed()
            if product is not None:
                found = await chosen_product(self._catalog, product)
                await self._access.allow(guild_id, found.id, found.title, role.id if role else None, by=by)
            if closed is not None or opened:
                await self._access.close(guild_id, closed, by=by)
            await answer.show(self.shown(self._access.standing(guild_id)))

    @app_commands.command()
    @app_commands.describe(
        member="Who can't buy here anymore", reason="Why; the member reads it when they try to buy"
    )
    async def block(
        self, interaction: discord.Interaction[ShopBot], *, member: discord.User, reason: Reason | None = None
    ) -> None:
        """Keep a member from buying. What they have stays theirs."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = self._staff.require(interaction)
            await self._access.block(guild_id, member.id, (reason or "").strip(), by=interaction.user.id)
            await answer.show(notice(blocked(member.id)))

    @app_commands.command()
    @app_commands.describe(member="Who can buy here again")
    async def unblock(self, interaction: discord.Interaction[ShopBot], *, member: discord.User) -> None:
        """Let a blocked member buy again."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = self._staff.require(interaction)
            await self._access.unblock(guild_id, member.id, by=interaction.user.id)
            await answer.show(notice(unblocked(member.id)))

    @access.autocomplete("product")
    @choices
    async def _suggest_products(self, _interaction: Interaction, current: str) -> list[Choice]:
        return await product_choices(self._catalog, current)

    def shown(self, standing: AccessStanding) -> Card:
        if standing.closed is None:
            state, title = State.NEUTRAL, text("The shop is open")
        else:
            state, title = State.ATTENTION, text("The shop is closed")
        said = count = None
        if standing.closed is not None:
            said = text("Members see: “{sentence}”", sentence=standing.closed)
        if standing.blocked:
            count = ntext("{count} member is blocked.", "{count} members are blocked.", standing.blocked)
        # What follows a list would be taken for its last line's.
        return card(state, title, said, facts=(count, self._listed(standing)))

    @staticmethod
    def _listed(standing: AccessStanding) -> Text:
        if not standing.roles:
            return text("No product needs a role.")
        roles: dict[tuple[str, str], list[int]] = {}
        for each in standing.roles:
            roles.setdefault((each.product_id, each.title), []).append(each.role_id)
        listed = [
            text(
                "- **{product}**: only {roles}",
                product=plain(title, 100),
                roles=markdown(" ".join(f"<@&{role_id}>" for role_id in found)),
            )
            for (_, title), found in roles.items()
        ]
        return limited(lines(text("Only for members with a role:"), *listed), _LONGEST_LIST)
