"""A worker with one timer: it sleeps until something is due, and can be woken before."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from contextvars import Context, copy_context
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import DatabaseAway
from bot.storage.queues import Queue

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""Says what time it is, in aware UTC."""

_LONGEST_NAP: Final = timedelta(hours=1)
"""The event loop's clock stops while a machine is suspended, so a long sleep is taken in pieces."""
_AFTER_A_FAILURE: Final = timedelta(seconds=30)
_UNTIL_THE_DATABASE_IS_BACK: Final = timedelta(seconds=10)


class Worker:
    """Runs `work` whenever it is due; `work` returns when it next has something to do, or None.

    It is woken by marks of the `queue` that it serves, and by nothing else.

    `work` does a little at a time, and says that it is due again at once if there is more: a process that
    is asked to end waits for it.
    Only timers are used, no events or queues, so that a simulated clock can drive it. `needs_servers` says
    that it is to be started once Discord has told which servers, channels and roles there are.
    """

    def __init__(
        self,
        work: Callable[[], Awaitable[datetime | None]],
        *,
        name: str,
        clock: Clock,
        queue: Queue | None = None,
        needs_servers: bool = False,
    ) -> None:
        self.queue = queue
        self.needs_servers = needs_servers
        self._work = work
        self._name = name
        self._clock = clock
        self._due: datetime | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._again = False
        self._running = False
        self._context: Context | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has been started and not been stopped."""
        return self._running

    @property
    def is_idle(self) -> bool:
        """Whether it does nothing, and nothing is due for it now."""
        is_due = self._running and self._due is not None and self._due <= self._clock()
        return not self._tasks and not is_due

    def start(self) -> None:
        """Begin, or do what is due at once where it has begun."""
        # Whoever wakes it later, it works in the context in which it was started.
        self._context = copy_context()
        self._running = True
        self.wake()

    async def stop(self) -> None:
        """End the timer and, patiently, what runs; what is interrupted is found again by its rows."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
        await end_tasks(self._tasks.copy())

    def beside(self, piece: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do a piece of work that `work` need not wait for; `stop` waits for it too."""
        task = asyncio.get_running_loop().create_task(piece, name=self._name, context=self._context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def wake(self) -> None:
        """Have `work` run now; calls that come while it runs make it run once more."""
        if not self._running:
            return
        if self._task is not None:
            self._again = True
            return
        self._task = self.beside(self._run())

    def at(self, when: datetime) -> None:
        """Have `work` run no later than `when` (aware UTC)."""
        if self._due is None or when < self._due:
            self._due = when
            self._arm()

    async def _run(self) -> None:
        try:
            self._again = True
            while self._again and self._running:
                self._again = False
                # From here on `_due` is what others ask for: the work may have looked before that was there.
                self._due = None
                due = await self._work()
                self._due = _earlier(due, self._due)
        except DatabaseAway:  # the log has it
            self._due = _earlier(self._clock() + _UNTIL_THE_DATABASE_IS_BACK, self._due)
        except Exception:
            log.exception("%s failed; it is tried again in %s", self._name, _AFTER_A_FAILURE)
            self._due = _earlier(self._clock() + _AFTER_A_FAILURE, self._due)
        finally:
            self._task = None
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._due is None or not self._running or self._task is not None:
            return
        wait = min(max(self._due - self._clock(), timedelta(0)), _LONGEST_NAP)
        self._timer = asyncio.get_running_loop().call_later(
            wait.total_seconds(), self._ring, context=self._context
        )

    def _ring(self) -> None:
        self._timer = None
        if self._due is not None and self._due > self._clock():
            self._arm()
        else:
            self.wake()


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


# --- who is woken by what -------------------------------------------------------------------------------


class Workers:
    """`mark` is what commits call. What isn't a row, such as a server that came back, is marked by hand."""

    def __init__(self) -> None:
        self._serving: dict[Queue, list[Worker]] = {}

    def serve(self, workers: Iterable[Worker]) -> None:
        """Have these workers woken from now on."""
        for worker in workers:
            if worker.queue is not None:
                self._serving.setdefault(worker.queue, []).append(worker)

    def mark(self, queue: Queue, due: datetime | None = None) -> None:
        """Have the queue looked at: now, or no later than `due` (UTC)."""
        for worker in self._serving.get(queue, ()):
            if due is None:
                worker.wake()
            else:
                worker.at(due)


# --- how work that is under way comes to its end when the process is asked to end ---------------------


GRACE: Final = 5.0
"""Seconds in which it may end by itself; Docker kills a container ten seconds after asking it to stop."""


async def end_tasks(tasks: Collection[asyncio.Task[Any]]) -> None:
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
