"""Starting `python -m …` without waiting for its imports: it is forked from a process that has them."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import sys
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from tests.harness.patience import PATIENCE
from tests.harness.shared_process import connected_to, name_in_this_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT: Final = Path(__file__).parents[2]
_FORKED: Final = {("-m", "bot"), ("-m", "tests.wire.small_bot"), ("-m", "tests.wire.beside_another")}
# Linux ends a process together with the test run, even if that is killed itself. 1 is PR_SET_PDEATHSIG.
_DIES_WITH_PARENT: Final = (
    "import ctypes, os, signal, sys;"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL);"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Forked:
    """A process that was forked; its end is told through a pipe."""

    def __init__(self, told: int) -> None:
        self._told = told
        self._lines = b""
        self._process_id: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(told, self._read)

    async def started(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(self._process_id)

    @property
    def pid(self) -> int:
        return self._process_id.result()

    @property
    def returncode(self) -> int | None:
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def send_signal(self, signal: int) -> None:
        if not self._end.done():
            os.kill(self.pid, signal)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self) -> None:
        read = os.read(self._told, 100)
        self._lines += read
        said = [int(line) for line in self._lines.splitlines(keepends=True) if line.endswith(b"\n")]
        for number, future in zip(said, (self._process_id, self._end), strict=False):
            if not future.done():
                future.set_result(number)
        if not read or self._end.done():
            self._loop.remove_reader(self._told)
            os.close(self._told)
        if not read and not self._end.done():
            self._end.set_result(-signal.SIGKILL)  # the process that forks is gone, and it with it


Process = asyncio.subprocess.Process | Forked


async def start(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    output: IO[bytes],
    errors: IO[bytes],
    imports: bool = False,
) -> Process:
    """`python ARGUMENTS` in a session of its own, with nothing to read.

    A bot of ours is forked from a process that has imported everything, unless it is to do its own `imports`.
    """
    if sys.platform == "linux" and tuple(arguments[:2]) in _FORKED and not imports:
        return await _forked(arguments[1:], folder, environment, output.fileno(), errors.fileno())
    wrapper = ["-S", "-c", _DIES_WITH_PARENT] if sys.platform == "linux" else []
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *wrapper,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )


async def _forked(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: int, errors: int
) -> Forked:
    told, tells = os.pipe()
    os.set_blocking(told, False)
    process = Forked(told)
    request = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        socket.send_fds(_forking(), [json.dumps(request).encode()], [nothing, output, errors, tells])
    finally:
        os.close(nothing)
        os.close(tells)
    await process.started()
    return process


@cache
def _forking() -> socket.socket:
    """A connection to the process that forks, which all workers of a run share and which ends with them."""
    connection = connected_to(name_in_this_run("tests"), "tests.harness.forking")
    atexit.register(connection.close)
    return connection
