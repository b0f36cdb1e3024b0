"""Waiting for something to become true, woken by whatever happens in the fake."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class NotHappenedError(AssertionError):
    """The bot did not do in time what the test waited for."""


class Changes:
    """Tells everyone who waits that they should look again."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def until(
        self, done: Callable[[], object], *, within: float, what: str | Callable[[], str]
    ) -> None:
        """Wait until `done()` is true, at most `within` seconds.

        Raises:
            NotHappenedError: it is still false then; `what` says what was waited for.
        """
        try:
            async with asyncio.timeout(within):
                while not done():
                    await self._next.wait()
        except TimeoutError:
            sentence = what if isinstance(what, str) else what()
            raise NotHappenedError(f"not within {within} s: {sentence}") from None
