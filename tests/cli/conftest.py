"""An owner, with a fake Discord and a simulated store beside them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.catalog import generate_products
from sandbox.models import utc_now
from sandbox.server import Sandbox
from tests.cli.owner import Owner
from tests.harness.database import put_database
from tests.wire.discord_server import FakeDiscord


@pytest.fixture
async def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the first start makes it."""
    path = tmp_path_factory.mktemp("new") / "bamboo.db"
    await put_database(path)
    return path


@pytest.fixture
async def owner(tmp_path: Path, new_database: Path) -> AsyncIterator[Owner]:
    products = generate_products(7, utc_now())
    async with FakeDiscord() as discord, Sandbox.running(products=products) as sandbox:
        yield Owner(tmp_path, discord, discord.guild("Grove"), sandbox, new_database)
        assert discord.violations == []
