from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.catalog.catalog import Catalog
from bot.pandabase.provider import PandabaseShop
from tests.bot.pandabase.scripted_store import STORE_ID, ScriptedStore, scripted_store


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store() -> AsyncIterator[ScriptedStore]:
    async with scripted_store() as store:
        yield store


@pytest.fixture
async def catalog(store: ScriptedStore, clock: Clock) -> AsyncIterator[Catalog]:
    async with PandabaseShop.open(STORE_ID, store.base_url, clock=clock) as shop:
        yield Catalog(shop, clock)
