"""A store and one process before it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.checkout import service
from sandbox.server import Sandbox
from tests.harness.clock import Clock
from tests.harness.counter import Counter, open_counter
from tests.harness.database import run
from tests.harness.patience import PATIENCE

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox.running(clock=clock) as running:
        yield running


@pytest.fixture
async def counter(file: Path, sandbox: Sandbox, clock: Clock) -> AsyncIterator[Counter]:
    async with open_counter(file, sandbox, clock) as opened:
        yield opened


@pytest.fixture
def rows(file: Path) -> Rows:
    """What the file holds, read from outside."""

    def read(query: str, *values: Any) -> list[dict[str, Any]]:
        return run(file, query, *values)

    return read


@pytest.fixture
async def other(file: Path, sandbox: Sandbox, clock: Clock, counter: Counter) -> AsyncIterator[Counter]:
    """Another process on the same file."""
    async with open_counter(file, sandbox, clock) as opened:
        yield opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for somebody else's link looks often and gives up soon."""
    monkeypatch.setattr(service, "WAITS", (0.01,) * 10)


@pytest.fixture
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for somebody else's link looks often, for as long as it takes."""
    monkeypatch.setattr(service, "WAITS", (0.01,) * round(PATIENCE / 0.01))
