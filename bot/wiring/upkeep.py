"""Wires what goes on whatever is sold: help, answers, what the clock brings, and who watches over it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from bot.catalog.catalog import REFRESH_INTERVAL, Catalog
from bot.discord.cards import Letterhead
from bot.discord.form_retry import FormRetry
from bot.discord.left_waiting import LeftWaiting
from bot.jobs.tokens import Tokens
from bot.jobs.worker import Clock, Worker
from bot.memory import give_back_memory
from bot.wiring.backups import backups
from bot.wiring.foundation import Foundation
from bot.wiring.parts import Parts
from bot.wiring.pictures import sender_of
from bot.wiring.shared import Shared
from bot.wiring.watching import Watching, alarms
from cogs.shop.help_command import HelpCommand, OpenItem


def build_upkeep(base: Foundation, shared: Shared) -> Parts:
    settings, catalog, clock = base.settings, base.catalog, base.clock
    tokens = Tokens(base.database, clock)
    watching = Watching(settings, base.shop, base.token, catalog, clock, since=clock())
    return Parts(
        cogs=(HelpCommand(),),
        items=(OpenItem,),
        workers=(
            Worker(_refreshing(catalog, clock), name="catalog", clock=clock),
            base.readers.worker,
            tokens.worker,
            LeftWaiting(base.waiting, tokens, shared.replies, clock).worker,
            *backups(settings, clock),
            *alarms(shared, watching),
        ),
        services=(base.waiting, Letterhead(partial(sender_of, base.bot, catalog)), FormRetry()),
    )


def _refreshing(catalog: Catalog, clock: Clock) -> Callable[[], Awaitable[datetime]]:
    async def refresh() -> datetime:
        await catalog.recall()
        await catalog.refresh()  # a failure is logged there, and what is known stays
        await asyncio.to_thread(give_back_memory)  # ten thousand products take several MB to read
        return clock() + REFRESH_INTERVAL

    return refresh
