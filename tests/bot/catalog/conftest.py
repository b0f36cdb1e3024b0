from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.catalog.catalog import Catalog
from bot.pandabase.provider import PandabaseShop
from tests.harness.clock import Clock
from tests.harness.scripted_store import STORE_ID, ScriptedStore, scripted_store


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 6, 1, 12, tzinfo=UTC))


@pytest.fixture
async def store() -> AsyncIterator[ScriptedStore]:
    async with scripted_store() as store:
        yield store


@pytest.fixture
async def catalog(store: ScriptedStore, clock: Clock) -> AsyncIterator[Catalog]:
    async with PandabaseShop.open(STORE_ID, store.base_url, clock=clock) as shop:
        yield Catalog(shop, clock)
