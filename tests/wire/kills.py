"""The points at which a shop's process is killed: `async with point.kills(shop): await shop.buy()`.

The block begins something; at its end the process has come to the point and is dead.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from tests.harness.interference import hang_after, hang_no_more, is_locked
from tests.wire.shop_process import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.wire.faults import Hold, LoggedRequest, Moment
    from tests.wire.shop_process import ShopProcess

SHORT = 0.1
"""Seconds in which a process that is free to do so takes its next step."""
THE_STORE_THINKS = 0.5
"""Seconds, long enough to kill the process meanwhile."""
LONGEST_WRITE = 0.3
"""Seconds that the database is locked without a break only if a write hangs."""
DEAREST_WRITE = 0.1
"""Seconds of the processor that a thread takes, while the file is locked, only if a write hangs."""


@dataclass(frozen=True)
class Point:
    name: str
    way: Callable[[ShopProcess], AsyncGenerator[None]]
    """Yields when what leads there can be begun, and again when the process stands there."""

    def kills(self, shop: ShopProcess) -> AbstractAsyncContextManager[None]:
        return killed_at(shop, self)

    def __str__(self) -> str:
        return self.name


@asynccontextmanager
async def killed_at(shop: ShopProcess, *points: Point) -> AsyncIterator[None]:
    """Kill the process when it stands at all of these points at once."""
    ways = [point.way(shop) for point in points]
    for way in ways:
        await anext(way)
    yield
    for way in ways:
        await anext(way)
    await shop.bot.kill()
    for way in ways:
        await anext(way, None)


def at_discord(
    name: str,
    method: str,
    path: str,
    moment: Moment | Literal["done"],
    *,
    where: Callable[[LoggedRequest], bool] | None = None,
    recorded: Callable[[], object] = lambda: True,
) -> Point:
    """Discord has the request, and has not acted yet or has acted: `before` and `after`.

    `done` is no place to stand at: the bot has heard the answer, and what it makes of it is `recorded`.
    """

    async def way(shop: ShopProcess) -> AsyncGenerator[None]:
        hold = shop.discord.hold(method, path, "before" if moment == "before" else "after", where=where)
        yield
        if moment == "done":
            await _is_answered(hold)
            await eventually(recorded, what=f"a record of {name}")
        else:
            await hold.arrived()
        yield
        hold.release()

    return Point(name, way)


def at_the_store(name: str, *, acts: bool) -> Point:
    """The store has the request; whether it acts or not, there will be nobody to hear of it."""

    async def way(shop: ShopProcess) -> AsyncGenerator[None]:
        before, made = shop.checkouts, len(shop.sandbox.sessions)
        shop.sandbox.fail_next("POST", "*/checkouts", delay=THE_STORE_THINKS, refuse=not acts)
        yield
        await eventually(lambda: shop.checkouts > before, what="a request to the store")
        yield
        await asyncio.sleep(THE_STORE_THINKS + SHORT)
        assert len(shop.sandbox.sessions) == made + acts

    return Point(name, way)


def in_read(name: str, path: str) -> Point:
    """The store is asked for something, and has not answered yet."""

    async def way(shop: ShopProcess) -> AsyncGenerator[None]:
        def reads() -> int:
            requests = shop.sandbox.requests
            return sum(one.method == "GET" and fnmatchcase(one.path, path) for one in requests)

        before = reads()
        shop.sandbox.fail_next("GET", path, delay=THE_STORE_THINKS)
        yield
        await eventually(lambda: reads() > before, what=f"a read {name}")
        yield

    return Point(name, way)


def in_write(change: str, *, when: str = "1 = 1") -> Point:
    """The database is in the middle of a change, such as "UPDATE OF given_at ON grants".

    A trigger on it takes for ever, so that its transaction is never committed. `when` is about NEW.
    """

    async def way(shop: ShopProcess) -> AsyncGenerator[None]:
        hang_after(shop.database, change, when)
        yield
        await _a_write_hangs(shop)
        yield
        hang_no_more(shop.database, change)

    return Point(f"in {change}" + (f" ({when})" if when != "1 = 1" else ""), way)


async def _a_write_hangs(shop: ShopProcess) -> None:
    """Wait until nobody has been let into the database for longer than a write takes.

    In a file, one that hangs keeps a processor busy: so that it is seen soon.
    """
    let_in, used = asyncio.get_running_loop().time(), shop.bot.used_by_threads()

    def locked() -> bool:
        nonlocal let_in, used
        now, uses = asyncio.get_running_loop().time(), shop.bot.used_by_threads()
        if is_locked(shop.database):
            longest = max((took - used.get(thread, 0) for thread, took in uses.items()), default=0)
            return now - let_in > LONGEST_WRITE or longest > DEAREST_WRITE
        let_in, used = now, uses
        return False

    await eventually(locked, what="a write that hangs")


async def _before_the_claim(shop: ShopProcess) -> AsyncGenerator[None]:
    hold = shop.discord.hold(*ACKNOWLEDGEMENT, "after")
    with shop.database_locked():
        yield
        await _is_answered(hold)
        yield


async def _before_the_link_is_written(shop: ShopProcess) -> AsyncGenerator[None]:
    before, read_before = shop.checkouts, len(shop.bot.log)
    shop.sandbox.fail_next("POST", "*/checkouts", delay=THE_STORE_THINKS)
    yield
    await eventually(lambda: shop.checkouts > before, what="a request to the store")
    with shop.database_locked():
        await eventually(lambda: "/checkouts: 201" in shop.bot.log[read_before:], what="the store's answer")
        await asyncio.sleep(SHORT)
        yield


async def _before_the_outcome_is_written(shop: ShopProcess) -> AsyncGenerator[None]:
    hold = shop.discord.hold(*ANSWER, "after")
    yield
    await hold.arrived()
    with shop.database_locked():
        await _is_answered(hold)
        yield


async def _is_answered(hold: Hold) -> None:
    request = await hold.arrived()
    hold.release()
    await eventually(lambda: request.took is not None, what="the end of the request")
    await asyncio.sleep(SHORT)


ACKNOWLEDGEMENT = ("POST", "/interactions/*/*/callback")
DIRECT_CHANNEL = ("POST", "/users/@me/channels")
DIRECT_MESSAGE = ("POST", "/channels/*/messages")
LOOK_FOR_IT = ("GET", "/channels/*/messages")
EDIT_IT = ("PATCH", "/channels/*/messages/*")
ANSWER = ("PATCH", "/webhooks/*/*/messages/*")
ANSWER_IN_PLACE = ("PATCH", "/webhooks/*/*/messages/@original")

UNACKNOWLEDGED = at_discord("before the acknowledgement", *ACKNOWLEDGEMENT, "before")
ACKNOWLEDGED = at_discord("after the acknowledgement", *ACKNOWLEDGEMENT, "after")
PRODUCT_UNREAD = in_read("before the product is read", "*/products/*")
UNCLAIMED = Point("before the claim is written", _before_the_claim)
STORE_NOT_ACTED = at_the_store("before the store acts", acts=False)
STORE_ACTED = at_the_store("after the store acted, its answer unread", acts=True)
LINK_UNWRITTEN = Point("before the link is written", _before_the_link_is_written)
CHANNEL_UNOPENED = at_discord("before the DM channel is opened", *DIRECT_CHANNEL, "before")
CHANNEL_OPENED = at_discord("after the DM channel is opened", *DIRECT_CHANNEL, "after")
MESSAGE_UNSENT = at_discord("before the DM is sent", *DIRECT_MESSAGE, "before")
MESSAGE_SENT = at_discord("after the DM is sent", *DIRECT_MESSAGE, "after")
UNANSWERED = at_discord("before the private answer", *ANSWER, "before")
UNANSWERED_IN_PLACE = at_discord("before the answer of a command", *ANSWER_IN_PLACE, "before")
ANSWERED = at_discord("after the private answer", *ANSWER, "after")
OUTCOME_UNWRITTEN = Point("before the outcome is written", _before_the_outcome_is_written)
LOOKED_FOR = at_discord("while the DM is looked for", *LOOK_FOR_IT, "before")
