"""What makes a process of many tests faster, and no test can tell of."""

import gc
import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.assertion import rewrite
from asyncpg import pool
from discord import app_commands

_TESTS: Final = Path(__file__).parents[1]
_MEMORY: Final = Path("/dev/shm")  # where Linux has files that are on no disk
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
    state = config.stash.get(rewrite.assertstate_key, None)
    if worker is None or state is None:
        return
    files = sorted(_TESTS.rglob("test_*.py"))
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
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
