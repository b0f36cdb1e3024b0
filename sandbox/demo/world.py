"""A whole shop on this machine: the real bot in a simulated Discord, with a simulated store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import discord
import simcord

from bot.app import App
from bot.config import Settings
from sandbox.core_api import DEMO_TOKEN
from sandbox.demo.patient_env import AMERICAN, PatientEnv
from sandbox.demo.process import BotProcess
from sandbox.server import Sandbox

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When SimCord's time begins."""
AVATAR: Final = "bamboo"
"""The hash that names the bot's picture in Discord's addresses."""
_SECRET: Final = "whsec_c2ltdWxhdGVkLXdlYmhvb2stc2VjcmV0LTI0"  # noqa: S105  # of the simulated store


_FIELDS: Final = [
    {"key": "player", "label": "Player name", "type": "text", "optional": True},
]
"""What the payment page asks besides."""


class Clock:
    """Simulated time: it stands still unless the world moves it."""

    def __init__(self, start: datetime) -> None:
        self._start = max(start, _EPOCH)
        self._env: simcord.Env | None = None

    def __call__(self) -> datetime:
        return self._env.now() if self._env is not None else self._start

    def follow(self, env: simcord.Env) -> None:
        """From now on it is the clock of this simulated Discord, in which nothing has happened yet."""
        env.backend.advance_clock((self._start - env.now()).total_seconds())
        self._env = env


@dataclass(frozen=True, slots=True)
class People:
    """Alice buys, Robin and Kim are on the server's staff, and Mia is a friend to give gifts to."""

    alice: simcord.MemberActor
    robin: simcord.MemberActor
    kim: simcord.MemberActor
    mia: simcord.MemberActor


@dataclass(frozen=True, slots=True)
class Roles:
    """What products can earn."""

    guardian: simcord.RoleHandle
    sprout: simcord.RoleHandle
    vip: simcord.RoleHandle


@dataclass(frozen=True, slots=True)
class World:
    """One server, Bamboo Grove, with a channel for everybody, #shop, and one for its staff, #sales-log."""

    process: BotProcess
    sandbox: Sandbox
    env: PatientEnv
    clock: Clock
    database: Path
    guild: simcord.GuildHandle
    shop: simcord.ChannelHandle
    sales_log: simcord.ChannelHandle
    people: People
    roles: Roles

    @property
    def app(self) -> App:
        return self.process.app

    @property
    def alice(self) -> simcord.MemberActor:
        return self.people.alice

    @property
    def robin(self) -> simcord.MemberActor:
        return self.people.robin

    async def pass_time(self, span: timedelta) -> None:
        """Let simulated time go by, with all that falls due in it. Raises TimeoutError."""
        # SimCord also moves its clock by itself, when a timer rings in real time. Whichever move begins while
        # the other one is about to would wait for it, and it in turn: what has just rung goes first.
        await asyncio.sleep(0)
        await self.env.advance_time(span.total_seconds())

    async def restart_bot(self) -> None:
        """End the bot and start another one; what it knows is in its database.

        Raises TimeoutError when the bot is too busy to be ended; then nothing has changed.
        """
        await self.env.settle()
        app = await self.process.start_again()
        await self.env.restart_bot(app.bot)
        self.tell_bot_of_payments()

    def languages(self) -> dict[str, str]:
        """What people can use Discord in that the bot speaks: names of languages by Discord's locales."""
        known = self.app.bot.languages.all
        return {
            AMERICAN if language.locale == "en" else language.locale.replace("_", "-"): language.endonym
            for language in known
        }

    def tell_bot_of_payments(self) -> None:
        """Have the store send its webhooks to where the bot listens now."""
        self.sandbox.send_webhooks_to(f"{self.app.web_address}/webhooks/pandabase", _SECRET)

    # --- what there is to see -------------------------------------------------------------------------

    def roles_of(self, member: simcord.MemberActor) -> list[str]:
        """The names of the roles that somebody has now, in alphabetical order."""
        guild = self.env.backend.guilds[self.guild.id]
        ids = guild.members[member.id].role_ids
        return sorted(guild.roles[role_id].name for role_id in ids if role_id != guild.id)

    def messages(self, channel_id: int) -> list[simcord.ResponseMessage]:
        """The bot's messages in a channel, oldest first."""
        backend = self.env.backend
        bot = self.env.bot.user
        return [
            simcord.ResponseMessage(self.env, message)
            for message in backend.messages.get(channel_id, {}).values()
            if bot is not None and message.author_id == bot.id
        ]

    def direct_messages(self, member: simcord.MemberActor) -> list[simcord.ResponseMessage]:
        channel_id = self.env.backend.dm_channels.get(member.id)
        return [] if channel_id is None else self.messages(channel_id)


def _settings(sandbox: Sandbox, database: Path) -> Settings:
    """The settings of an owner whose store is the sandbox."""
    values: dict[str, dict[str, Any]] = {
        "discord": {"token": "simulated.bot.token"},
        "pandabase": {
            "store_id": sandbox.store_id,
            "base_url": sandbox.base_url,
            "allowed_checkout_hosts": ["127.0.0.1"],
            "api_token": DEMO_TOKEN.secret,
        },
        "checkout": {"signing_key": "simulated-signing-key", "fields": _FIELDS},
        "staff": {"invoice_cap": "500.00", "approval_above": "100.00"},
        "storage": {"url": f"sqlite:///{database}"},
        "web": {"enabled": True, "port": 0, "webhook_secret": _SECRET},
    }
    return Settings.model_validate(values)


@asynccontextmanager
async def open_world(folder: Path, *, start: datetime = _EPOCH, home_url: str = "") -> AsyncIterator[World]:
    """Build it all, with a database in the folder, and take it down again.

    `start` is when simulated time begins (aware UTC). `home_url` is where the store's payment page leads.
    """
    clock = Clock(start)
    database = folder / "bamboo.db"
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox.running(clock=clock, home_url=home_url))
        process = await stack.enter_async_context(BotProcess.running(_settings(sandbox, database), clock))
        env = PatientEnv(process.app.bot)
        clock.follow(env)
        env.backend.bot_user.name, env.backend.bot_user.avatar = "Bamboo", AVATAR
        await env.start()
        stack.push_async_callback(env.shutdown)
        # Before that, which would break off what the bot is at work on.
        stack.push_async_callback(process.end)
        guild = env.create_guild("Bamboo Grove")
        staff = guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
        roles = Roles(guild.create_role("Guardian"), guild.create_role("Sprout"), guild.create_role("VIP"))
        people = People(
            alice=guild.add_member(env.create_user("alice", global_name="Alice")),
            robin=guild.add_member(env.create_user("robin", global_name="Robin"), roles=[staff]),
            kim=guild.add_member(env.create_user("kim", global_name="Kim"), roles=[staff]),
            mia=guild.add_member(env.create_user("mia", global_name="Mia")),
        )
        for member in (people.alice, people.robin, people.kim, people.mia):
            sandbox.names[str(member.id)] = str(env.backend.users[member.id].global_name)
        shop = guild.create_text_channel("shop")
        await env.settle()
        sales_log = guild.create_text_channel("sales-log", overwrites=_staff_only(env, guild, staff))
        await env.settle()
        world = World(process, sandbox, env, clock, database, guild, shop, sales_log, people, roles)
        world.tell_bot_of_payments()
        yield world


def _staff_only(
    env: simcord.Env, guild: simcord.GuildHandle, staff: simcord.RoleHandle
) -> dict[Any, discord.PermissionOverwrite]:
    allowed = discord.PermissionOverwrite(view_channel=True)
    return {
        guild.default_role: discord.PermissionOverwrite(view_channel=False),
        staff: allowed,
        env.bot.user: allowed,
    }
