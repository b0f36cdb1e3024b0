"""`bamboo demo` as a process of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.patience import PATIENCE, allowed

# What would open a browser on the machine that runs the tests.
OPENS_A_BROWSER = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
PROJECT = Path(__file__).parents[2]


@dataclass
class DemoProcess:
    process: asyncio.subprocess.Process
    address: str

    async def end(self, how: signal.Signals) -> int:
        """Its exit code; TimeoutError if it takes more than two seconds, which is what people wait for."""
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), timeout=allowed(2))


async def start(*options: str, **environment: str) -> asyncio.subprocess.Process:
    """`bamboo demo OPTIONS`, with a machine around it that has no browser of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=_environment(environment),
    )  # fmt: skip


@asynccontextmanager
async def served_demo(*options: str, **environment: str) -> AsyncIterator[DemoProcess]:
    """A demo that has said where it is; whatever happens, it doesn't outlive the test."""
    process = await start("--port", "0", *options, **environment)
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), timeout=PATIENCE)).decode()
        assert line.startswith("Bamboo demo: "), line
        yield DemoProcess(process, line.split()[-1])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _environment(changes: Mapping[str, str]) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in OPENS_A_BROWSER}
    path = os.pathsep.join(filter(None, [changes.get("PYTHONPATH"), str(PROJECT)]))
    return {**inherited, **changes, "PYTHONPATH": path}
