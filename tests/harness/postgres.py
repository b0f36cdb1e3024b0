"""A PostgreSQL server for tests: its own data, its own port, its own user; ended with whoever started it."""

import asyncio
import atexit
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.harness.patience import PATIENCE

_DEBIAN: Final = Path("/usr/lib/postgresql")
_USER: Final = "bamboo"
_OLDEST: Final = 15
"""It sorts by ICU's locales."""
_HASTE: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "client_connection_check_interval": "100ms",
}
"""Nothing here has to outlive the machine, and what a killed process had under way is over at once."""
# It ends when the pipe from whoever started it does, also if that is killed.
_WITH_ITS_STARTER: Final = '"$@" & read -r _; kill -QUIT $!; wait; rm -rf "$FOLDER"'


@cache
def _binaries() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).parent
    newest = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return newest[-1].parent if newest else None


@cache
def missing() -> str | None:
    """Why there can be no server here; None if there can be."""
    found = _binaries()
    if found is None:
        return "PostgreSQL's server isn't installed (Debian: postgresql)"
    said = subprocess.run([found / "initdb", "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"\) (\d+)", said)
    if version is None or int(version[1]) < _OLDEST:
        return f"{said.strip()} is too old: these tests need {_OLDEST} or newer"
    return None


class PostgresServer:
    """Started with the first database; its databases are copies of one that the migrations built.

    Each is nine megabytes: with its files on a busy disk making one takes longer than a test.
    """

    def __init__(self, folder: Path | None = None) -> None:
        found = _binaries()
        assert found is not None
        self._password = secrets.token_hex()
        self._folder = Path(tempfile.mkdtemp(prefix="bamboo-postgres-", dir=folder))
        self._data = self._folder / "data"
        self._account = self._unprivileged()
        self._initialise(found)
        self._port = _free_port()
        self._process = self._started(found)
        self.outside = Outside()
        atexit.register(self.stop)
        self._await_it()

    def _unprivileged(self) -> dict[str, Any]:
        """PostgreSQL doesn't run as root."""
        if os.geteuid() != 0:
            return {}
        names = {each.pw_name for each in pwd.getpwall()}
        name = "postgres" if "postgres" in names else "nobody"
        shutil.chown(self._folder, name)
        return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}

    def _initialise(self, found: Path) -> None:
        password_file = self._folder / "password"
        password_file.write_text(self._password, encoding="ascii")
        if self._account:
            shutil.chown(password_file, self._account["user"])
        # A locale that sorts as people do, as most servers have: what rests on the order of bytes fails.
        subprocess.run(
            [
                found / "initdb", "--pgdata", self._data, "--username", _USER, "--pwfile", password_file,
                "--auth=md5", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu",
                "--icu-locale=en-US", "--no-sync", "--no-instructions",
            ],
            check=True, capture_output=True, cwd="/", **self._account,
        )  # fmt: skip

    def _started(self, found: Path) -> subprocess.Popen[bytes]:
        options = [part for name, value in _HASTE.items() for part in ("-c", f"{name}={value}")]
        server = [str(found / "postgres"), "-D", str(self._data), "-p", str(self._port), *options]
        with (self._folder / "server.log").open("wb") as log:
            return subprocess.Popen(
                ["sh", "-c", _WITH_ITS_STARTER, "sh", *server],
                stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", start_new_session=True,
                env={**os.environ, "FOLDER": str(self._folder)}, **self._account,
            )  # fmt: skip

    def _await_it(self) -> None:
        try:
            self.outside.run(self._until_it_answers())
        except TimeoutError:
            raise AssertionError((self._folder / "server.log").read_text(encoding="utf-8")) from None

    async def _until_it_answers(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(OSError, asyncpg.CannotConnectNowError):
                    await (await asyncpg.connect(self.url("postgres"))).close()
                    return
                await asyncio.sleep(0.05)

    def url(self, database: str) -> str:
        # Without this each new connection reads all certificates of the machine, to ask whether there is TLS.
        return f"postgresql://{_USER}:{self._password}@127.0.0.1:{self._port}/{database}?sslmode=disable"

    def command(self, statement: str) -> None:
        """Something about whole databases."""
        self.outside.rows(self.url("postgres"), statement)

    def stop(self) -> None:
        atexit.unregister(self.stop)
        self.outside.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)  # it may be gone already


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


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
