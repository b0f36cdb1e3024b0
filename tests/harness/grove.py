"""For tests of what payments earn: a shop with staff, roles and a sales log, and a till."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import discord
import simcord
from simcord.backend.serializers import guild_create_payload

from bot.storage.queues import Queue
from sandbox.order_shapes import order_alone
from tests.harness.shop import Shop, buttons_of, running_shop, text_of
from tests.harness.till import WEB, Till

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sandbox.models import Order, Session, Subscription

PRODUCT = "GroveGuard"
MEMBERSHIP = "Sprout membership"


class Ahead:
    """The simulated Discord's time and what tests jump over: its own clock runs every timer in between."""

    def __init__(self, env: simcord.Env) -> None:
        self._env = env
        self.by = timedelta()

    def now(self) -> datetime:
        return self._env.now() + self.by


class Grove:
    """Who is there: Alice, who buys; Bob, who is given things; Boss, who is staff."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.time = Ahead(shop.env)
        shop.clock.env = self.time
        self.till = Till(shop)
        guild = shop.guild
        may = discord.Permissions(manage_guild=True)
        self.staff_role = guild.create_role("Staff", permissions=may)
        self.boss = guild.add_member(shop.env.create_user("boss"), roles=[self.staff_role])
        self.bob = shop.member("bob")
        self.role = guild.create_role("VIP")
        self.log_channel = guild.create_text_channel("sales-log")

    # --- staff ----------------------------------------------------------------------------------------

    async def store(self, command: str, **options: Any) -> str:
        """A `/store` command by Boss; returns the answer."""
        return text_of((await self.store_result(command, **options)).response)

    async def store_result(self, command: str, **options: Any) -> Any:
        return await self.boss.slash(self.shop.channel, f"store {command}", **options)

    async def benefit(self, title: str = PRODUCT, **options: Any) -> str:
        options.setdefault("role", self.role)
        return await self.store("benefit add", product=self.till.product(title).id, **options)

    async def keep_log(self) -> None:
        await self.store("saleslog", channel=self.log_channel)

    # --- the store ------------------------------------------------------------------------------------

    async def bought(self, title: str = PRODUCT, **options: Any) -> Order:
        """Bought by Alice and paid on the store's page."""
        session = await self.till.link(title, **options)
        await self.till.pay_on_page(session)
        return self.order(session)

    async def paid_with_role_above(self) -> None:
        """Bought by Alice while the role, which the bot may not give then, is above its own."""
        session = await self.till.link()
        self.put_role(above=True)
        await self.till.pay_on_page(session)

    def order(self, session: Session) -> Order:
        [order] = [each for each in self.shop.sandbox.orders if each.order_number == session.id]
        return order

    @property
    def subscription(self) -> Subscription:
        [subscription] = self.shop.sandbox.ledger.subscriptions.values()
        return subscription

    async def at_the_store(self, happening: str, *what: Any, **how: Any) -> Any:
        """Something that happens at the store, a second later than what was before."""
        await self.shop.pass_time(seconds=1)
        result = getattr(self.shop.sandbox.ledger, happening)(*what, **how)
        await self.till.settled()
        return result

    def take_token_back(self) -> None:
        """The store no longer knows any token."""
        self.shop.sandbox.take_tokens_back()

    def keys(self) -> list[str]:
        """The license keys of all orders, as the store has them."""
        return [each["key"] for order in self.shop.sandbox.orders for each in order_alone(order)["licenses"]]

    # --- what is seen ---------------------------------------------------------------------------------

    def roles(self, member: simcord.MemberActor | None = None) -> set[str]:
        """The names of the roles that the member (else Alice) has at Discord."""
        guild = self.shop.env.backend.guilds[self.shop.guild.id]
        there = guild.members[(member or self.shop.alice).id]
        return {guild.roles[role].name for role in there.role_ids if role != guild.id}

    def told(self, member: simcord.MemberActor | None = None) -> list[str]:
        """What the member's DMs say, oldest first."""
        return [text_of(message) for message in self.shop.dms(member or self.shop.alice)]

    def messages(self, channel: simcord.ChannelHandle) -> list[Any]:
        """Oldest first, but notes to staff last: one may be posted before the sale that it is about."""
        found = self.shop.env.backend.messages.get(channel.id, {}).values()
        messages = [simcord.ResponseMessage(self.shop.env, message) for message in found]
        return sorted(messages, key=lambda message: "-# Note " in text_of(message))

    def logged(self) -> list[str]:
        """What the sales log's channel says, in the order of `messages`."""
        return [text_of(message) for message in self.messages(self.log_channel)]

    def public_texts(self) -> list[str]:
        """What everybody in the server can read."""
        backend = self.shop.env.backend
        return [
            text_of(message)
            for channel in backend.channels.values()
            if channel.guild_id is not None
            for message in backend.messages.get(channel.id, {}).values()
            if not message.is_ephemeral
        ]

    def steps(self, step: str) -> list[dict[str, Any]]:
        return self.shop.rows("SELECT * FROM jobs WHERE kind = ? ORDER BY id", step)

    def grants(self) -> list[dict[str, Any]]:
        return self.shop.rows("SELECT * FROM grants ORDER BY id")

    def button(self, message: Any, label: str) -> Any:
        return buttons_of(message)[label]

    # --- what happens to roles ------------------------------------------------------------------------

    def take_by_hand(self, member: simcord.MemberActor, role: simcord.RoleHandle) -> None:
        """Staff take a role in Discord's own way."""
        self.shop.env.backend.remove_member_role(self.shop.guild.id, member.id, role.id)

    def give_by_hand(self, member: simcord.MemberActor, role: simcord.RoleHandle) -> None:
        self.shop.env.backend.add_member_role(self.shop.guild.id, member.id, role.id)

    def put_role(self, *, above: bool) -> None:
        """Drag the role above the bot's own, or below it."""
        backend = self.shop.env.backend
        guild = backend.guilds[self.shop.guild.id]
        top = max(role.position for role in guild.roles.values())
        backend.edit_role(self.shop.guild.id, self.role.id, {"position": top + 1 if above else 1})

    async def wake_queue(self) -> None:
        """Have the queue look at once at what a test wrote into it."""
        [worker] = [each for each in self.shop.app.bot.workers if each.queue is Queue.JOBS]
        worker.wake()
        await self.till.settled()

    async def days(self, count: float) -> None:
        """Jump over days, as a machine that was asleep; what fell due in them is done then."""
        self.time.by += timedelta(days=count)
        for worker in self.shop.app.bot.workers:
            worker.wake()
        await self.till.settled()

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """The bot's process is gone meanwhile; then a new one starts on the same file.

        What the store tells meanwhile it repeats as soon as somebody listens, which is before the new process
        is connected and its workers begin.
        """
        shop, webhooks = self.shop, self.shop.sandbox.webhooks
        await self.till.settled()
        for worker in shop.app.bot.workers:
            await worker.stop()
        shop.app.bot._connection.dispatch = _hear_nothing
        were_held, told_before = webhooks.held, len(webhooks.events)
        webhooks.held = True  # the old process's web server still listens, and would keep what nobody applies
        yield
        webhooks.held = were_held
        async with shop.next_process():
            self.till = Till(shop)
            for event in [] if were_held else webhooks.events[told_before:]:
                assert await webhooks.send(event) == 200
            await shop.env.restart_bot(shop.app.bot)
            await self.till.settled()

    @asynccontextmanager
    async def server_away(self) -> AsyncIterator[None]:
        """As after every new connection: until Discord tells of the server, the bot knows its id alone."""
        backend, server = self.shop.env.backend, self.shop.guild.id
        await self.till.at_rest()
        self.shop.app.bot._connection._add_guild_from_data({"id": str(server), "unavailable": True})  # type: ignore[typeddict-item]
        yield
        backend.emit("GUILD_CREATE", guild_create_payload(backend, backend.guilds[server]))
        await self.till.settled()

    async def leave(self, member: simcord.MemberActor | None = None) -> None:
        self.shop.guild.remove_member(member or self.shop.alice)
        await self.shop.env.settle()

    async def come_back(self, member: simcord.MemberActor | None = None) -> None:
        """Join a second later, and get what waits."""
        await self.shop.pass_time(seconds=1)
        self.rejoin(member)
        await self.till.settled()

    def rejoin(self, member: simcord.MemberActor | None = None) -> None:
        user = (member or self.shop.alice).user
        self.shop.guild.add_member(user)


def _hear_nothing(_event: str, *_what: Any, **_how: Any) -> None:
    """What Discord tells a process that is gone."""


@asynccontextmanager
async def running_grove(folder: Path, **sections: dict[str, Any]) -> AsyncIterator[Grove]:
    async with running_shop(folder, **{"web": WEB, **sections}) as shop, grove_in(shop) as grove:
        yield grove


@asynccontextmanager
async def grove_in(shop: Shop) -> AsyncIterator[Grove]:
    """Staff, roles and a till in a shop that runs; at the end no worker is in the middle of something."""
    grove = Grove(shop)
    await grove.till.at_rest()
    yield grove
    await grove.till.at_rest()
