"""A whole shop for tests: the real bot in a simulated Discord, a store over HTTP, a real SQLite file."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import discord
import simcord

from bot.access import service as access
from bot.app import App, build
from bot.catalog.catalog import STALE_AFTER, Snapshot
from bot.config import Settings
from bot.pandabase import transport
from bot.staff.notes import key_of
from bot.wiring import upkeep
from cogs import custom_ids
from sandbox.demo.patient_env import PatientEnv
from sandbox.models import Session
from sandbox.server import Sandbox
from tests.harness.database import beside, empty_database, put_database, run, url_of
from tests.harness.patience import PATIENCE
from tests.openapi import validate_checkout_body

# SimCord waits for real timers that end within its timeout, and a kept connection has one: with the bot's
# own 15 seconds, a test that takes longer than three waits for it again and again.
transport.KEPT_FOR = 600.0  # type: ignore[misc]
# So has the bot's next look, on a server, at who may buy.
USUALLY_READ_EVERY: Final = access.READ_EVERY
access.READ_EVERY = timedelta(hours=1)  # type: ignore[misc]

START = datetime(2026, 1, 1, tzinfo=UTC)
_TIMERS_WAITED_FOR: Final = 12.0
"""Seconds: what is due within them belongs to what the bot does now."""
_LONG: Final = timedelta(hours=2)
"""From here on what happens meanwhile is in no test but for what was planned."""
_STOCKED_FOR: Final = timedelta(hours=12)
"""So long a store that is new again has the very products of the one before, which the bot knows then."""
_JUST_READ: Final = timedelta(minutes=1)
"""How old what the bot knows of the store may be at a start: it isn't read anew meanwhile."""
_LOOKS_EVERY: Final = 0.005
"""Seconds. SimCord looks every 50 ms whether the bot is done: that would be most of a test's time."""


class Clock:
    """Simulated time once there is a simulated Discord, and a standstill before."""

    env: simcord.Env | None = None

    def __call__(self) -> datetime:
        return self.env.now() if self.env else START


def settings_for(sandbox: Sandbox, database: Path, **sections: dict[str, Any]) -> Settings:
    """Settings as an owner would write them; `sections` add to them or replace them."""
    values: dict[str, dict[str, Any]] = {
        "discord": {"token": "simulated.bot.token"},
        "pandabase": {
            "store_id": sandbox.store_id,
            "base_url": sandbox.base_url,
            "allowed_checkout_hosts": ["127.0.0.1"],
        },
        "storage": {"url": url_of(database)},
        "limits": {"purchases_per_minute": 100, "open_links_per_member": 100},
        "checkout": {"signing_key": "a-key-that-only-tests-use"},
    }
    return Settings.model_validate(_merged(values, sections))


class Shop:
    """What a test drives: people in Discord, the store behind it, the rows in between."""

    def __init__(
        self,
        at_the_store: AsyncExitStack,
        sandbox: Sandbox,
        database: Path,
        clock: Clock,
        sections: dict[str, dict[str, Any]],
    ) -> None:
        self._at_the_store = at_the_store
        self.sandbox = sandbox
        self.database = database
        self.clock = clock
        self._sections = self._sections_at_first = sections
        self._process = AsyncExitStack()
        self._bodies_before = self._sessions_before = 0
        self._stocked_at = clock()
        self._known: Snapshot | None = None
        self.is_new = False
        """Whether the bot has just been added to the server; else it was welcomed there long ago."""
        self.is_as_new = True
        """Whether no test has changed the store, the clock or the bot since the start."""
        self.app: App
        self.env: PatientEnv
        self.guild: simcord.GuildHandle
        self.channel: simcord.ChannelHandle
        self.alice: simcord.MemberActor

    # --- the bot's process ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the bot in a Discord with one server, its channel #shop, and the member Alice."""
        await self._build()
        self.env = self.clock.env = PatientEnv(
            self.app.bot, timers_within=_TIMERS_WAITED_FOR, looks_every=_LOOKS_EVERY
        )
        await self.env.start()
        await self.open_server()

    async def open_server(self) -> None:
        """The server, its channel #shop and the member Alice are new."""
        self.guild = self.env.create_guild("Bamboo Grove")
        if not self.is_new:
            self._welcomed()
        self.channel = self.guild.create_text_channel("shop")
        self.alice = self.member("alice")
        await self.env.settle()

    async def begin_anew(self) -> None:
        """Another Alice, and nothing that the store was asked for yet: for a shop that tests share."""
        self._bodies_before += len(self.bodies)
        self._sessions_before = len(self.sandbox.sessions)
        self.alice = self.member("alice")
        await self.env.settle()

    async def renew(self) -> None:
        """As it was at its start, but for the time: for a bot that runs on from test to test.

        Nothing is in the database, nobody has bought anything at the store, and the bot has left all servers
        for another of that name. What it knew in memory is of rows and people that are no more.
        """
        _ = self.env.errors  # they were told of by the test before
        self.open_dms()
        for server in list(self.env.backend.guilds):
            self.env.backend.remove_guild(server)
        await self.env.settle()
        empty_database(self.database)
        before = self.sandbox.products.keys()
        if self.clock() - self._stocked_at >= _STOCKED_FOR:
            self._stocked_at, self._known = self.clock(), None
        await self._renew_store()
        self._bodies_before = self._sessions_before = 0
        await self._catch_up()
        for product_id in before | self.sandbox.products.keys():
            self.app.catalog.forget(product_id)
        if not self._knows_the_store():
            await self.app.catalog.refresh()
            self._known = self.app.catalog.latest
        self.is_as_new = True
        await self.open_server()

    async def _renew_store(self) -> None:
        if self.sandbox.is_at_rest:
            await self.sandbox.begin_anew(stocked_at=self._stocked_at)
            return
        port = urlsplit(self.sandbox.url).port or 0  # a test didn't wait for an answer that takes long
        await self._at_the_store.aclose()
        self.sandbox = await self._at_the_store.enter_async_context(
            Sandbox.running(clock=self.clock, port=port, stocked_at=self._stocked_at)
        )

    async def _catch_up(self) -> None:
        """Discord's time is what the test before jumped to, and the settings are those of the start again."""
        ahead = self.clock() - self.env.now()
        # A start is at a whole second: who joins after it was there before what is kept in whole seconds.
        to_whole_second = timedelta(microseconds=-self.clock().microsecond % 1_000_000)
        self.env.backend.advance_clock((ahead + to_whole_second).total_seconds())
        self.clock.env = self.env
        if self._sections != self._sections_at_first:
            self._sections = self._sections_at_first
            await self.restart()
        elif ahead:
            await self.env.settle()

    def _knows_the_store(self) -> bool:
        """Whether the bot has just read of a store what the new one says."""
        catalog, known = self.app.catalog, self._known
        age = catalog.age()
        if catalog.is_away or age is None or age >= _JUST_READ or known is None or known.store is None:
            return False
        return catalog.latest.says(known.store, known.products, known.categories)

    async def restart(self, **sections: dict[str, Any]) -> None:
        """The bot's process ends, and a new one starts on the same file; `sections` change its settings."""
        self._sections = _merged(self._sections, sections)
        async with self.next_process():
            await self.env.restart_bot(self.app.bot)
        await self.env.settle()

    @asynccontextmanager
    async def next_process(self) -> AsyncIterator[None]:
        """A new process, whose bot takes over from the one before, which ends at the end of the block."""
        ended, self._process = self._process, AsyncExitStack()
        async with ended:
            await self._build()
            yield

    async def stop(self) -> None:
        await self.env.shutdown()
        await self._process.aclose()

    def _welcomed(self) -> None:
        server = self.env.backend.guilds[self.guild.id]
        joined = datetime.fromisoformat(server.members[self.env.backend.bot_user.id].joined_at)
        self.write(
            "INSERT INTO jobs (lane, kind, key, priority, payload, created_at, attempts, done_at, outcome)"
            " VALUES ('notes', 'welcome', ?, 1, '{}', 0, 1, 0, 'posted')",
            key_of(self.guild.id, joined),
        )

    async def _build(self) -> None:
        settings = settings_for(self.sandbox, self.database, **self._sections)
        with beside(self.database):
            self.app = await self._process.enter_async_context(build(settings, self.clock))

    # --- people ---------------------------------------------------------------------------------------

    async def choose_language(self, staff: simcord.MemberActor, language: str) -> simcord.InteractionResult:
        """A staff member chooses what everybody reads in the server."""
        page = await staff.slash(self.channel, "store settings")
        return await staff.select(page.response, [language], custom_id=custom_ids.settings("language"))

    async def buy(
        self, product: str, member: simcord.MemberActor | None = None, **options: Any
    ) -> simcord.InteractionResult:
        """`/buy` in #shop by a member (else Alice) who chose the product (its handle) from the list."""
        member = member or self.alice
        return await member.slash(self.channel, "buy", product=self.sandbox.product(product).id, **options)

    def member(self, name: str) -> simcord.MemberActor:
        return self.guild.add_member(self.env.create_user(name))

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What the database holds, read from outside the bot."""
        return run(self.database, query, *values)

    def write(self, statement: str, *values: Any) -> None:
        run(self.database, statement, *values)

    def dms(self, member: simcord.MemberActor) -> list[Any]:
        """The messages of the bot's DM with a member, oldest first."""
        backend = self.env.backend
        channel_id = backend.dm_channels.get(member.id)
        if channel_id is None:
            return []
        return [
            simcord.ResponseMessage(self.env, message) for message in backend.messages[channel_id].values()
        ]

    async def button_for(self, member: simcord.MemberActor, custom_id: str) -> simcord.ResponseMessage:
        """A DM of the bot with that button: what somebody else's message looks like in the wrong hands."""
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="?", custom_id=custom_id))
        view.stop()
        with self.env.time_context():
            user = await self.app.bot.fetch_user(member.id)
            await user.send(view=view)
        return self.dms(member)[-1]

    def close_dms(self, *, times: int | None = None) -> None:
        """Nobody takes direct messages any more: Discord's answer is 50007 where a DM would be sent."""
        self.env.inject_error(
            "POST",
            "/channels/*/messages",
            status=403,
            code=50007,
            message="Cannot send messages to this user",
            times=times,
        )

    def open_dms(self) -> None:
        """Whatever Discord refused to do, it does again."""
        self.env.backend.faults.clear()

    def public_messages(self) -> list[dict[str, Any]]:
        """What everybody in the server can read."""
        backend = self.env.backend
        return [
            {"content": message.content, "components": message.components}
            for channel in backend.channels.values()
            if channel.guild_id is not None
            for message in backend.messages.get(channel.id, {}).values()
            if not message.is_ephemeral
        ]

    # --- the store and the clock ----------------------------------------------------------------------

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What the store was asked for, checkout by checkout, oldest first."""
        requests = self.sandbox.requests_to("POST", "/checkouts")
        return [request.body for request in requests[self._bodies_before :]]

    @property
    def pages(self) -> list[str]:
        """The payment pages that the store made, oldest first."""
        return list(map(self.page, list(self.sandbox.sessions.values())[self._sessions_before :]))

    def page(self, session: Session) -> str:
        return f"{self.sandbox.url}/c/{session.id}"

    async def pass_time(self, **span: float) -> None:
        left = timedelta(**span)
        with _catalog_read_seldom() if left >= _LONG else nullcontext():
            while left:
                # What happens in one step has so much of real time only.
                step = min(left, timedelta(hours=2))
                await self.env.advance_time(step.total_seconds())
                left -= step


@contextmanager
def _catalog_read_seldom() -> Iterator[None]:
    """In an uneventful day a bot does little but read the store's catalog, every quarter of an hour."""
    usual = upkeep.REFRESH_INTERVAL
    upkeep.REFRESH_INTERVAL = STALE_AFTER - timedelta(minutes=5)  # type: ignore[misc]
    try:
        yield
    finally:
        upkeep.REFRESH_INTERVAL = usual  # type: ignore[misc]


@asynccontextmanager
async def running_shop(folder: Path, **sections: dict[str, Any]) -> AsyncIterator[Shop]:
    """A running shop; at its end, what must hold after every test is checked."""
    clock = Clock()
    async with AsyncExitStack() as at_the_store:
        sandbox = await at_the_store.enter_async_context(Sandbox.running(clock=clock))
        shop = Shop(at_the_store, sandbox, folder / "bamboo.db", clock, sections)
        await put_database(shop.database)
        await shop.start()
        try:
            yield shop
            await shop.env.settle()
            check_rules(shop)
        finally:
            await shop.stop()


def check_rules(shop: Shop) -> None:
    """What must hold after every test: no error, no payment link for all to read, no odd request."""
    # A test that expects an error to reach discord.py looks at `shop.env.errors`, which acknowledges it.
    shop.env.raise_errors()
    assert "/c/cs_" not in str(shop.public_messages()), "a payment link in a public channel"
    for body in shop.bodies:
        validate_checkout_body(body)


def _merged(*layers: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for name, section in layer.items():
            merged[name] = {**merged.get(name, {}), **section}
    return merged


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens elsewhere, as long as that takes."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # what changes sets no event
            await asyncio.sleep(0.005)


def walk(components: Any) -> Iterator[dict[str, Any]]:
    """Every component of a message, however deep."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        if accessory := component.get("accessory"):
            yield accessory


def text_of(message: Any) -> str:
    """All that a message says, as a person would read it from top to bottom."""
    if message is None:
        return ""
    return "\n".join(part["content"] for part in walk(message.components) if part["type"] == 10)


def buttons_of(message: Any) -> dict[str, dict[str, Any]]:
    """A message's buttons by their labels."""
    return {part["label"]: part for part in walk(message.components) if part["type"] == 2}


def hint_of(message: Any) -> str:
    """What the message's menu shows before anything is chosen."""
    return next(part["placeholder"] for part in walk(message.components) if "placeholder" in part)


def link_of(message: Any) -> str | None:
    """The payment page that a message leads to."""
    urls = [button.get("url") or "" for button in buttons_of(message).values()]
    return next((url for url in urls if "/c/" in url), None)
