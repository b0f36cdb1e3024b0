"""Strangers at the web server: with connections that say nothing, and with forged webhooks."""

from __future__ import annotations

import resource
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.wire.earning import THANKS, Benefits

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

SILENT = 1_200
DESCRIPTORS = 1_024
"""What most machines give a process."""


@pytest.fixture(scope="module", autouse=True)
def descriptors():
    """Enough for this process to hold all those connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = SILENT + 500
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"this machine lets a process open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def crowd(address: str) -> Iterator[None]:
    """Connections that say nothing, for as long as they are let."""
    at = urlsplit(address)
    with ExitStack() as connections:
        for _ in range(SILENT):
            connections.enter_context(socket.create_connection((at.hostname, at.port)))
        yield


async def test_a_payment_is_heard_of_through_a_thousand_silent_connections(benefits: Benefits) -> None:
    bot = benefits.shop.bot
    endpoint = benefits.shop.sandbox.webhooks.endpoint
    assert endpoint is not None
    assert bot.pid is not None
    resource.prlimit(bot.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    buyer = await benefits.buyer()
    before = len(bot.log)
    with crowd(endpoint.url):
        buyer.pay()
        await benefits.shop.settled()
        buyer.assert_holds_it(told=[THANKS])
        another = await benefits.buyer()  # Discord, the store and the database have what they need
    another.pay()
    await benefits.shop.settled()
    assert len(bot.log) - before < 5_000


async def test_forged_webhooks_are_one_line_a_minute(benefits: Benefits) -> None:
    endpoint = benefits.shop.sandbox.webhooks.endpoint
    assert endpoint is not None
    before = benefits.shop.bot.log.count("A webhook was refused")
    async with aiohttp.ClientSession() as http:
        for _ in range(50):
            async with http.post(endpoint.url, data=b"{}", headers={"Webhook-Signature": "v1,AA"}) as answer:
                assert answer.status == 401
    assert benefits.shop.bot.log.count("A webhook was refused") - before <= 1
