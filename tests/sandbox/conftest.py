from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.demo.serve import Demo, listen, running_demo
from tests.harness.clock import Clock
from tests.sandbox.calling import START, Caller
from tests.sandbox.visiting import Visitor


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox.running(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(sandbox: Sandbox, http: aiohttp.ClientSession) -> Caller:
    return Caller(sandbox, http)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with running_demo(listen(0), tmp_path) as demo:
        yield demo


@pytest.fixture
def visitor(demo: Demo, http: aiohttp.ClientSession) -> Visitor:
    return Visitor(demo, http)
