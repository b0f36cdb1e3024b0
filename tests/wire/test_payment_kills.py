"""The process is killed after every write between a webhook and a paid sale: nothing is lost or twice."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.core_api import DEMO_TOKEN
from tests.wire.process import BotProcess
from tests.wire.settings import write_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.wire.discord_server import FakeDiscord
    from tests.wire.world import Channel, Guild, User

SECRET: Final = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"
# The tables of the way; triggers on them stop the process in a write, before its transaction is committed.
WRITES: Final = ("events", "orders", "sessions", "sales", "deliveries", "messages")


class Shop:
    """The bot as a process, with the store and Discord on loopback."""

    def __init__(self, folder: Path, discord: FakeDiscord, sandbox: Sandbox, process: BotProcess) -> None:
        self.database = folder / "bamboo.db"
        self.discord = discord
        self.sandbox = sandbox
        self.process = process

    def rows(self, query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]

    async def until(self, query: str, *, within: float = 15) -> None:
        async with asyncio.timeout(within):
            while not self.rows(query):
                await asyncio.sleep(0.02)

    async def link(self, member: User, channel: Channel) -> str:
        before = set(self.sandbox.sessions)
        bought = next(one for one in self.sandbox.products.values() if one.title == "GroveGuard")
        await self.discord.slash(member, channel, "buy", product=bought.id)
        await self.discord.dm(member, "GroveGuard", within=15)
        [made] = set(self.sandbox.sessions) - before
        await self.until(
            "SELECT 1 FROM messages WHERE sale_id = "
            f"(SELECT sale_id FROM sessions WHERE session_id = '{made}')"
        )
        return made


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def shop(
    tmp_path: Path, discord_server: FakeDiscord, guild: Guild, channel: Channel
) -> AsyncIterator[Shop]:
    port = free_port()
    async with Sandbox.running() as sandbox:
        config = write_settings(
            tmp_path,
            discord_server,
            guild,
            pandabase_base_url=sandbox.base_url,
            store_id=sandbox.store_id,
            web={"enabled": True, "port": port, "webhook_secret": SECRET},
            pandabase={
                "store_id": sandbox.store_id,
                "base_url": sandbox.base_url,
                "allowed_checkout_hosts": ["127.0.0.1"],
            },
        )
        sandbox.send_webhooks_to(f"http://127.0.0.1:{port}/webhooks/pandabase", SECRET)
        sandbox.webhooks._repeat_after = (0.2,) * 150
        ready = f"http://127.0.0.1:{port}/readyz"
        log = tmp_path / "bot.log"
        async with BotProcess.bamboo(discord_server, config, log_path=log, ready_url=ready) as process:
            await process.start()
            yield Shop(tmp_path, discord_server, sandbox, process)


async def _settled(shop: Shop, session: str) -> None:
    """All that follows the payment has happened, and happened once."""
    await shop.sandbox.webhooks.settled()
    of_sale = f"sale_id = (SELECT sale_id FROM sessions WHERE session_id = '{session}')"
    await shop.until(f"SELECT 1 FROM orders WHERE {of_sale} AND money = 'paid'")
    told = f"SELECT outcome FROM events WHERE order_number = '{session}'"
    await shop.until(f"{told} AND due_at IS NULL")
    assert shop.rows(told) == [{"outcome": "applied"}]
    assert shop.rows(f"SELECT money FROM orders WHERE {of_sale}") == [{"money": "paid"}]
    assert shop.rows(f"SELECT state FROM sessions WHERE {of_sale}") == [{"state": "paid"}]
    # What was leased when the process died is done when its lease is over, a minute later.
    planned = shop.rows(
        f"SELECT step, count(*) AS times FROM deliveries WHERE {of_sale} GROUP BY step, target"
    )
    assert {"message", "receipt"} <= {row["step"] for row in planned}
    assert {row["times"] for row in planned} == {1}


# Where the process is stopped: when the test sees this in the file, or this at Discord.
MOMENTS: Final = {
    "the webhook is kept": "SELECT 1 FROM events WHERE order_number = '{session}'",
    "the webhook is applied": "SELECT 1 FROM events WHERE order_number = '{session}' AND applied_at NOT NULL",
    "the session is paid": "SELECT 1 FROM sessions WHERE session_id = '{session}' AND state = 'paid'",
    "the message is edited": "SELECT 1 FROM messages WHERE shows = 'paid' AND sale_id = "
    "(SELECT sale_id FROM sessions WHERE session_id = '{session}')",
}
MOST_WRITES: Final = 14
LEAST_WRITES: Final = 6
LONGEST_WRITE: Final = 0.3
"""Seconds that the file is locked without a break only if a write hangs."""


async def test_killed_after_a_write_the_next_process_goes_on(
    shop: Shop, guild: Guild, channel: Channel
) -> None:
    for number, moment in enumerate(MOMENTS):
        session = await shop.link(shop.discord.member(f"member-{number}", guild), channel)
        shop.sandbox.store.pay(session)
        await shop.until(MOMENTS[moment].format(session=session))
        await shop.process.kill()

        await shop.process.start()

        await _settled(shop, session)


async def test_killed_in_the_middle_of_each_write_nothing_is_lost_or_twice(
    shop: Shop, guild: Guild, channel: Channel
) -> None:
    """The file itself stops the process: the write that is the so-manieth doesn't return."""
    held = 0
    for writes in range(1, MOST_WRITES):
        session = await shop.link(shop.discord.member(f"member-{writes}", guild), channel)
        _stop_at(shop, writes)
        shop.sandbox.store.pay(session)
        held += await _held(shop)
        await shop.process.kill()
        _go_on(shop)

        await shop.process.start()

        await _settled(shop, session)
    assert held >= LEAST_WRITES, "the way of a payment has fewer writes than this test believes"


def _stop_at(shop: Shop, writes: int) -> None:
    """Have the file's own triggers count writes; from the chosen one on, every write fails as if it hung.

    A statement that takes for ever: a recursive query without end, which only SIGKILL ends.
    """
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with closing(sqlite3.connect(shop.database)) as connection, connection:
        connection.execute("CREATE TABLE test_writes (id INTEGER PRIMARY KEY, what TEXT)")
        connection.execute(
            f"CREATE TRIGGER test_count AFTER INSERT ON test_writes WHEN "
            f"(SELECT count(*) FROM test_writes) >= {writes} BEGIN SELECT ({endless}); END"
        )
        for table in WRITES:
            for action in ("INSERT", "UPDATE"):
                connection.execute(
                    f"CREATE TRIGGER test_{table}_{action} AFTER {action} ON {table} BEGIN "
                    f"INSERT INTO test_writes (what) VALUES ('{table} {action}'); END"
                )


async def _held(shop: Shop) -> bool:
    """Wait until the process hangs in its write; False if all that followed the payment took fewer."""
    hung_since = None
    for _ in range(150):
        await asyncio.sleep(0.02)
        try:
            with closing(sqlite3.connect(shop.database, timeout=0)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            hung_since = hung_since or asyncio.get_running_loop().time()
            if asyncio.get_running_loop().time() - hung_since > LONGEST_WRITE:
                return True
        else:
            hung_since = None
    return False


def _go_on(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.database)) as connection, connection:
        triggers = connection.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'test\\_%' ESCAPE '\\' AND type = 'trigger'"
        )
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DROP TABLE test_writes")


async def test_a_webhook_that_comes_while_nobody_listens_is_repeated_and_counts(
    shop: Shop, alice: User, channel: Channel
) -> None:
    session = await shop.link(alice, channel)
    await shop.process.kill()
    shop.sandbox.store.pay(session)
    await asyncio.sleep(0.3)

    await shop.process.start()

    await _settled(shop, session)


async def test_a_bad_signature_over_the_wire_is_a_401(shop: Shop) -> None:
    endpoint = shop.sandbox.webhooks.endpoint
    assert endpoint is not None
    async with (
        aiohttp.ClientSession() as http,
        http.post(endpoint.url, data=b"{}", headers={"Webhook-Signature": "v1,AAAA"}) as answer,
    ):
        assert answer.status == 401
        assert "Traceback" not in await answer.text()
    assert DEMO_TOKEN.secret not in shop.process.log
