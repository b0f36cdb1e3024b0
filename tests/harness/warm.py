"""What makes a process of many tests faster, and no test can tell of."""

import gc
import json
import os
import shutil
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from _pytest.assertion import rewrite
from asyncpg import pool
from discord import app_commands
from simcord import components, gateway, results
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
