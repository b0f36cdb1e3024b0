"""A real event loop whose time passes only when nothing is left to do, and then at once."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)


class _ImpatientSelector(selectors.DefaultSelector):
    """Instead of waiting for the loop's next timer, it is that late already."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if timeout is None and not ready:
            raise AssertionError("the loop would wait for ever")
        if timeout is not None and not ready:
            self.passed += timeout
        return ready


class SimulatedTime:
    """The loop's time in seconds, and a wall clock beside it that can be put forward."""

    def __init__(self) -> None:
        self._selector = _ImpatientSelector()
        self._ahead = timedelta(0)

    def loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop(self._selector)
        loop.time = lambda: self._selector.passed  # type: ignore[method-assign]
        return loop

    def run(self, test: Callable[[], Awaitable[Any]]) -> None:
        async def awaited() -> None:
            await test()

        with asyncio.Runner(loop_factory=self.loop) as runner:
            runner.run(awaited())

    def clock(self) -> datetime:
        """What time it is, in aware UTC."""
        return START + timedelta(seconds=self._selector.passed) + self._ahead

    def suspend(self, span: timedelta) -> None:
        """The machine sleeps so long: the wall clock goes on, the loop's doesn't."""
        self._ahead += span
