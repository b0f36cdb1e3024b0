"""One process that carries out jobs, on a file that others may open too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness.clock import Clock
from tests.harness.queues import Process, open_process


@pytest.fixture
async def process(file: Path, clock: Clock) -> AsyncIterator[Process]:
    async with open_process(file, clock) as opened:
        yield opened
