"""The bot as a process of its own: started, waited for, killed, started again."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import aiohttp

from tests.harness import processes
from tests.harness.patience import PATIENCE
from tests.harness.processes import PROJECT
from tests.wire.changes import NotHappenedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from tests.wire.discord_server import FakeDiscord

_TICKS: Final = os.sysconf("SC_CLK_TCK")
"""Of a second, in which Linux counts what a thread uses."""


class BotProcess:
    """One bot, started as often as a test likes; as a context manager it never leaves a process behind."""

    def __init__(
        self,
        discord: FakeDiscord,
        arguments: Sequence[str],
        *,
        log_path: Path,
        environment: Mapping[str, str] | None = None,
        ready_url: str | None = None,
        folder: Path = PROJECT,
    ) -> None:
        """Prepare `python ARGUMENTS`, for example `["-m", "bot", "run", "--config", path]`.

        With `ready_url` (the bot's /readyz) it counts as ready when that answers 200; without, when it
        has identified at the gateway and has commands.
        """
        self.discord = discord
        self.arguments = [str(one) for one in arguments]
        self.log_path = log_path
        self.ready_url = ready_url
        self._folder = folder
        self.imports = False
        """Whether it imports what it needs, as at an owner's, rather than be forked with all of it."""
        self._environment = {
            key: value for key, value in os.environ.items() if not key.startswith("BAMBOO_")
        } | dict(environment or {})
        self._process: processes.Process | None = None
        self._identified_before = 0

    @classmethod
    def bamboo(
        cls,
        discord: FakeDiscord,
        config_path: Path,
        *,
        log_path: Path,
        environment: Mapping[str, str] | None = None,
        ready_url: str | None = None,
    ) -> Self:
        """Prepare `bamboo run --config CONFIG_PATH`."""
        arguments = ["-m", "bot", "run", "--config", str(config_path)]
        return cls(
            discord,
            arguments,
            log_path=log_path,
            environment=environment,
            ready_url=ready_url,
            folder=config_path.parent,  # where it keeps what would lie beside a database file
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def exit_code(self) -> int | None:
        """The last run's exit code, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.returncode

    @property
    def log(self) -> str:
        """All output of all runs so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    @property
    def errors(self) -> list[str]:
        """The log's lines of errors, but for the one that is so where nothing tells of payments."""
        lines = [line for line in self.log.splitlines() if "ERROR" in line]
        return [line for line in lines if "NOTHING TELLS THIS BOT OF PAYMENTS" not in line]

    def used_by_threads(self) -> dict[str, float]:
        """Seconds of the processor that each thread but the first has had; none where Linux tells nothing."""
        used = {}
        for thread in Path(f"/proc/{self.pid}/task").glob("*"):
            with suppress(OSError):  # it may have ended
                values = (thread / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                used[thread.name] = sum(int(ticks) for ticks in values[11:13]) / _TICKS
        used.pop(str(self.pid), None)
        return used

    async def start(self, *, within: float = PATIENCE) -> None:
        """Start it and wait until it is ready, `within` in seconds.

        Raises:
            NotHappenedError: it isn't ready by then, or has ended; with the end of its log.
        """
        await self.launch()
        await self.ready(within=within)

    async def launch(self) -> None:
        """Start it without waiting."""
        assert not self.running, "it runs already"
        self._identified_before = self.discord.gateway.identified
        with self.log_path.open("ab") as log:
            self._process = await processes.start(
                self.arguments,
                folder=self._folder,
                environment=self._environment,
                output=log,
                errors=log,
                imports=self.imports,
            )

    async def ready(self, *, within: float = PATIENCE) -> None:
        """Wait until it is ready, `within` in seconds.

        Raises:
            NotHappenedError: it isn't ready by then, or has ended; with the end of its log.
        """
        try:
            async with asyncio.timeout(within):
                while not await self._is_ready():
                    if not self.running:
                        raise NotHappenedError(f"the bot ended with {self.exit_code}:\n{self.log[-4000:]}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise NotHappenedError(f"the bot wasn't ready within {within} s:\n{self.log[-4000:]}") from None

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone; nothing happens if it doesn't run."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
            await self._noticed()

    async def terminate(self, *, within: float = PATIENCE) -> int:
        """SIGTERM; return the exit code.

        Raises:
            NotHappenedError: it still runs after `within` seconds.
        """
        return await self._signal(signal.SIGTERM, within)

    async def interrupt(self, *, within: float = PATIENCE) -> int:
        """SIGINT, as Ctrl-C sends it; return the exit code."""
        return await self._signal(signal.SIGINT, within)

    async def ended(self, *, within: float = PATIENCE) -> int:
        """Wait for it to end by itself; return the exit code."""
        assert self._process is not None
        try:
            async with asyncio.timeout(within):
                return await self._process.wait()
        except TimeoutError:
            raise NotHappenedError(f"the bot still runs after {within} s:\n{self.log[-4000:]}") from None

    async def _signal(self, number: signal.Signals, within: float) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return await self.ended(within=within)

    async def _noticed(self) -> None:
        # The ends of a killed process's connections are there at once; the event loop reads them soon.
        for _ in range(5):
            await asyncio.sleep(0)

    async def _is_ready(self) -> bool:
        if self.ready_url is None:
            gateway = self.discord.gateway
            identified = gateway.identified - self._identified_before >= self.discord.shard_count
            return identified and any(self.discord.world.commands.values())
        try:
            async with aiohttp.ClientSession() as session, session.get(self.ready_url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False
