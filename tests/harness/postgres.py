"""The PostgreSQL server for tests, which all workers of a run share, and connections to it."""

import asyncio
import atexit
import json
import re
import subprocess
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.harness import postgres_process
from tests.harness.patience import PATIENCE
from tests.harness.postgres_process import USER, binaries
from tests.harness.shared_process import connected_to, name_in_this_run, name_of_its_own

_OLDEST: Final = 15
"""It sorts by ICU's locales."""


@cache
def missing() -> str | None:
    """Why there can be no server here; None if there can be."""
    found = binaries()
    if found is None:
        return "PostgreSQL's server isn't installed (Debian: postgresql)"
    said = subprocess.run([found / "initdb", "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"\) (\d+)", said)
    if version is None or int(version[1]) < _OLDEST:
        return f"{said.strip()} is too old: these tests need {_OLDEST} or newer"
    return None


class PostgresServer:
    """Started by whoever comes first: it has its own data, its own port and its own user.

    With a folder it is nobody else's, and its files are there.
    """

    def __init__(self, parent: Path | None, folder: Path | None = None) -> None:
        name = name_of_its_own("postgres") if folder else name_in_this_run("postgres")
        given = folder or parent
        self._held = connected_to(name, postgres_process.__name__, *([str(given)] if given else []))
        with self._held.makefile(encoding="ascii") as lines:
            told = lines.readline()
        assert told, "the server can't be made: why is above"
        self._told: dict[str, Any] = json.loads(told)
        self.outside = Outside()
        atexit.register(self.stop)
        self._await_it()

    def _await_it(self) -> None:
        try:
            self.outside.run(self._until_it_answers())
        except TimeoutError:
            raise AssertionError(Path(self._told["log"]).read_text(encoding="utf-8")) from None

    async def _until_it_answers(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(OSError, asyncpg.CannotConnectNowError):
                    await self.outside.connection(self.url("postgres"))
                    return
                await asyncio.sleep(0.05)

    def url(self, database: str) -> str:
        # Without this each new connection reads all certificates of the machine, to ask whether there is TLS.
        return f"postgresql://{USER}:{self._told['password']}@127.0.0.1:{self._told['port']}/{database}?sslmode=disable"

    def command(self, statement: str) -> None:
        """Something about whole databases."""
        self.outside.rows(self.url("postgres"), statement)

    def stop(self) -> None:
        atexit.unregister(self.stop)
        self.outside.close()
        self._held.close()


class Outside:
    """Connections that have nothing to do with the bot's: they live in a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._kept: dict[str, asyncpg.Connection[asyncpg.Record]] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def rows(self, url: str, statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.run(self._rows(url, statement))]

    async def connection(self, url: str) -> "asyncpg.Connection[asyncpg.Record]":
        if url not in self._kept:
            # Tests change the schema now and then, which prepared statements don't survive.
            self._kept[url] = await asyncpg.connect(url, statement_cache_size=0)
        return self._kept[url]

    async def _rows(self, url: str, statement: str) -> list[asyncpg.Record]:
        return await (await self.connection(url)).fetch(statement)

    @contextmanager
    def one(self, url: str) -> Iterator[Callable[..., list[dict[str, Any]]]]:
        """A connection by itself, and with it what belongs to it, until the end."""
        connection = self.run(asyncpg.connect(url))

        def rows(statement: str, *values: Any) -> list[dict[str, Any]]:
            return [dict(row) for row in self.run(connection.fetch(statement, *values))]

        try:
            yield rows
        finally:
            self.run(connection.close())

    def forget(self, url: str) -> None:
        if (kept := self._kept.pop(url, None)) is not None:
            self.run(kept.close())

    def close(self) -> None:
        for url in list(self._kept):
            self.forget(url)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
