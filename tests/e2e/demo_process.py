"""`bamboo demo` as a process of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO

from tests.harness import processes
from tests.harness.patience import PATIENCE, allowed
from tests.harness.processes import PROJECT

# What would open a browser on the machine that runs the tests.
OPENS_A_BROWSER = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")


@dataclass
class DemoProcess:
    process: processes.Process
    out: asyncio.StreamReader
    err: asyncio.StreamReader
    address: str = ""

    async def end(self, how: signal.Signals) -> int:
        """Its exit code; TimeoutError if it takes more than two seconds, which is what people wait for."""
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), timeout=allowed(2))

    async def ended(self) -> tuple[int, str, str]:
        """Its exit code when it has ended, and what it said and complained of."""
        async with asyncio.timeout(PATIENCE):
            out, err, code = await asyncio.gather(self.out.read(), self.err.read(), self.process.wait())
        return code, out.decode(), err.decode()


@asynccontextmanager
async def started(*options: str, imports: bool = False, **environment: str) -> AsyncIterator[DemoProcess]:
    """`bamboo demo OPTIONS`, with a machine around it that has no browser of its own.

    Whatever happens, it doesn't outlive the test. With `imports` it imports all it needs, as at a visitor's.
    """
    (out, to_out), (err, to_err) = os.pipe(), os.pipe()
    with os.fdopen(out, "rb") as out_file, os.fdopen(err, "rb") as err_file:
        with os.fdopen(to_out, "wb") as output, os.fdopen(to_err, "wb") as errors:
            process = await processes.start(
                ["-m", "bot", "demo", *options],
                folder=PROJECT,
                environment=_environment(environment),
                output=output,
                errors=errors,
                imports=imports,
            )
        async with _read(out_file) as read_out, _read(err_file) as read_err:
            try:
                yield DemoProcess(process, read_out, read_err)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


@asynccontextmanager
async def served_demo(*options: str, imports: bool = False, **environment: str) -> AsyncIterator[DemoProcess]:
    """A demo that has said where it is."""
    async with started("--port", "0", *options, imports=imports, **environment) as demo:
        line = (await asyncio.wait_for(demo.out.readline(), timeout=PATIENCE)).decode()
        assert line.startswith("Bamboo demo: "), line
        demo.address = line.split()[-1]
        yield demo


@asynccontextmanager
async def _read(pipe: IO[bytes]) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        yield reader
    finally:
        transport.close()
        await asyncio.sleep(0)  # it is closed in the loop's next turn


def _environment(changes: Mapping[str, str]) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in OPENS_A_BROWSER}
    path = os.pathsep.join(filter(None, [changes.get("PYTHONPATH"), str(PROJECT)]))
    return {**inherited, **changes, "PYTHONPATH": path}
