"""A whole shop on this machine: the real bot in a simulated Discord, with a simulated store."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import discord
import simcord

from bot.app import App, build
from bot.config import Settings
from sandbox.server import Sandbox

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When SimCord's time begins."""
AVATAR: Final = "bamboo"
"""The hash that names the bot's picture in Discord's addresses."""
_LONGEST_ADVANCE = 60.0
"""Seconds of real time that hours of simulated time may take on a busy machine."""


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


@dataclass(slots=True)
class World:
    """One server, Bamboo Grove, with a channel #shop, a member, Alice, and one of its staff, Robin."""

    app: App
    sandbox: Sandbox
    env: simcord.Env
    clock: Clock
    database: Path
    guild: simcord.GuildHandle
    shop: simcord.ChannelHandle
    alice: simcord.MemberActor
    robin: simcord.MemberActor

    async def pass_time(self, span: timedelta) -> None:
        """Let simulated time go by, with all that falls due in it."""
        patience, self.env.settle_timeout = self.env.settle_timeout, _LONGEST_ADVANCE
        try:
            await self.env.advance_time(span.total_seconds())
        finally:
            self.env.settle_timeout = patience

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


def settings_for(sandbox: Sandbox, database: Path, sections: Mapping[str, Mapping[str, Any]]) -> Settings:
    """The settings of an owner whose store is the sandbox; `sections` change them."""
    values: dict[str, dict[str, Any]] = {
        "discord": {"token": "simulated.bot.token"},
        "pandabase": {
            "store_id": sandbox.store_id,
            "base_url": sandbox.base_url,
            "allowed_checkout_hosts": ["127.0.0.1"],
        },
        "checkout": {"signing_key": "simulated-signing-key"},
        "storage": {"url": f"sqlite:///{database}"},
    }
    for name, section in sections.items():
        values[name] = {**values.get(name, {}), **section}
    return Settings.model_validate(values)


@asynccontextmanager
async def open_world(
    folder: Path,
    sections: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    start: datetime = _EPOCH,
    home_url: str = "",
) -> AsyncIterator[World]:
    """Build it all, with a database in the folder, and take it down again.

    `start` is when simulated time begins (aware UTC). `home_url` is where the store's payment page leads.
    """
    clock = Clock(start)
    database = folder / "bamboo.db"
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox.running(clock=clock, home_url=home_url))
        settings = settings_for(sandbox, database, sections or {})
        app = await stack.enter_async_context(build(settings, clock))
        env = simcord.Env(app.bot, shard_count=1)
        clock.follow(env)
        env.backend.bot_user.name, env.backend.bot_user.avatar = "Bamboo", AVATAR
        await env.start()
        stack.push_async_callback(env.shutdown)
        guild = env.create_guild("Bamboo Grove")
        shop = guild.create_text_channel("shop")
        staff = guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
        alice = guild.add_member(env.create_user("alice", global_name="Alice"))
        robin = guild.add_member(env.create_user("robin", global_name="Robin"), roles=[staff])
        await env.settle()
        yield World(app, sandbox, env, clock, database, guild, shop, alice, robin)
