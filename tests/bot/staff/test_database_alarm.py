"""A database that can't be used is told to staff all the same: from memory, once, and its end."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.jobs import worker
from bot.storage.connection import Connection, FileConnections
from bot.storage.server_connections import READING, ServerConnections, ServerFull, ServerLost
from tests.harness.database import on_a_server
from tests.harness.grove import Grove

pytestmark = pytest.mark.postgres

AGAIN_AND_AGAIN = 25
"""Minutes, in which all who work try hundreds of times: it is looked at every five, and told after five."""
NO_PART_OF_WHAT_RUNS = timedelta(seconds=15)
"""The usual ten belong to what the bot does now: they would be waited for in real time, at each step."""
FULL = "The bot's disk is full, so nothing can be sold or delivered."
OVER = "The bot's database works again, and what was waiting continues."


@contextmanager
def _failing(*, full: bool = False, reads: bool = False) -> Iterator[None]:
    """Whoever writes, or `reads` too, gets the engine's error: its disk is full, or it can't be reached."""
    pool, error = _of_a_server(full=full) if on_a_server() else _of_a_file(full=full)
    lend, look = pool.transaction, pool.look

    @asynccontextmanager
    async def failing(connections: FileConnections | ServerConnections) -> AsyncIterator[Connection]:
        if reads or connections._begin not in {"BEGIN", READING}:
            await asyncio.sleep(0)
            raise error
        async with lend(connections) as connection:
            yield connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "_UNTIL_THE_DATABASE_IS_BACK", NO_PART_OF_WHAT_RUNS)
        patch.setattr(pool, "transaction", failing)
        if reads:
            patch.setattr(pool, "look", failing)
        yield
    assert pool.look is look


def _of_a_file(*, full: bool) -> tuple[type[Any], Exception]:
    error = sqlite3.OperationalError("simulated")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR
    error.sqlite_errorname = "SQLITE_FULL" if full else "SQLITE_IOERR"
    return FileConnections, error


def _of_a_server(*, full: bool) -> tuple[type[Any], Exception]:
    return ServerConnections, ServerFull("simulated") if full else ServerLost("simulated")


def alarms(grove: Grove) -> list[str]:
    return [said for said in grove.logged() if "lasted about" in said or "sold or delivered" in said]


async def _needs_to_write(grove: Grove) -> None:
    await grove.shop.buy("grove-guard", grove.shop.member("dave"))


async def test_a_full_disk_is_told_once_and_that_it_is_over(grove: Grove) -> None:
    await grove.keep_log()
    with _failing(full=True):
        await _needs_to_write(grove)
        await grove.shop.pass_time(minutes=3)
        assert alarms(grove) == [], "most trouble is over by then"
        await grove.shop.pass_time(minutes=AGAIN_AND_AGAIN)
        [told] = alarms(grove)
        assert FULL in told

    await grove.bought()
    await grove.shop.pass_time(minutes=20)

    [_, over] = alarms(grove)
    assert OVER in over
    assert "It lasted about " in over
    await grove.shop.pass_time(minutes=AGAIN_AND_AGAIN)
    assert len(alarms(grove)) == 2


async def test_what_cannot_even_be_read_is_told_where_notes_were_posted_before(grove: Grove) -> None:
    await grove.keep_log()
    await grove.bought()
    with _failing(reads=True):
        await _needs_to_write(grove)
        await grove.shop.pass_time(minutes=AGAIN_AND_AGAIN)

    [told] = alarms(grove)
    assert "The bot can't use its database, so nothing can be sold or delivered. Its log says why." in told


async def test_a_minute_of_trouble_is_nobodys_business(grove: Grove) -> None:
    await grove.keep_log()
    with _failing(full=True):
        await _needs_to_write(grove)
        await grove.shop.pass_time(minutes=1)
    await grove.bought()

    await grove.shop.pass_time(minutes=AGAIN_AND_AGAIN)

    assert alarms(grove) == []


async def test_while_discord_takes_nothing_it_is_told_later(grove: Grove) -> None:
    await grove.keep_log()
    with _failing(full=True):
        await _needs_to_write(grove)
        grove.shop.env.inject_error(
            "POST", f"/channels/{grove.log_channel.id}/messages", status=403, code=50013, times=99
        )
        await grove.shop.pass_time(minutes=20)
        assert alarms(grove) == []
        grove.shop.open_dms()
        await grove.shop.pass_time(minutes=20)
        assert len(alarms(grove)) == 1
    await grove.bought()
