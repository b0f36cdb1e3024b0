"""Shows keys, retries failed deliveries, ends the access of paused subscriptions; and sees who comes back."""

import logging
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.components import Persistent, notice
from bot.discord.interactions import Answer, Interaction, private_answer, service_of
from bot.discord.staff import Staff
from bot.errors import DatabaseAway
from bot.fulfilment.deliverables import Deliverables
from bot.fulfilment.failed_jobs import FailedJobs
from bot.fulfilment.pauses import Pauses
from bot.fulfilment.rejoining import Rejoining
from bot.fulfilment.service import FulfilmentService
from bot.jobs.waiting import Asked
from bot.texts import mention, text
from cogs import custom_ids
from cogs.fulfilment.view import revealed_card

log = logging.getLogger(__name__)


class MemberListener(commands.Cog):
    """Sees who comes back."""

    def __init__(self, bot: ShopBot, fulfilment: FulfilmentService, rejoining: Rejoining) -> None:
        self._bot = bot
        self._fulfilment = fulfilment
        self._rejoining = rejoining

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        if self._bot.serves(member.guild.id):
            try:
                await self._fulfilment.member_joined(member.guild.id, member.id)
            except DatabaseAway:
                self._rejoining.start_search(member.guild.id)  # which finds them once it can

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Who came back while the bot was away wasn't announced."""
        self._rejoining.start_search()

    @commands.Cog.listener("on_guild_available")
    @commands.Cog.listener("on_guild_join")
    async def on_server_there(self, guild: discord.Guild) -> None:
        """Nor was who came back during an outage there, or before the bot was invited again."""
        self._rejoining.start_search(guild.id)


class Reveal(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.REVEAL):
    """Shows what an order holds, to the one who gets it."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.match.string) as answer:
            reveals = service_of(interaction, Deliverables)
            revealed = await reveals.reveal(self.match["reference"], self.match["order"], interaction.user.id)
            card, files = revealed_card(revealed, answer.language)
            await answer.show(card, files=files)
            await reveals.seen(revealed)


class Retry(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.RETRY):
    """Has a delivery that was given up tried again, for staff."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = service_of(interaction, Staff).require(interaction)
            failed = service_of(interaction, FailedJobs)
            await failed.retry(guild_id, self.match["delivery"], by=interaction.user.id)
            await answer.show(notice(text("Trying again now.")))


# --- the button under a note about a paused subscription: staff end its access ------------------------


class PauseActions:
    def __init__(self, pauses: Pauses, staff: Staff) -> None:
        self._pauses = pauses
        self._staff = staff

    async def end(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        guild_id = self._staff.require(interaction)
        sale = await self._pauses.end(guild_id, reference, by=interaction.user.id)
        ended = text(
            "Access for {member} ({sale}) has ended. It comes back when the subscription resumes.",
            sale=sale.name,
            member=mention(sale.buyer_id),
        )
        await answer.show(notice(ended))


class EndPause(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.END_PAUSE):
    """Ends it. It comes back by itself, so that one click is enough."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            await service_of(interaction, PauseActions).end(answer, interaction, self.match["reference"])
