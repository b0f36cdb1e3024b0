"""Shows the shop's commands in the servers that are served, and no others anywhere.

Discord keeps commands until it is told otherwise: those of a program that ran under the same application
before, and those of a server that is served no longer.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.http import Route

from bot.discord.connection import CONNECTION_LOST
from bot.jobs.worker import Clock, Worker
from bot.storage.queues import Queue
from bot.texts import Languages

log = logging.getLogger(__name__)

EVERYWHERE: Final = 0
"""In place of a server's id: Discord's global commands. The shop has none."""
_AT_ONCE: Final = 5
_PATIENCE: Final = 60.0
"""Seconds for one server: what hangs there holds up no other for longer."""
_RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 60))
_ENTRY_POINT: Final = 4
"""The type of a command that opens an activity: Discord refuses to have it replaced with all others."""
_TOLD_APART_BY: Final = (
    "type",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "choices",
    "value",
    "required",
    "autocomplete",
    "channel_types",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "default_member_permissions",
    "nsfw",
)
"""What makes a server's command what it is; the rest is numbers by Discord, or about global commands."""

Commands = list[dict[str, Any]]


class Bot(Protocol):
    """What this needs of `bot.discord.client.ShopBot`."""

    http: Any

    languages: Languages

    @property
    def tree(self) -> Any: ...
    @property
    def guilds(self) -> Any: ...
    @property
    def application_id(self) -> int | None: ...
    @property
    def is_undecided(self) -> bool: ...
    def serves(self, guild_id: int) -> bool: ...


class CommandSync:
    """Works when servers come or go.

    Each start asks once what is shown, and changes only what differs.
    """

    def __init__(self, bot: Bot, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._right: set[int] = set()
        self._failed: dict[int, int] = {}
        self.worker = Worker(
            self._sync, name="commands in servers", clock=clock, queue=Queue.SERVERS, needs_servers=True
        )

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the server, and Discord shows nothing there."""
        self._right.discard(guild_id)
        self._failed.pop(guild_id, None)

    async def _sync(self) -> datetime | None:
        guilds = {guild.id: guild.name for guild in self._bot.guilds}
        if self._bot.is_undecided:
            guilds = {}  # until the owner has chosen, nothing is taken from anybody
        wrong = {EVERYWHERE: "all servers", **guilds}.items()
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(
            *(self._put_right(slots, place, name) for place, name in wrong if place not in self._right)
        )
        if not self._failed:
            return None
        attempts = min(self._failed.values())
        return self._clock() + _RETRY_AFTER[min(attempts, len(_RETRY_AFTER)) - 1]

    async def differences(self, place: int, *, shown: bool) -> tuple[str, ...]:
        """Names of the commands that Discord shows otherwise than it should; nothing is changed.

        `place` is a server, or EVERYWHERE; `shown` says whether the shop's commands belong there.
        """
        there = await self._ask(place)
        if shown:
            guild = discord.Object(place)
            self._bot.tree.copy_global_to(guild=guild)
            wanted = await self._ours(guild)
        else:
            wanted = [command for command in there if command.get("type") == _ENTRY_POINT]
        shows, belongs = _essence(there), _essence(wanted)
        return tuple(
            sorted({key[1] for key in shows.keys() | belongs.keys() if shows.get(key) != belongs.get(key)})
        )

    async def _put_right(self, slots: asyncio.Semaphore, place: int, name: str) -> None:
        shown = place != EVERYWHERE and self._bot.serves(place)
        try:
            async with slots, asyncio.timeout(_PATIENCE):
                await self.settle(place, shown=shown)
        except (discord.HTTPException, app_commands.AppCommandError, *CONNECTION_LOST) as error:
            if place not in self._failed:
                what = "shown" if shown else "removed"
                log.error("The commands can't be %s in %s (%s): %s", what, name, place or "global", error)
            self._failed[place] = self._failed.get(place, 0) + 1
            return
        if self._failed.pop(place, None):
            log.info("The commands are right in %s (%s) now", name, place or "global")
        self._right.add(place)

    async def settle(self, place: int, *, shown: bool) -> None:
        """Have Discord show the shop's commands there, or none; raises what discord.py raises."""
        there = await self._ask(place)
        if shown:
            guild = discord.Object(place)
            self._bot.tree.copy_global_to(guild=guild)
            ours = await self._ours(guild)
            if _essence(there) != _essence(ours):  # `tree.sync` would translate them all once more
                await self._bot.http.bulk_upsert_guild_commands(self._bot.application_id, place, payload=ours)
            return
        kept = [command for command in there if command.get("type") == _ENTRY_POINT]
        if len(kept) == len(there):
            return
        application = self._bot.application_id
        if place == EVERYWHERE:
            await self._bot.http.bulk_upsert_global_commands(application, payload=kept)
        else:
            await self._bot.http.bulk_upsert_guild_commands(application, place, payload=kept)
        names = ", ".join(sorted(str(command["name"]) for command in there if command not in kept))
        log.info("Removed commands that nobody answers (%s): %s", place or "global", names)

    async def _ask(self, place: int) -> Commands:
        path = "/applications/{application}/commands"
        if place != EVERYWHERE:
            path = "/applications/{application}/guilds/{guild}/commands"
        route = Route("GET", path, application=self._bot.application_id, guild=place)
        # Without it Discord leaves translations out, and what has some would be written at every start.
        shown: Commands = await self._bot.http.request(route, params={"with_localizations": "true"})
        return shown

    async def _ours(self, guild: discord.abc.Snowflake) -> Commands:
        """What `tree.sync` would send."""
        tree = self._bot.tree
        commands = tree.get_commands(guild=guild)
        if tree.translator:
            return [await command.get_translated_payload(tree, tree.translator) for command in commands]
        return [command.to_dict(tree) for command in commands]


def _essence(commands: Commands) -> dict[tuple[int, str], Any]:
    """The commands in a form in which those that are the same are equal, whoever wrote them down."""
    return {(command.get("type", 1), command["name"]): _bare(command) for command in commands}


def _bare(thing: Any, key: str = "") -> Any:
    if isinstance(thing, list):
        return [_bare(each) for each in thing]
    if key.endswith("_localizations"):
        return thing
    if isinstance(thing, dict):
        bare = {each: _bare(thing[each], each) for each in _TOLD_APART_BY if each in thing}
        # Discord writes some of what isn't there, and leaves some of it out.
        return {
            each: value
            for each, value in bare.items()
            if value not in (None, "", [], {}) and value is not False
        }
    return str(thing) if key == "default_member_permissions" and thing is not None else thing


# --- what they are called in each language, from the same catalogs as everything else -----------------


COMMAND: Final = "command"
OPTION: Final = "option"
"""Names stand in the catalogs by what they are names of: a command `list` is no list."""
_KINDS: Final = {
    Location.command_name: COMMAND,
    Location.group_name: COMMAND,
    Location.parameter_name: OPTION,
}


class CommandTranslator(app_commands.Translator):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: Any
    ) -> str | None:
        """What Discord shows in that locale; None where it is the same as in English."""
        language = self._bot.languages.find(locale.value)
        if language is None or not language.is_translated:
            return None
        if context.location in _KINDS and not isinstance(context.data, app_commands.ContextMenu):
            said = language.name(_KINDS[context.location], string.message)
        else:
            said = language.template(string.message)
        return None if said == string.message else said
