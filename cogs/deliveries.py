"""What becomes of deliveries in front of people: Reveal, Retry, and members who come back."""

import logging
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.discord_io import custom_ids
from bot.discord_io.answers import Interaction, private_answer
from bot.discord_io.cards import notice
from bot.discord_io.client import ShopBot
from bot.discord_io.lasting_items import Lasting
from bot.discord_io.revealed_cards import revealed_card
from bot.discord_io.staff import Staff
from bot.errors import DatabaseAway
from bot.fulfilment.retrying import Retries
from bot.fulfilment.returns import Returns
from bot.fulfilment.reveal import Reveals
from bot.fulfilment.service import FulfilmentService
from bot.outbox.waiting import Asked

log = logging.getLogger(__name__)


class Deliveries(commands.Cog):
    """Sees who comes back."""

    def __init__(self, bot: ShopBot, fulfilment: FulfilmentService, returns: Returns) -> None:
        self._bot = bot
        self._fulfilment = fulfilment
        self._returns = returns

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        if self._bot.serves(member.guild.id):
            try:
                await self._fulfilment.member_joined(member.guild.id, member.id)
            except DatabaseAway:
                self._returns.look(member.guild.id)  # which finds them once it can

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Who came back while the bot was away wasn't announced."""
        self._returns.look()

    @commands.Cog.listener("on_guild_available")
    @commands.Cog.listener("on_guild_join")
    async def on_server_there(self, guild: discord.Guild) -> None:
        """Nor was who came back during an outage there, or before the bot was invited again."""
        self._returns.look(guild.id)


class Reveal(Lasting, ui.DynamicItem[ui.Button[Any]], template=custom_ids.REVEAL):
    """Shows what an order holds, to the one who gets it."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.said.string) as answer:
            bot: ShopBot = interaction.client
            reveals = bot.service(Reveals)
            revealed = await reveals.reveal(self.said["reference"], self.said["order"], interaction.user.id)
            card, files = revealed_card(revealed)
            await answer.show(card, files=files)
            await reveals.seen(revealed)


class Retry(Lasting, ui.DynamicItem[ui.Button[Any]], template=custom_ids.RETRY):
    """Has a delivery that was given up tried again, for staff."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            bot: ShopBot = interaction.client
            bot.service(Staff).require(interaction)
            await bot.service(Retries).retry(interaction.guild_id or 0, self.said["delivery"])
            await answer.show(notice("It is tried again now."))
