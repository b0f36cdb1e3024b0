"""How SimCord finds out that the bot is done: the same answers for less of the processor's time.

It keeps every callback of the bot until the loop has called it, and at each look asks of every task and
timer whether it waits on purpose. What it kept of a callback held itself: most of what the garbage collector
had to look through was that.
"""

import asyncio
import time
from collections.abc import Callable
from contextvars import Context
from typing import Any, Final
from weakref import ref

from discord.ext import tasks
from discord.ui.view import BaseView
from simcord import _dpy_internals, _runtime, _settlement, env

_scope_of_the_bot: Final = _runtime._BOT_SCOPE.get
_real_time: Final = time.monotonic
_label: Final = _dpy_internals.task_label
_is_expiry: Final = _dpy_internals._view_timeout_task_identity
_repeats: Final = _dpy_internals._tasks_loop_self
_EXPIRY: Final = BaseView._BaseView__timeout_task_impl.__code__  # type: ignore[attr-defined]
_REPEATING: Final = tasks.Loop._loop.__code__
_ON_PURPOSE: Final = {
    _EXPIRY,
    _REPEATING,
    BaseView.wait.__code__,
    asyncio.wait_for.__code__,
    asyncio.wait.__code__,
    asyncio.tasks._wait.__code__,  # type: ignore[attr-defined]
    asyncio.TaskGroup.__aexit__.__code__,
}
"""What a task is in where SimCord may find that it waits for people, for Discord, or for other tasks."""
_MANY: Final = 1000
"""Callbacks that are kept at most before those that are over are thrown away, where nobody looks."""


def settle_quickly() -> None:
    """What SimCord does at every callback, task, timer and look, it does as is written here."""
    _runtime._track_callback = _track
    _runtime._WorkState.track_task = _track_task  # type: ignore[method-assign]
    _dpy_internals._clock_monotonic = _monotonic
    _dpy_internals.task_label = _label_of  # type: ignore[assignment]
    _dpy_internals._view_timeout_task_identity = _is_expiry_of_a_view
    _dpy_internals._tasks_loop_self = _loop_of
    env.Env._settle_internal = _settle  # type: ignore[assignment,method-assign]


# --- what is kept of the bot's work -------------------------------------------------------------------


class _Callback:
    """What the loop calls in place of a callback of the bot, and what SimCord keeps of it until then."""

    __slots__ = (
        "__simcord_original_callback__",
        "handle",
        "is_called",
        "real_handle",
        "record_error",
        "when",
    )

    def __init__(self, callback: Any, when: float | None, record_error: Any) -> None:
        self.__simcord_original_callback__ = callback
        self.when = when
        self.record_error = record_error
        self.handle: asyncio.Handle | None = None
        self.real_handle: asyncio.TimerHandle | None = None
        self.is_called = False

    @property
    def label(self) -> str:
        callback = self.__simcord_original_callback__
        kind = type(callback).__name__
        return str(getattr(callback, "__qualname__", None) or getattr(callback, "__name__", kind))

    def __call__(self, *given: Any) -> None:
        self.is_called = True
        if self.real_handle is not None:
            self.real_handle.cancel()
        self.handle = None  # it is over, and what holds itself would be garbage to look for
        try:
            self.__simcord_original_callback__(*given)
        except BaseException as error:
            self.record_error(error)
            raise


def _track(
    work: Any,
    original: Callable[..., asyncio.Handle],
    callback: Any,
    args: tuple[Any, ...],
    *,
    identity: tuple[Any, int],
    loop: asyncio.AbstractEventLoop,
    context_for_scope: Callable[..., Context],
    record_error: Callable[[BaseException], None],
    schedule_timer: Callable[..., None],
    context: Context | None,
    when: float | None,
    schedule_args: tuple[Any, ...] = (),
) -> asyncio.Handle:
    """SimCord's `_track_callback`."""
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        known = work.tasks.get(owner)
        if known is not None:
            is_the_bots = known.generation == identity[1]
        else:
            is_the_bots = context is not None and context.get(_runtime._BOT_SCOPE) == identity
    else:
        scope = _scope_of_the_bot()
        if context is not None:
            there = context.get(_runtime._BOT_SCOPE)
            if scope is None:
                scope = there
            elif scope != there:
                context = context_for_scope(context, scope)
        is_the_bots = scope == identity
    if not is_the_bots:
        return original(*schedule_args, callback, *args, context=context)
    kept = _Callback(callback, when, record_error)
    if when is None:
        handle = original(*schedule_args, kept, *args, context=context)
    else:
        handle = asyncio.TimerHandle(when, kept, args, loop, context=context)
        schedule_timer(kept, callback, args, context)
    if not kept.is_called:
        kept.handle = handle
        work.callbacks.append(kept)
        if len(work.callbacks) > _MANY:
            work.callbacks[:] = [each for each in work.callbacks if each.handle is not None]
    return handle


def _track_task(
    work: Any,
    task: asyncio.Task[Any],
    generation: int,
    label: str,
    loop: asyncio.AbstractEventLoop,
    record_error: Callable[[BaseException], None],
) -> None:
    """SimCord's; an error is told of a turn later, in which somebody may still see to it."""
    owner = _runtime._current_task()
    work.tasks[task] = _runtime._TaskRecord(generation, label, ref(owner) if owner is not None else None)

    def done(completed: asyncio.Task[Any]) -> None:
        if completed.cancelled() or completed._exception is None:
            work.tasks.pop(completed, None)
        else:
            loop.call_soon(work.inspect_task, completed, work.tasks.get(completed), loop, record_error)

    task.add_done_callback(done)


def _label_of(coroutine: Any) -> str:
    name = getattr(coroutine, "__qualname__", "?")
    return str(_label(coroutine) if name.endswith("Client._run_event") else name)


def _monotonic() -> float:
    """The loop asks what time it is at every turn."""
    scope = _scope_of_the_bot()
    if scope is None:
        return _real_time()
    known, generation = scope
    if known._started and known._runtime is not None and generation == known._generation:
        return float(known.backend.clock.elapsed)
    return _real_time()


# --- looks at it ----------------------------------------------------------------------------------------


async def _settle(
    known: Any,
    *,
    timeout: float | None = None,  # noqa: ASYNC109 -- SimCord's name
    idle: float = 0.05,
    dispatch: str | None = None,
    _deadline: float | None = None,
) -> None:
    """SimCord's `_settle_internal`: wait until the bot is done but for what waits on purpose."""
    allowed = known.settle_timeout if timeout is None else timeout
    loop, work = known._loop, known._work
    known._last_dispatch = dispatch
    deadline = loop.time() + allowed if _deadline is None else _deadline
    while True:
        now = known.backend.clock.elapsed
        if any(record.when is not None and record.when <= now for record in work.callbacks):
            _settlement._run_due_virtual_callbacks(known._settlement_state(), deadline)
        await asyncio.sleep(0)
        advancing = known._real_advance_task or known._advance_task
        if advancing is not None and advancing is not asyncio.current_task():
            await _advanced(known, advancing, max(0.0, deadline - loop.time()))
            continue
        if _is_at_rest(known, deadline):
            # What a task that has just ended set going is there a turn later.
            await asyncio.sleep(0)
            if _is_at_rest(known, deadline):
                return
            continue
        if loop.time() >= deadline:
            raise _not_settled(known, deadline, allowed)
        pause = min(idle, deadline - loop.time())
        if busy := [*(task for task in work.tasks if not task.done()), *work.executors]:
            await asyncio.wait(busy, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(pause)
        if loop.time() >= deadline and not _is_at_rest(known, deadline):
            raise _not_settled(known, deadline, allowed)


async def _advanced(known: Any, advancing: asyncio.Task[Any], within: float) -> None:
    """Somebody else moves the clock."""
    done, _ = await asyncio.wait((advancing,), timeout=within)
    if not done:
        raise TimeoutError("bot did not settle while advancing time")
    if known._real_advance_task is advancing:
        known._real_advance_task = None
    advancing.result()


def _not_settled(known: Any, deadline: float, allowed: float) -> TimeoutError:
    state = known._settlement_state()
    pending = [task for task in known._work.tasks if not task.done()]
    busy = [task for task in pending if _settlement._park_reason(state, task, deadline) is None]
    callbacks = [
        record
        for record in _live_callbacks(known._work)
        if _settlement._callback_fire_time(state, record) <= deadline
    ]
    return TimeoutError(_settlement._settle_timeout_message(state, busy, pending, allowed, callbacks))


def _is_at_rest(known: Any, deadline: float) -> bool:
    """Whether no thread works for the bot, and all its tasks and timers wait on purpose, or until later."""
    work = known._work
    if work.executors:
        return False
    pending = [task for task in work.tasks if not task.done()]
    if any(task._fut_waiter is None or task._fut_waiter.done() for task in pending):
        return False
    timers = _live_callbacks(work)
    if any(record.when is None for record in timers):
        return False
    state = known._settlement_state()
    soon: list[Any] = []
    later: set[int] = set()
    for record in timers:
        if _settlement._callback_fire_time(state, record) <= deadline:
            soon.append(record)
        elif _ends_a_sleep(record.handle):
            later.add(id(record.handle._args[0]))
    return all(id(task._fut_waiter) in later or _waits(state, task, deadline) for task in pending) and all(
        _only_wakes_who_waits(state, record) for record in soon
    )


def _live_callbacks(work: Any) -> list[Any]:
    """Those that are neither over nor cancelled; the others are kept no longer."""
    live = []
    for record in work.callbacks:
        if record.handle is None:
            continue
        if not record.handle.cancelled():
            live.append(record)
        elif record.real_handle is not None:
            record.real_handle.cancel()  # it would stay in the loop until then, and do nothing
    work.callbacks = live
    return live


def _ends_a_sleep(handle: Any) -> bool:
    if not handle._args:
        return False
    callback = _dpy_internals._original_callback(handle._callback)
    return getattr(callback, "__name__", "") == "_set_result_unless_cancelled"


def _waits(state: Any, task: Any, deadline: float) -> bool:
    """SimCord's `_is_parked` of a task that doesn't sleep in simulated time."""
    if task in state.work.external_waits or _may_wait_on_purpose(task):
        return _settlement._park_reason(state, task, deadline) is not None
    waiter = task._fut_waiter
    return any(
        handle._args and handle._args[0] is waiter and handle.when() > deadline and _ends_a_sleep(handle)
        for handle in state.loop._scheduled
    )


def _may_wait_on_purpose(task: Any) -> bool:
    """Whether it is where SimCord looks for people, for Discord, or for other tasks."""
    waiter = task._fut_waiter
    if isinstance(waiter, asyncio.Task) or type(waiter).__name__ == "_GatheringFuture":
        return True
    coroutine = task.get_coro()
    while coroutine is not None:
        if getattr(coroutine, "cr_code", None) in _ON_PURPOSE:
            return True
        coroutine = getattr(coroutine, "cr_await", None)
    return any("shield" in getattr(entry[0], "__qualname__", "") for entry in waiter._callbacks or ())


def _only_wakes_who_waits(state: Any, record: Any) -> bool:
    """Whether the timer, which would ring soon, ends a wait for people: then only simulated time does."""
    if not _settlement._wakes_recognized_wait(state, record) or record.when <= state.virtual_time:
        return False
    if record.real_handle is not None:
        record.real_handle.cancel()
    return True


def _is_expiry_of_a_view(client: Any, task: Any) -> bool:
    """Only a task that runs discord.py's own coroutine is one: no view need be asked of any other."""
    return _code_of(task) is _EXPIRY and bool(_is_expiry(client, task))


def _loop_of(task: Any) -> Any:
    """The loop of `discord.ext.tasks` that the task runs, if it runs one."""
    return _repeats(task) if _code_of(task) is _REPEATING else None


def _code_of(task: Any) -> Any:
    """None for an awaitable that is a coroutine by its interface alone."""
    return getattr(task.get_coro(), "cr_code", None)
