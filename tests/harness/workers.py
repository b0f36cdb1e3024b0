"""pytest-xdist's workers are forked from one process that has collected the tests.

Importing them, and what is made once, takes most of what a worker does before its first test.

Run as `python -m tests.harness.workers NAME ARGUMENTS`, this is that process. xdist starts
`tests/harness/stand_in.py` for each worker, which has the real one forked at the socket of that name, and
lasts as long as it does.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.forking import begin_to_fork, make_what_is_made_once
from tests.harness.shared_process import connected_to, name_of_its_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HERE = Path(__file__).parent
_HELD: pytest.StashKey[socket.socket] = pytest.StashKey()


def fork_workers(config: pytest.Config, workers: Iterable[Any]) -> None:
    """Have xdist's workers forked, given as it is to start them; where there is no Linux, nothing changes."""
    if sys.platform != "linux":
        return
    name = name_of_its_own("workers")
    arguments = json.dumps([str(each) for each in config.invocation_params.args])
    # It serves until nobody is connected to it: workers that crash are forked anew, also the only one.
    config.stash[_HELD] = connected_to(name, __name__, arguments)
    for worker in workers:
        worker.python = shlex.join([sys.executable, "-S", "-E", str(_HERE / "stand_in.py"), name])


def let_go(config: pytest.Config) -> None:
    if held := config.stash.get(_HELD, None):
        held.close()


def _prepare(arguments: Sequence[str]) -> None:
    """Import all that the run needs, as its workers would; they collect once more, which is little then."""
    # Nobody reads what is said here: what can't be collected, the workers tell.
    pytest.main([*arguments, "--numprocesses=0", "--collect-only", "-qq"])
    from tests.harness import database  # once pytest has seen to its plugins

    make_what_is_made_once()
    with TemporaryDirectory() as folder:
        asyncio.run(database.put_file(Path(folder) / "bamboo.db"))


if __name__ == "__main__":
    begin_to_fork(sys.argv[1], lambda: _prepare(json.loads(sys.argv[2])))
