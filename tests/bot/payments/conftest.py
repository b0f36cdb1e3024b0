from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.payments.books import Books, open_books
from tests.paying import WEB, Till
from tests.shop import running_shop


@pytest.fixture
async def till(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Till]:
    """A shop that receives webhooks; `@pytest.mark.settings(…)` changes its settings."""
    marker = request.node.get_closest_marker("settings")
    sections = {"web": WEB, **(marker.kwargs if marker else {})}
    async with running_shop(tmp_path, **sections) as shop:
        yield Till(shop)


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(tmp_path) as opened:
        yield opened
