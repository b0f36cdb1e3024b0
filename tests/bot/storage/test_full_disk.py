"""A disk that is full for a while: whoever buys hears of it, the log says it once, and work goes on after."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiosqlite
import pytest

from bot.storage.connection import FileConnections
from tests.harness.grove import Grove
from tests.harness.shop import Shop, text_of

pytestmark = pytest.mark.sqlite  # a server's disk can't be made that small
_NO_LIMIT = 2**31


class Disk:
    """Where every connection may write up to so many pages."""

    def __init__(self) -> None:
        self.pages = _NO_LIMIT

    def limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lend = FileConnections._one

        @asynccontextmanager
        async def limited(connections: FileConnections) -> AsyncIterator[aiosqlite.Connection]:
            async with lend(connections) as connection:
                await connection.execute_fetchall(f"PRAGMA max_page_count={self.pages}")
                yield connection

        monkeypatch.setattr(FileConnections, "_one", limited)

    @contextmanager
    def full(self, shop: Shop) -> Iterator[None]:
        [row] = shop.rows("PRAGMA page_count")
        self.pages = row["page_count"]
        try:
            yield
        finally:
            self.pages = _NO_LIMIT


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    disk.limit(monkeypatch)
    return disk


async def test_whoever_buys_hears_of_it_and_buys_once_there_is_room(
    disk: Disk, grove: Grove, caplog: pytest.LogCaptureFixture
) -> None:
    shop = grove.shop
    began = time.monotonic()
    with disk.full(shop):
        answer = await _buy_until_it_is_refused(shop)
        assert "the disk is full" in answer
        assert "Reference" not in answer
        await shop.pass_time(minutes=2)  # the workers try several times
    told = [record for record in caplog.records if "the disk is full" in record.getMessage()]
    assert 1 <= len(told) <= 1 + (time.monotonic() - began) / 60
    assert [record for record in caplog.records if record.exc_info] == []

    await shop.pass_time(minutes=2)
    await grove.benefit()
    await grove.bought()

    assert grove.roles() == {"VIP"}


async def _buy_until_it_is_refused(shop: Shop) -> str:
    for number in range(100):  # the room that the pages still have is used up first
        friend = shop.member(f"friend {number}")
        answer = text_of((await shop.buy("grove-guard", gift_to=friend)).response)
        if "Your payment link is ready" not in answer:
            return answer
    raise AssertionError("there is room for a hundred purchases")
