"""Opens private threads for members and staff, and puts away those that are closed."""

import logging
from functools import partial
from typing import Final

import discord

from bot.checkout.models import Sale
from bot.discord.cards import Marked, numbered
from bot.discord.channel_messages import ChannelMessages, ChannelUnfit
from bot.discord.client import ShopBot
from bot.discord.direct_messages import CLOCKS_DIFFER_BY
from bot.discord.refusals import unfit
from bot.discord.roles import find_member
from bot.fulfilment.facts import FactsOfSales
from bot.jobs.models import Job, Outcome, Result
from bot.support.models import SupportCase
from bot.support.service import Support
from bot.texts import text
from cogs.support.view import SupportView

log = logging.getLogger(__name__)

_A_WEEK: Final = 10080
"""Minutes after which Discord archives a thread in which nobody writes."""


class SupportThreads:
    """One kind of job, and what has to be known of Discord before."""

    def __init__(self, bot: ShopBot, support: Support, facts: FactsOfSales, view: SupportView) -> None:
        self._bot = bot
        self._support = support
        self._facts = facts
        self._view = view
        self._posts = ChannelMessages(bot)

    async def channel_for(self, sale: Sale, member_id: int) -> int | None:
        """A channel in which the bot may open a thread that the member sees: where they bought, if so."""
        guild = self._bot.get_guild(sale.guild_id)
        member = await find_member(self._bot, sale.guild_id, member_id)
        if guild is None or member is None:
            return None
        bought_in = guild.get_channel(sale.channel_id)
        for channel in (bought_in, *guild.text_channels):
            if isinstance(channel, discord.TextChannel) and _fits(channel, member):
                return channel.id
        return None

    async def is_there(self, case: SupportCase) -> bool:
        """Whether its thread, if it has had one, still is. Raises what Discord answers."""
        if case.thread_id is None or self._bot.get_channel(case.thread_id) is not None:
            return True
        try:
            await self._bot.fetch_channel(case.thread_id)
        except (discord.NotFound, discord.Forbidden):
            return False
        return True

    async def head(self, case: SupportCase) -> Marked:
        """What stands at the head of its thread now."""
        return numbered(self._view.head(case, await self._facts.of(case.sale_id)), case.id)

    async def join(self, case: SupportCase, user_id: int) -> bool:
        """Add somebody to the thread; False where it is gone. Raises ChannelUnfit."""
        if case.thread_id is None:
            return False
        thread = await self._thread(case.thread_id)
        if thread is None:
            return False
        await _add(thread, user_id)
        return True

    async def look_after(self, job: Job) -> Result:
        """Open the thread, or archive it once its case is closed. Raises what Discord answers."""
        case = await self._support.by_id(int(job.key))
        if case is None or case.channel_id is None:
            return Result(Outcome.GONE)
        if case.is_closed:
            await self._archive(case)
            return Result(Outcome.GONE)
        sale = (await self._facts.of(case.sale_id)).sale
        try:
            thread = await self._opened(case, sale, case.channel_id, job)
            await _add(thread, case.member_id)
            await self._posts.post(
                thread.id,
                await self.head(case),
                since=case.opened_at,
                look_first=job.may_have_happened,
            )
        except ChannelUnfit as error:
            return Result(Outcome.NOTED, write=partial(self._support.not_opened, case, sale, error.what))
        return Result(Outcome.POSTED, write=partial(self._support.opened, case, sale, thread.id))

    async def _opened(self, case: SupportCase, sale: Sale, channel_id: int, job: Job) -> discord.Thread:
        """The thread, made unless an earlier attempt did. Raises ChannelUnfit, and what Discord answers."""
        channel = self._bot.get_channel(channel_id)
        if not isinstance(channel, discord.TextChannel):
            raise ChannelUnfit(text("The channel is gone."))
        if case.thread_id is not None and (known := await self._thread(case.thread_id)) is not None:
            return known
        earliest = case.opened_at - CLOCKS_DIFFER_BY
        if job.may_have_happened:
            for thread in channel.threads:
                is_new = thread.created_at is not None and thread.created_at >= earliest
                if is_new and thread.name.endswith(sale.reference) and thread.owner_id == self._me:
                    return thread
        name = text("Help: {number}", number=sale.reference)
        try:
            return await channel.create_thread(
                name=name.render(self._bot.language_in(sale.guild_id), plain=True),
                type=discord.ChannelType.private_thread,
                invitable=False,
                auto_archive_duration=_A_WEEK,
            )
        except (discord.Forbidden, discord.NotFound) as error:
            raise ChannelUnfit(unfit(error, channel_id)) from error

    @property
    def _me(self) -> int:
        return self._bot.user.id if self._bot.user else 0

    async def _thread(self, thread_id: int) -> discord.Thread | None:
        channel = self._bot.get_channel(thread_id)
        if channel is None:
            try:
                channel = await self._bot.fetch_channel(thread_id)
            except (discord.NotFound, discord.Forbidden):
                return None
        return channel if isinstance(channel, discord.Thread) else None

    async def _archive(self, case: SupportCase) -> None:
        thread = None if case.thread_id is None else await self._thread(case.thread_id)
        if thread is None or thread.archived:
            return
        try:
            await thread.edit(archived=True)
        except (discord.Forbidden, discord.NotFound) as error:
            log.warning("A closed thread stays open at Discord: %s", error)


def _fits(channel: discord.TextChannel, member: discord.Member) -> bool:
    """Whether the bot may open a private thread there, and the member would see it and may write in it."""
    mine, theirs = channel.permissions_for(channel.guild.me), channel.permissions_for(member)
    bot_may = (
        mine.view_channel
        and mine.create_private_threads
        and mine.send_messages_in_threads
        and mine.read_message_history
    )
    return bot_may and theirs.view_channel and theirs.send_messages_in_threads


async def _add(thread: discord.Thread, user_id: int) -> None:
    try:
        await thread.add_user(discord.Object(user_id))
    except (discord.Forbidden, discord.NotFound) as error:
        raise ChannelUnfit(unfit(error, thread.id)) from error
