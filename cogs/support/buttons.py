"""The buttons of help with a purchase: on receipts, in threads, and below staff's notes."""

from typing import Any

from discord import ui

from bot.discord.channel_messages import ChannelUnfit
from bot.discord.client import ShopBot
from bot.discord.components import Persistent, notice
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.discord.staff import Staff
from bot.errors import NotServed, Refusal
from bot.jobs.waiting import Asked
from bot.support.service import Support
from bot.texts import channel, text
from cogs import custom_ids
from cogs.support.delivery import SupportThreads
from cogs.support.view import SupportView


class SupportActions:
    def __init__(
        self, bot: ShopBot, support: Support, threads: SupportThreads, view: SupportView, staff: Staff
    ) -> None:
        self._bot = bot
        self._support = support
        self._threads = threads
        self._view = view
        self._staff = staff

    async def report(self, answer: Answer, member_id: int, reference: str) -> None:
        """Have staff help with a purchase; a second time it leads to where they do."""
        sale, before = await self._support.sale_of(reference, member_id)
        if not self._bot.serves(sale.guild_id):
            raise NotServed
        anew = before is not None and not await self._threads.is_there(before)
        channel_id = await self._threads.channel_for(sale, member_id)
        case = await self._support.report(sale, member_id, channel_id, anew=anew)
        await answer.show(self._view.reported(case, is_new=before is None or anew))

    async def join(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        """Add who presses to the thread. Raises NotStaff and button_from_before."""
        case = await self._support.find(reference, self._staff.require(interaction))
        try:
            is_in = await self._threads.join(case, interaction.user.id)
        except ChannelUnfit as unfit:
            raise Refusal("thread_unfit", unfit.what) from unfit
        if not is_in or case.thread_id is None:
            raise Refusal("thread_gone", text("That thread is gone."))
        await answer.show(notice(text("You're in {thread} now.", thread=channel(case.thread_id))))

    async def close(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        """Close it, for staff and whoever opened it. Raises NotStaff and button_from_before."""
        case = await self._support.find(reference, interaction.guild_id or 0)
        if interaction.user.id != case.member_id:
            self._staff.require(interaction)
        closed = await self._support.close(case, by=interaction.user.id)
        # Nothing can be edited in a thread that is archived: that comes after the answer.
        await answer.show((await self._threads.head(closed)).card)
        await self._support.put_away(closed)


class SupportReport(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SUPPORT):
    """Has staff help with a purchase."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE, retry=self.match.string) as answer:
            await _actions(interaction).report(answer, interaction.user.id, self.match["reference"])


class SupportJoin(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SUPPORT_JOIN):
    """Adds staff to a thread."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.match.string) as answer:
            await _actions(interaction).join(answer, interaction, self.match["case"])


class SupportClose(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SUPPORT_CLOSE):
    """Closes a thread."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _actions(interaction).close(answer, interaction, self.match["case"])


def _actions(interaction: Interaction) -> SupportActions:
    return service_of(interaction, SupportActions)
