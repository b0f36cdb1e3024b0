"""pytest-xdist's workers are forked from one process that has collected the tests: importing them takes most
of what a worker does before its first test.

Run as `python -m tests.harness.workers NAME ARGUMENTS`, this is that process. xdist starts
`tests/harness/stand_in.py` for each worker, which has the real one forked at the socket of that name, and
lasts as long as it does.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.forking import begin_to_fork

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HERE = Path(__file__).parent
_HELD: pytest.StashKey[socket.socket] = pytest.StashKey()


def fork_workers(config: pytest.Config, workers: Iterable[Any]) -> None:
    """Have xdist's workers forked, given as it is to start them; where there is no Linux, nothing changes."""
    if sys.platform != "linux":
        return
    name = f"bamboo-workers-{secrets.token_hex()}"
    arguments = json.dumps([str(each) for each in config.invocation_params.args])
    subprocess.run(
        [sys.executable, "-m", __name__, name, arguments],
        check=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd=_HERE.parents[1],
    )
    # It serves until nobody is connected to it: workers that crash are forked anew, also the only one.
    held = config.stash[_HELD] = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    held.connect(f"\0{name}")
    for worker in workers:
        worker.python = shlex.join([sys.executable, "-S", "-E", str(_HERE / "stand_in.py"), name])


def let_go(config: pytest.Config) -> None:
    if held := config.stash.get(_HELD, None):
        held.close()


def _collect(arguments: Sequence[str]) -> None:
    """Import all that the run needs, as its workers would; they collect once more, which is little then."""
    output = os.dup(sys.stdout.fileno())
    with open(os.devnull, "wb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    # What can't be collected, the workers tell.
    pytest.main([*arguments, "--numprocesses=0", "--collect-only", "-qq"])
    sys.stdout.flush()
    os.dup2(output, sys.stdout.fileno())
    os.close(output)


if __name__ == "__main__":
    begin_to_fork(sys.argv[1], lambda: _collect(json.loads(sys.argv[2])))
