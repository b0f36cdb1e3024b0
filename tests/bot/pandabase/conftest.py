from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.pandabase.client import PandabaseClient
from tests.harness.scripted_store import STORE_ID, ScriptedStore, scripted_store


@pytest.fixture
async def store() -> AsyncIterator[ScriptedStore]:
    async with scripted_store() as store:
        yield store


@pytest.fixture
async def client(store: ScriptedStore) -> AsyncIterator[PandabaseClient]:
    async with PandabaseClient.open(STORE_ID, store.base_url, clock=lambda: datetime.now(UTC)) as client:
        yield client
