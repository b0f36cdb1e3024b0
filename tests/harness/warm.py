"""What makes a process of many tests faster, and no test can tell of."""

import gc
import json
import os
import shutil
import time
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import pytest
from _pytest.assertion import rewrite
from asyncpg import pool
from discord import app_commands
from simcord import _dpy_internals, _runtime, _settlement, components, env, gateway, results
from simcord.http import router

_TESTS: Final = Path(__file__).parents[1]
_MEMORY: Final = Path("/dev/shm")  # where Linux has files that are on no disk
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_ROOM: Final = 2 << 30
"""Bytes: several times what tests that run at a time keep."""


def collect_little_garbage_at_first() -> None:
    """While modules are imported: they stay."""
    gc.set_threshold(200_000, 20, 50)


def collect_less_garbage() -> None:
    """Modules stay, so nobody need look through them; what tests leave behind is looked for less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def compile_a_share(config: pytest.Config) -> None:
    """All workers begin at once: where nothing is compiled yet, each would compile every file of tests."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        _compile(_test_files()[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]], config)


def compile_what_comes_last(config: pytest.Config) -> None:
    """While the process from which workers are forked imports from the first file on."""
    _compile(_test_files()[::-1], config)


def _test_files() -> list[Path]:
    return sorted(_TESTS.rglob("test_*.py"))


def _compile(files: Iterable[Path], config: pytest.Config) -> None:
    state = config.stash.get(rewrite.assertstate_key, None)
    if state is None:
        return
    for file in files:
        compiled = rewrite.get_cache_dir(file) / f"{file.stem}{rewrite.PYC_TAIL}"
        if not compiled.exists():
            compiled.parent.mkdir(exist_ok=True)
            source_hash, code = rewrite._rewrite_test(file, config)
            rewrite._write_pyc(state, code, source_hash, compiled)


def keep_files_in_memory() -> None:
    """What tests write waits for no disk; what they find there is the same."""
    if folder := in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


def in_memory() -> Path | None:
    """A folder that is on no disk, where there is one with room for what tests write."""
    if not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free > _ROOM else None


def look_at_timers_quickly() -> None:
    """At each look SimCord asks of every timer of the loop, in the slowest order, whether a task sleeps."""
    _dpy_internals.is_sleep_waiter = _sleeps_beyond


def _sleeps_beyond(waiter: Any, loop: Any, deadline: float) -> bool:
    """Whether it is what `asyncio.sleep` waits for, until after the deadline (the loop's time)."""
    if waiter is None or waiter.done():
        return False
    found = [handle for handle in loop._scheduled if handle._args and handle._args[0] is waiter]
    return any(
        not handle.cancelled() and handle.when() > deadline and _is_a_sleep(handle._callback)
        for handle in found
    )


def _is_a_sleep(callback: Any) -> bool:
    callback = _dpy_internals._original_callback(callback)
    return getattr(callback, "__name__", "") == "_set_result_unless_cancelled"


def look_at_tasks_quickly() -> None:
    """At each look SimCord asks of all tasks whether they wait on purpose; one that doesn't is enough."""
    _runtime._CallbackRecord.__eq__ = object.__eq__  # it is looked for in a list, and no other is the same
    names = [(field.name, Any) for field in fields(_settlement._SettlementState)]
    env._SettlementState = NamedTuple("_SettlementState", names)  # made anew for each question
    one_works = False

    def begin_to_look(*given: Any) -> None:
        nonlocal one_works
        one_works = False
        _settlement._virtualize_recognized_waits(*given)

    def waits(*given: Any) -> bool:
        nonlocal one_works
        one_works = one_works or not _settlement._is_parked(*given)
        return not one_works

    env._virtualize_recognized_waits = begin_to_look
    env._is_parked = waits


def look_at_waits_quickly() -> None:
    """For each task SimCord gathers anew what waits for Discord's events and for people's answers."""

    def strip(state: Any, pending: list[Any]) -> None:
        listened = set(_dpy_internals.listener_futures(state.bot))
        answered = _dpy_internals._stored_wait_futures(state.bot)
        for task in pending:
            waiter = getattr(task, "_fut_waiter", None)
            if _is_meant(state, task, waiter, listened, answered):
                for record in _settlement._timer_records_waking(state, task, waiter):
                    if record.real_handle is not None and not record.real_handle.cancelled():
                        record.real_handle.cancel()

    _settlement._virtualize_recognized_waits = strip


def _is_meant(state: Any, task: Any, waiter: Any, listened: set[Any], answered: set[Any]) -> bool:
    """What SimCord's `_recognized_wait` says."""
    return bool(
        task in state.work.external_waits
        or (waiter is not None and not waiter.done() and (waiter in listened or waiter in answered))
        or (listened and _dpy_internals.is_wait_for_listener(state.bot, task))
        or _dpy_internals.view_expiry_task(state.bot, task, waiter)
        or _dpy_internals.tasks_loop_sleep(task, waiter)
    )


def look_at_clocks_quickly() -> None:
    """The loop asks SimCord what time it is at every turn."""
    scope_of_the_bot, real = _runtime._BOT_SCOPE.get, time.monotonic

    def monotonic() -> float:
        scope = scope_of_the_bot()
        if scope is None:
            return real()
        env, generation = scope
        if env._started and env._runtime is not None and generation == env._generation:
            return float(env.backend.clock.elapsed)
        return real()

    _dpy_internals._clock_monotonic = monotonic


def copy_payloads_quickly() -> None:
    """SimCord copies whatever it is sent, and sends, in the way that is for objects of every kind."""
    for module in (router, gateway):
        module.copy = SimpleNamespace(deepcopy=_copied)  # type: ignore[attr-defined]
    for module in (components, results):
        module.deepcopy = _copied  # type: ignore[attr-defined]


def _copied(payload: Any) -> Any:
    kind = type(payload)
    if kind is dict:
        return {key: each if type(each) in _PLAIN else _copied(each) for key, each in payload.items()}
    if kind is list:
        return [each if type(each) in _PLAIN else _copied(each) for each in payload]
    return payload if kind in _PLAIN else deepcopy(payload)


def keep_idle_connections() -> None:
    """A server's are closed after five minutes: where time is simulated each does that again and again."""
    pool.PoolConnectionHolder._setup_inactive_callback = lambda _: None  # type: ignore[method-assign]


def translate_commands_once() -> None:
    """discord.py translates every word of every command into each of Discord's languages at every start."""
    for kind in (app_commands.Command, app_commands.Group, app_commands.ContextMenu):
        kind.get_translated_payload = _once(kind.get_translated_payload)  # type: ignore[method-assign]


def _once(translated: Any) -> Any:
    known: dict[Any, dict[str, Any]] = {}

    async def payload(command: Any, tree: Any, translator: Any) -> dict[str, Any]:
        languages = getattr(tree.client, "languages", None)
        if languages is None:
            return dict(await translated(command, tree, translator))
        spoken = tuple(
            (language.locale, language.catalog) for language in languages.all if language.is_translated
        )
        key = (json.dumps(command.to_dict(tree), sort_keys=True), spoken)
        if key not in known:
            known[key] = await translated(command, tree, translator)
        return known[key]

    return payload
