"""A browser, where the machine has one."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.demo_process import DemoProcess, served_demo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# No sandbox: tests may run as root. The rest keeps it from the network and from its own chores.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[object]:
    """One for a module's tests; what a page leaves behind goes with its own context."""
    playwright = pytest.importorskip("playwright.async_api", reason="Playwright isn't installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def demo() -> AsyncIterator[DemoProcess]:
    async with served_demo("--no-browser") as demo:
        yield demo
