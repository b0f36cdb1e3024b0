"""The process that keeps a PostgreSQL server while anybody is connected, and tells each where it is.

Run as `python -m tests.harness.postgres_process NAME FOLDER`, in a new folder of which the server's data are.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.harness.shared_process import listen

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEBIAN: Final = Path("/usr/lib/postgresql")
USER: Final = "bamboo"
_HASTE: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "autovacuum": "off",
    "max_connections": "600",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "client_connection_check_interval": "100ms",
}
"""Nothing here has to outlive the machine, and what a killed process had under way is over at once."""
# It ends when the pipe from whoever started it does, also if that is killed.
_WITH_ITS_STARTER: Final = '"$@" & read -r _; kill -QUIT $!; wait; rm -rf "$FOLDER"'


def binaries() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).parent
    newest = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return newest[-1].parent if newest else None


def serve(listener: socket.socket, parent: Path | None) -> None:
    with _server(parent) as told:
        selector = selectors.DefaultSelector()
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    client, _ = listener.accept()
                    client.sendall(json.dumps(told).encode() + b"\n")
                    selector.register(client, selectors.EVENT_READ, client)
                else:  # nobody sends anything: it is gone
                    selector.unregister(key.fileobj)
                    key.data.close()
            if len(selector.get_map()) == 1 and not selector.select(0):
                return


@contextmanager
def _server(parent: Path | None) -> Iterator[dict[str, Any]]:
    """A server that is starting, and what has to be known of it."""
    found = binaries()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="bamboo-postgres-", dir=parent))
    account = _unprivileged(folder)
    password = secrets.token_hex()
    _initialise(found, folder, account, password)
    port = _free_port()
    options = [part for name, value in _HASTE.items() for part in ("-c", f"{name}={value}")]
    server = [str(found / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options]
    log_file = folder / "server.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", _WITH_ITS_STARTER, "sh", *server],
            stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", start_new_session=True,
            env={**os.environ, "FOLDER": str(folder)}, **account,
        )  # fmt: skip
    yield {"port": port, "password": password, "log": str(log_file)}
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)  # it may be gone already


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL doesn't run as root."""
    if os.geteuid() != 0:
        return {}
    names = {each.pw_name for each in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, name)
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def _initialise(found: Path, folder: Path, account: dict[str, Any], password: str) -> None:
    password_file = folder / "password"
    password_file.write_text(password, encoding="ascii")
    if account:
        shutil.chown(password_file, account["user"])
    # A locale that sorts as people do, as most servers have: what rests on the order of bytes fails.
    subprocess.run(
        [
            found / "initdb", "--pgdata", folder / "data", "--username", USER, "--pwfile", password_file,
            "--auth=md5", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu",
            "--icu-locale=en-US", "--no-sync", "--no-instructions",
        ],
        check=True, stdout=subprocess.DEVNULL, cwd="/", **account,
    )  # fmt: skip


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    listen(name, lambda listener: serve(listener, Path(given[0]) if given else None))
