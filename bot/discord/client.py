"""The discord.py client: which servers it serves, and what runs while it is connected."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.discord.command_sync import CommandSync, CommandTranslator
from bot.discord.components import notice
from bot.discord.connection import CONNECTION_LOST
from bot.discord.explaining import explain
from bot.discord.interactions import language_of
from bot.discord.localized import localized
from bot.errors import NotServed
from bot.jobs.worker import Clock, Worker, Workers, end_tasks
from bot.readers.service import KnownReaders, NobodyKnown
from bot.storage.queues import Queue
from bot.texts import Language, Languages

log = logging.getLogger(__name__)

T = TypeVar("T")
Observe = Callable[[str, float], None]


class ShopTree(app_commands.CommandTree["ShopBot"]):
    async def interaction_check(self, interaction: discord.Interaction["ShopBot"]) -> bool:
        """Only the shop's own servers are served; what a check refuses is never left unanswered."""
        if interaction.guild_id is None or self.client.serves(interaction.guild_id):
            return True
        if interaction.type is not discord.InteractionType.autocomplete:
            card = localized(notice(NotServed.sentence), language_of(interaction))
            await interaction.response.send_message(view=card, ephemeral=True)
        return False

    async def on_error(
        self, interaction: discord.Interaction["ShopBot"], error: app_commands.AppCommandError
    ) -> None:
        """What fails outside a callback's own wrapper: arguments, checks, a late acknowledgement."""
        command = f"/{interaction.command.qualified_name}" if interaction.command else "a command"
        card = localized(notice(explain(error, command)), language_of(interaction))
        try:
            if interaction.response.is_done():
                await interaction.followup.send(view=card, ephemeral=True)
            else:
                await interaction.response.send_message(view=card, ephemeral=True)
        except (discord.HTTPException, *CONNECTION_LOST) as unanswered:
            log.error("%s: the answer did not arrive: %r", command, unanswered)


class ShopBot(commands.AutoShardedBot):
    """`guild_ids` are the servers to serve; when empty, the one server the bot is in.

    `sees_members` asks Discord to tell who joins and whose roles change, which needs its privileged intent.
    `observe` is told of each interaction that ended: what it was (`/buy`, `component`), and its seconds.
    """

    def __init__(
        self,
        guild_ids: Sequence[int],
        clock: Clock,
        workers: Workers,
        *,
        sees_members: bool = True,
        languages: Languages | None = None,
        observe: Observe = lambda _what, _seconds: None,
        readers: KnownReaders | None = None,
    ) -> None:
        intents = discord.Intents.none()
        intents.guilds = True
        intents.members = sees_members
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            tree_cls=ShopTree,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.inflight = Inflight(observe)
        self.languages = languages or Languages()
        self.readers = readers or NobodyKnown()
        self.command_sync = CommandSync(self, clock)
        self._guild_ids = frozenset(guild_ids)
        self._ending = False
        self._cut_off: set[int] = set()
        self._undecided: frozenset[int] = frozenset()
        self._services: dict[type[Any], Any] = {}
        self._cogs_to_add: tuple[commands.Cog, ...] = ()
        self._items: tuple[type[discord.ui.DynamicItem[Any]], ...] = ()
        self._woken_by_marks = workers
        self._workers: tuple[Worker, ...] = ()

    def equip(
        self,
        cogs: Iterable[commands.Cog],
        items: Iterable[type[discord.ui.DynamicItem[Any]]],
        workers: Iterable[Worker],
        services: Iterable[object],
    ) -> None:
        """What the bot serves, and the workers that run while it does; before it is started.

        The services are for items, which discord.py makes anew at every click.
        """
        self._services = {type(service): service for service in services}
        self._cogs_to_add = tuple(cogs)
        self._items = tuple(items)
        self._workers = (*workers, self.command_sync.worker)
        self._woken_by_marks.serve(self._workers)

    def language_in(self, guild_id: int | None) -> Language:
        """What everybody reads in the server: as its staff chose, else as the settings say."""
        return self.languages.of(self.readers.chosen(guild_id))

    async def language_for(self, user_id: int, guild_id: int | None) -> Language:
        """What somebody reads by direct message: in what they used Discord, else as in the server.

        Raises DatabaseAway.
        """
        return self.languages.of(await self.readers.locale(user_id), self.readers.chosen(guild_id))

    def service(self, kind: type[T]) -> T:
        """The service of that class. Raises KeyError for one that the bot wasn't equipped with."""
        service: T = self._services[kind]
        return service

    @property
    def is_connected(self) -> bool:
        """Whether every connection to Discord's gateway stands; discord.py's `is_ready` goes on saying so."""
        return self.is_ready() and not self._cut_off

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self._cut_off.add(shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        self._cut_off.discard(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        self._cut_off.discard(shard_id)

    @property
    def workers(self) -> tuple[Worker, ...]:
        """What runs beside the commands."""
        return self._workers

    async def sign_in(self, token: str) -> None:
        """Sign in without coming online, with nothing at work: for a look at the commands."""
        self._workers = ()
        await self.login(token)

    async def setup_hook(self) -> None:
        await self.tree.set_translator(CommandTranslator(self))
        for cog in self._cogs_to_add:
            await self.add_cog(cog)
        self.add_dynamic_items(*self._items)
        self._start(needs_servers=False)

    def _start(self, *, needs_servers: bool) -> None:
        for worker in self._workers:
            if worker.needs_servers is needs_servers:
                worker.start()

    async def close(self) -> None:
        """Let what runs come to its end while there still is a connection, a few seconds at most."""
        self._ending = True
        try:
            await asyncio.gather(self.inflight.end(), *(worker.stop() for worker in self._workers))
        finally:
            await super().close()

    def serves(self, guild_id: int) -> bool:
        if self._guild_ids:
            return guild_id in self._guild_ids
        return len(self.guilds) == 1

    def served(self) -> list[int]:
        """The servers that are served, as far as Discord has told of them."""
        return [guild.id for guild in self.guilds if self.serves(guild.id)]

    def server_name(self, guild_id: int) -> str:
        """The server's name; empty for one that the bot isn't in."""
        guild = self.get_guild(guild_id)
        return guild.name if guild else ""

    @property
    def is_undecided(self) -> bool:
        """Whether it is in several servers, and nobody has said which of them it serves."""
        return not self._guild_ids and len(self.guilds) > 1

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        # Discord has said where its gateway is. discord.py asks once, and takes this to begin a session anew.
        DiscordWebSocket.DEFAULT_GATEWAY = gateway
        await super().launch_shard(gateway, shard_id, initial=initial)
        # discord.py connects within `wait_for`, which in Python 3.11 loses a cancellation that comes as it
        # ends: told to end in that moment, the bot would serve on.
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError

    async def on_ready(self) -> None:
        if self._ending:
            return
        self._start(needs_servers=True)
        self._look_at_servers()
        log.info(
            "Ready as %s in %d server(s)", self.user, sum(self.serves(guild.id) for guild in self.guilds)
        )

    async def on_guild_join(self, _guild: discord.Guild) -> None:
        self._look_at_servers()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.command_sync.forget(guild.id)
        self._look_at_servers()  # the one that is left may be served from now on

    async def on_guild_available(self, _guild: discord.Guild) -> None:
        self._look_at_servers()

    def _look_at_servers(self) -> None:
        """Say so when nobody knows which servers to serve, and have the right ones show the commands."""
        servers = frozenset(guild.id for guild in self.guilds)
        if self.is_undecided and servers != self._undecided and not self._ending:
            self._undecided = servers
            names = ", ".join(f"{guild.name} ({guild.id})" for guild in self.guilds)
            log.error(
                "The bot is in several servers and serves none until discord.guild_ids says which: %s", names
            )
        self._woken_by_marks.mark(Queue.SERVERS)


# --- the interactions whose people wait for an answer -------------------------------------------------


class Inflight:
    def __init__(self, observe: Observe) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._observe = observe

    def add_current(self, what: str) -> None:
        """The current task answers an interaction, until it is done."""
        task = asyncio.current_task()
        if task is not None and task not in self._tasks:
            began = asyncio.get_running_loop().time()

            def ended(task: asyncio.Task[Any]) -> None:
                self._tasks.discard(task)
                self._observe(what, asyncio.get_running_loop().time() - began)

            self._tasks.add(task)
            task.add_done_callback(ended)

    async def end(self) -> None:
        """Let them come to their end. Cancelled ones are gone on with by their rows, if they have any."""
        await end_tasks(self._tasks.copy())
