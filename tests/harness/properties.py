"""Property tests in a running loop."""

import asyncio
from typing import Any


async def run_in_loop(property_test: Any) -> None:
    """Hypothesis is synchronous: it gets a loop's thread of its own to wait in."""
    loop = asyncio.get_running_loop()
    inner = property_test.hypothesis.inner_test

    def in_loop(*values: Any, **named: Any) -> None:
        asyncio.run_coroutine_threadsafe(inner(*values, **named), loop).result(30)

    property_test.hypothesis.inner_test = in_loop
    await asyncio.to_thread(property_test)
