"""Small writes that come at the same time share a transaction; one that fails undoes only itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from bot.errors import DatabaseAway
from bot.storage.transaction import Transaction, UnitOfWork

Written = TypeVar("Written")
Write = Callable[[Transaction], Awaitable[Written]]
"""It writes rows and does nothing else: where another one of its transaction fails, it is called again."""

_AT_ONCE: Final = 10
"""Whoever buys waits for no more."""


class SharedWrites:
    """What gathers while a transaction is on its way to the disk goes into the next one."""

    def __init__(self, database: UnitOfWork) -> None:
        self._database = database
        self._waiting: list[tuple[Write[Any], asyncio.Future[Any]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, write: Write[Written]) -> Written:
        """Return once it is committed. Raises what it raises, and DatabaseAway.

        Whoever is cancelled meanwhile doesn't know whether it was written.
        """
        loop = asyncio.get_running_loop()
        written: asyncio.Future[Written] = loop.create_future()
        self._waiting.append((write, written))
        if self._writer is None:
            self._writer = loop.create_task(self._write_waiting(), name="shared writes")
        return await written

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                if not await self._write_together(batch):
                    for one in batch:
                        await self._write_together([one])
        finally:
            self._writer = None

    async def _write_together(self, batch: list[tuple[Write[Any], asyncio.Future[Any]]]) -> bool:
        """Whether all know how theirs ended; if not, each is to be written alone."""
        try:
            async with self._database.write() as tx:
                results = [await write(tx) for write, _ in batch]
        except Exception as error:  # noqa: BLE001  # whoever wrote is told
            if len(batch) > 1 and not isinstance(error, DatabaseAway):
                return False
            for _, written in batch:
                if not written.done():
                    written.set_exception(error)
            return True
        for (_, written), result in zip(batch, results, strict=True):
            if not written.done():
                written.set_result(result)
        return True
