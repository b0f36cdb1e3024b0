"""Whether Discord shows the commands of this version, in the servers that are served and nowhere else."""

import asyncio

from bot.checks.findings import Findings, fine, listed, warning
from bot.config import Settings
from bot.discord.command_sync import EVERYWHERE
from bot.discord.login import sentences_for_the_owner
from bot.errors import DatabaseError
from bot.storage.engine import look_at_database
from bot.wiring.offering import signed_in

_SYNC = "Start Bamboo, which puts them right, or run `bamboo commands sync`."


async def check_commands(settings: Settings) -> Findings:
    try:
        is_new = await look_at_database(settings.storage.url) is None
    except DatabaseError:
        is_new = False
    async with signed_in(settings) as bot:
        with sentences_for_the_owner(settings.discord.api_base_url):
            servers = [guild.id async for guild in bot.fetch_guilds(with_counts=False)]
            chosen = settings.discord.guild_ids or (servers if len(servers) == 1 else [])
            places = [guild_id for guild_id in servers if guild_id in chosen]
            stale = await bot.command_sync.differences(EVERYWHERE, shown=False)
            differ = {
                name
                for names in await asyncio.gather(
                    *(bot.command_sync.differences(place, shown=True) for place in places)
                )
                for name in names
            }
    if stale:
        yield warning(
            "Commands",
            f"Discord still shows global commands of another program: {listed([f'/{n}' for n in stale])}.",
            _SYNC,
        )
    if differ and not is_new:
        shown = listed([f"/{name}" for name in sorted(differ)])
        yield warning("Commands", f"Discord doesn't show these as this version has them: {shown}.", _SYNC)
    elif differ:
        yield fine("Commands", "Discord will show them once Bamboo runs.")
    elif places and not stale:
        yield fine("Commands", "Discord shows the commands of this version.")
