"""What a process is like once its bot serves."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord.http import Route

from bot.app import serve
from bot.discord.login import DiscordUnusable
from sandbox.server import Sandbox
from tests.harness.shop import settings_for


@pytest.fixture
def _collector() -> Iterator[None]:
    base, thresholds = Route.BASE, gc.get_threshold()
    gc.disable()  # as the command does before it builds anything
    yield
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*thresholds)
    Route.BASE = base


@pytest.mark.usefixtures("_collector")
async def test_garbage_is_collected_once_all_is_built(tmp_path: Path) -> None:
    nobody = {"token": "simulated.bot.token", "api_base_url": "http://127.0.0.1:9/api/v10"}
    async with Sandbox.running() as sandbox:
        with pytest.raises(DiscordUnusable):
            await serve(settings_for(sandbox, tmp_path / "bamboo.db", discord=nobody))
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
