"""The bot's process, so to say: it can be ended, and another one started on the same database file."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

from bot.app import App, build
from bot.config import Settings
from bot.jobs.worker import Clock


class BotProcess:
    def __init__(self, settings: Settings, clock: Clock, app: App, opened: AsyncExitStack) -> None:
        self._settings = settings
        self._clock = clock
        self._opened = opened
        self.app = app

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: Settings, clock: Clock) -> AsyncIterator[Self]:
        """The first one is built here; whichever is the last is closed when the block is left."""
        opened = AsyncExitStack()
        process = cls(settings, clock, await opened.enter_async_context(build(settings, clock)), opened)
        try:
            yield process
        finally:
            await process._opened.aclose()

    async def end(self) -> None:
        """Have the bot come to its end as Ctrl-C does: what it is at work on is finished."""
        await self.app.bot.close()

    async def start_again(self) -> App:
        """End everything in order, and build it anew. The new bot isn't connected yet."""
        await self.end()
        await self._opened.aclose()
        self._opened = AsyncExitStack()
        self.app = await self._opened.enter_async_context(build(self._settings, self._clock))
        return self.app
