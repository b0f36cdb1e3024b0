"""The points at which a shop's process is killed: `async with point.kills(shop): await shop.buy()`.

The block begins something; at its end the process has come to the point and is dead.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.wire.shop_process import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.wire.faults import Hold, Moment
    from tests.wire.shop_process import ShopProcess

SHORT = 0.1
"""Seconds in which a process that is free to do so takes its next step."""
THE_STORE_THINKS = 0.2
"""Seconds, long enough to kill the process meanwhile."""


@dataclass(frozen=True)
class Point:
    name: str
    kills: Callable[[ShopProcess], AbstractAsyncContextManager[None]]

    def __str__(self) -> str:
        return self.name


def at_discord(name: str, method: str, path: str, moment: Moment) -> Point:
    """Discord has the request, and has not acted yet or has acted: `before` and `after`."""

    @asynccontextmanager
    async def kills(shop: ShopProcess) -> AsyncIterator[None]:
        hold = shop.discord.hold(method, path, moment)
        yield
        await hold.arrived()
        await shop.bot.kill()
        hold.release()

    return Point(name, kills)


def at_the_store(name: str, *, acts: bool) -> Point:
    """The store has the request; whether it acts or not, there will be nobody to hear of it."""

    @asynccontextmanager
    async def kills(shop: ShopProcess) -> AsyncIterator[None]:
        before, made = shop.checkouts, len(shop.sandbox.sessions)
        shop.sandbox.fail_next("POST", "*/checkouts", delay=THE_STORE_THINKS, refuse=not acts)
        yield
        await eventually(lambda: shop.checkouts > before, what="a request to the store")
        await shop.bot.kill()
        await asyncio.sleep(THE_STORE_THINKS + SHORT)
        assert len(shop.sandbox.sessions) == made + acts

    return Point(name, kills)


@asynccontextmanager
async def _before_the_claim(shop: ShopProcess) -> AsyncIterator[None]:
    hold = shop.discord.hold(*ACKNOWLEDGEMENT, "after")
    with shop.database_locked():
        yield
        await _is_answered(hold)
        await shop.bot.kill()


@asynccontextmanager
async def _before_the_link_is_written(shop: ShopProcess) -> AsyncIterator[None]:
    before, read_before = shop.checkouts, len(shop.bot.log)
    shop.sandbox.fail_next("POST", "*/checkouts", delay=THE_STORE_THINKS)
    yield
    await eventually(lambda: shop.checkouts > before, what="a request to the store")
    with shop.database_locked():
        await eventually(lambda: "/checkouts: 201" in shop.bot.log[read_before:], what="the store's answer")
        await asyncio.sleep(SHORT)
        await shop.bot.kill()


@asynccontextmanager
async def _before_the_outcome_is_written(shop: ShopProcess) -> AsyncIterator[None]:
    hold = shop.discord.hold(*ANSWER, "after")
    yield
    await hold.arrived()
    with shop.database_locked():
        await _is_answered(hold)
        await shop.bot.kill()


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

UNACKNOWLEDGED = at_discord("before the acknowledgement", *ACKNOWLEDGEMENT, "before")
ACKNOWLEDGED = at_discord("after the acknowledgement", *ACKNOWLEDGEMENT, "after")
UNCLAIMED = Point("before the claim is written", _before_the_claim)
STORE_NOT_ACTED = at_the_store("before the store acts", acts=False)
STORE_ACTED = at_the_store("after the store acted, its answer unread", acts=True)
LINK_UNWRITTEN = Point("before the link is written", _before_the_link_is_written)
CHANNEL_UNOPENED = at_discord("before the DM channel is opened", *DIRECT_CHANNEL, "before")
CHANNEL_OPENED = at_discord("after the DM channel is opened", *DIRECT_CHANNEL, "after")
MESSAGE_UNSENT = at_discord("before the DM is sent", *DIRECT_MESSAGE, "before")
MESSAGE_SENT = at_discord("after the DM is sent", *DIRECT_MESSAGE, "after")
UNANSWERED = at_discord("before the private answer", *ANSWER, "before")
ANSWERED = at_discord("after the private answer", *ANSWER, "after")
OUTCOME_UNWRITTEN = Point("before the outcome is written", _before_the_outcome_is_written)
LOOKED_FOR = at_discord("while the DM is looked for", *LOOK_FOR_IT, "before")
