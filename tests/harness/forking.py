"""The process from which `python -m …` is forked in tests: here all that it imports is there already.

Importing takes most of the time of most processes that tests start. Run as `python -m tests.harness.forking
NAME`, it listens at the socket of that name, unless another one does, and serves until nobody is connected to
it any more. What to start comes through a connection, with its descriptors. `tests.harness.processes` asks.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.harness.shared_process import listen

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_REQUEST: Final = 1 << 17
"""Bytes; the environment is most of them."""
DESCRIPTORS: Final = 4
"""Of a request: its input, output, errors, and where its id and its end are written."""
NOT_IMPORTED: Final = (".__main__", ".migrations.env")
"""Modules that others run."""
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True)
class _Running:
    process_id: int
    watched: int
    said: int
    asked_by: socket.socket


def serve(listener: socket.socket) -> None:
    """Fork for each request until nobody can ask any more. In a fork this doesn't come to its end."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if isinstance(key.data, _Running):
                selector.unregister(key.fileobj)
                _say_end(key.data)
            elif key.fileobj is listener:
                asker, _ = listener.accept()
                selector.register(asker, selectors.EVENT_READ, asker)
            elif not _serve_once(selector, key.data):
                return
        if len(selector.get_map()) == 1 and not selector.select(0):
            return


def _serve_once(selector: selectors.BaseSelector, asker: socket.socket) -> bool:
    """Whether this is still the process that forks."""
    asked, given, _, _ = socket.recv_fds(asker, LONGEST_REQUEST, DESCRIPTORS)
    if not asked:
        selector.unregister(asker)
        asker.close()
        for key in selector.get_map().values():
            if isinstance(key.data, _Running) and key.data.asked_by is asker:
                os.kill(key.data.process_id, signal.SIGKILL)
        return True
    process_id = os.fork()
    if process_id == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for key in selector.get_map().values():
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        selector.close()
        _become(json.loads(asked), given)
        return False
    _say(given[3], process_id)
    for descriptor in given[:3]:
        os.close(descriptor)
    running = _Running(process_id, os.pidfd_open(process_id), given[3], asker)
    selector.register(running.watched, selectors.EVENT_READ, running)
    return True


def _say_end(ended: _Running) -> None:
    _, status = os.waitpid(ended.process_id, 0)
    _say(ended.said, os.waitstatus_to_exitcode(status))
    os.close(ended.said)
    os.close(ended.watched)


def _say(descriptor: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever asked may be gone; others are served on
        os.write(descriptor, f"{number}\n".encode())


def _become(asked: dict[str, Any], given: list[int]) -> None:
    """Be what `python -m MODULE …` is, and end as it does."""
    os.setsid()
    for number, descriptor in enumerate(given[:3]):
        os.dup2(descriptor, number)
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    at_once = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False, buffering=1 if at_once else -1)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    module, *arguments = asked["arguments"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _import_all_of(*packages: str) -> None:
    for name in packages:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith(NOT_IMPORTED):
                importlib.import_module(found.name)


def make_what_is_made_once() -> None:
    """Each process would make it when it first needs it."""
    importlib.import_module("uvloop")
    importlib.import_module("bot.texts").Languages()
    models = importlib.import_module("pydantic").BaseModel.__subclasses__()
    for model in models:
        models.extend(model.__subclasses__())
        if model.__module__.startswith("bot."):
            model.model_rebuild()


def begin_to_fork(name: str, prepare: Callable[[], None]) -> None:
    """Fork at the name, once that is prepared."""
    listen(name, lambda listener: _serve_prepared(listener, prepare))


def _serve_prepared(listener: socket.socket, prepare: Callable[[], None]) -> None:
    gc.disable()
    prepare()
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.enable()
    serve(listener)


def _prepare() -> None:
    _import_all_of("bot", "cogs", "sandbox")
    make_what_is_made_once()


if __name__ == "__main__":
    begin_to_fork(sys.argv[1], _prepare)
