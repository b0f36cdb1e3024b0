"""The interactions whose people wait for an answer: a process that is asked to end answers them first."""

import asyncio
from typing import Any

from bot.ending import end


class Underway:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def add_current(self) -> None:
        """The current task answers an interaction, until it is done."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Let them come to their end. Cancelled ones are gone on with by their rows, if they have any."""
        await end(self._tasks.copy())
