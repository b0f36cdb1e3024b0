"""How work that is under way comes to its end when the process is asked to end."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

GRACE: Final = 5.0
"""Seconds in which it may end by itself; Docker kills a container ten seconds after asking it to stop."""


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Wait for the tasks, cancel those that aren't done after GRACE, and wait for these too.

    A cancelled transaction may keep the database locked for those that are still to come to their end.
    """
    if not tasks:
        return
    try:
        await asyncio.wait(tasks, timeout=GRACE)
    finally:  # whoever asks a second time is in a hurry, and cancels this
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
