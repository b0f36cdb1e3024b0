"""A process that all workers of a run of tests share: who needs it first starts it.

It ends with the last who is connected to it, also where they are killed.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PROJECT = Path(__file__).parents[2]


def name_in_this_run(what: str) -> str:
    """The same in each worker of the run; in a process by itself, one that nobody else has."""
    return name_of_its_own(what, os.environ.get("PYTEST_XDIST_TESTRUNUID"))


def name_of_its_own(what: str, run: str | None = None) -> str:
    return f"bamboo-{what}-{(run or secrets.token_hex())[:32]}"


def connected_to(name: str, module: str, *arguments: str) -> socket.socket:
    """A connection to the process `python -m MODULE NAME ARGUMENTS`, which is started if there is none."""
    connection = _socket()
    while connection.connect_ex(_address(name)):
        subprocess.run(
            [sys.executable, "-m", module, name, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            cwd=_PROJECT,
            env={key: value for key, value in os.environ.items() if not key.startswith("BAMBOO_")},
        )
    return connection


def listen(name: str, serve: Callable[[socket.socket], None]) -> None:
    """Serve at the name, in a process of its own, unless there is one: whoever started this needn't wait."""
    listener = _socket()
    try:
        listener.bind(_address(name))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return
    listener.listen()
    if os.fork() == 0:
        serve(listener)


def _socket() -> socket.socket:
    is_linux = sys.platform == "linux"
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET if is_linux else socket.SOCK_STREAM)


def _address(name: str) -> str:
    """On Linux it is on no disk, and gone with the process."""
    return f"\0{name}" if sys.platform == "linux" else f"{tempfile.gettempdir()}/{name}"
