"""Roles with power over others: asked about before they are sold, and told of when they gain it later."""

from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.components import Persistent
from bot.discord.interactions import Interaction, service_of, update_in_place
from bot.discord.roles import powers_of
from bot.fulfilment.benefits import Benefits
from cogs import custom_ids
from cogs.staff.benefits import BenefitActions


class AnswerProposal(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SELL_ROLE):
    """Sells a role with power over others, or doesn't."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = service_of(interaction, BenefitActions)
            guild_id = actions.staff.require(interaction)
            proposal, by = self.match["proposal"], interaction.user.id
            if self.match["answer"] == "no":
                await actions.benefits.decline(guild_id, proposal, by=by)
                await answer.show(actions.not_sold())
            else:
                await answer.show(
                    await actions.outcome(await actions.benefits.agree(guild_id, proposal, by=by))
                )


class PowerfulRoles(commands.Cog):
    """Sees what roles come to allow."""

    def __init__(self, bot: ShopBot, benefits: Benefits) -> None:
        self._bot = bot
        self._benefits = benefits

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        gained = set(powers_of(after.permissions)) - set(powers_of(before.permissions))
        if gained and self._bot.serves(after.guild.id):
            await self._benefits.role_gained(after.guild.id, after.id)
