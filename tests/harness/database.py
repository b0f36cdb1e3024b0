"""Databases as the migrations build them: made once in a process, and copied from then on.

Tests name them by a file. On a server each such name stands for a database of its own.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, chdir, closing, contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import Any, Final

from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database
from tests.harness.patience import PATIENCE
from tests.harness.postgres import PostgresServer
from tests.harness.warm import in_memory

_BUILT: Final[list[bytes]] = []
_OPEN: Final[dict[Path, sqlite3.Connection]] = {}
_LOOKING: Final[list[ExitStack]] = []
_REVISION: Final = "alembic_version"
_TEMPLATE: Final = "template_of_all"
_PLACE: Final = re.compile(r"\?|'[^']*'")


class _Server:
    """The databases there, by the files that tests name them by."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.names: dict[Path, str] = {}
        self._numbers = count(1)
        self._has_template = False

    async def put(self, file: Path) -> None:
        if not self._has_template:
            await self._make_template()
        self._create(file, _TEMPLATE)

    async def _make_template(self) -> None:
        """One for all who use the server; whoever comes second waits for it."""
        unfinished = f"{_TEMPLATE}_unfinished"
        with self.server.outside.one(self.server.url("postgres")) as rows:
            rows("SELECT pg_advisory_lock(1)")
            if not rows(f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
                self.server.command(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
                self.server.command(f"CREATE DATABASE {unfinished}")
                async with open_database(DatabaseAddress(self.server.url(unfinished))):
                    pass
                self.server.command(f"ALTER DATABASE {unfinished} RENAME TO {_TEMPLATE}")
        self._has_template = True

    def _create(self, file: Path, template: str) -> None:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._copy(name, template)
        self.names[file] = name

    def _copy(self, name: str, template: str) -> None:
        # Its files as they are: the usual way, through the log, takes twice as long.
        self.server.command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")

    def replace(self, file: Path, template: str = "template1") -> None:
        """Under the same name: its address may be in settings already."""
        if file not in self.names:
            self._create(file, template)
            return
        name = self.names[file]
        self.server.outside.forget(self.server.url(name))
        self.server.command(f"DROP DATABASE {name} WITH (FORCE)")
        self._copy(name, template)

    def url(self, file: Path) -> str:
        if file not in self.names:
            self._create(file, "template1")
        return self.server.url(self.names[file])

    def drop(self, folder: Path) -> None:
        for file in [file for file in self.names if file.is_relative_to(folder)]:
            name = self.names.pop(file)
            self.server.outside.forget(self.server.url(name))
            self.server.command(f"DROP DATABASE {name} WITH (FORCE)")


_SERVER: Final[list[_Server]] = []
_USED: Final[list[_Server]] = []


@contextmanager
def databases_on_a_server(folder: Path | None = None) -> Iterator[None]:
    """Meanwhile the tests' databases are on a PostgreSQL server, which is started if none is yet.

    It keeps them in memory, where there is room, unless they are to lie in a folder, on a server of its own.
    """
    if not _SERVER:
        _SERVER.append(_Server(PostgresServer(in_memory(), folder)))
    _USED.append(_SERVER[0])
    try:
        yield
    finally:
        _USED.pop()
        if not _USED:
            _SERVER[0].drop(Path("/"))


def drop_databases(folder: Path) -> None:
    """Those of the folder that are on the server; files are pytest's."""
    for server in _USED:
        server.drop(folder)


def end_server() -> None:
    while _SERVER:
        _SERVER.pop().server.stop()


def on_a_server() -> bool:
    return bool(_USED)


def server() -> PostgresServer:
    """The one that the tests' databases are on."""
    return _USED[0].server


def url_of(file: Path) -> str:
    """The database's address as an owner would write it."""
    return _USED[0].url(file) if _USED else f"sqlite:///{file}"


def address_of(file: Path) -> DatabaseAddress:
    return DatabaseAddress(url_of(file))


def beside(file: Path) -> AbstractContextManager[None]:
    """What a process keeps beside its database lies in the file's folder meanwhile, with a server too."""
    return chdir(file.parent) if _USED else nullcontext()


async def put_database(file: Path) -> None:
    """Have a new database there, unless there is one; building it takes longer than most tests do."""
    if _USED:
        if file not in _USED[0].names:
            await _USED[0].put(file)
        return
    await put_file(file)


async def put_file(file: Path) -> None:
    """The same in a file, also where tests' databases are on a server."""
    if not _copied(file):
        async with open_database(DatabaseAddress.of_file(file)):
            pass
        _keep(file)


def empty_database(file: Path) -> None:
    """Nothing is in it any more, as `put_database` made it; the bot may run on it, but must be at rest."""
    tables = [table for table in tables_of(file) if table != _REVISION]
    if _USED:
        run(file, f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        return
    looks = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)
    with _connected(file) as connection, connection:
        for (table,) in connection.execute(looks).fetchall():
            connection.execute(f"DELETE FROM {table}")


def is_there(file: Path) -> bool:
    """Whether the bot or a test has made it."""
    if _USED:
        [row] = run(file, "SELECT to_regclass('alembic_version') IS NOT NULL AS is_made")
        return bool(row["is_made"])
    return file.exists()


def copy_database(file: Path, to: Path) -> None:
    """`file` is as `put_database` made it, and stays so."""
    if _USED:
        _USED[0].replace(to, _USED[0].names[file])
    else:
        shutil.copyfile(file, to)


def lose_database(file: Path) -> None:
    """What was there is gone; where it was, there is room for a new one."""
    if _USED:
        _USED[0].replace(file)
        return
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


def _copied(file: Path) -> bool:
    if _BUILT and not file.exists():
        file.write_bytes(_BUILT[0])
    return file.exists()


def _keep(file: Path) -> None:
    _BUILT.append(file.read_bytes())


def run(file: Path, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Read or write the database from outside the bot; `?` stands for each of the values."""
    if _USED:
        return _USED[0].server.outside.rows(url_of(file), _with(statement, values))
    with _connected(file) as connection, connection:
        return [dict(row) for row in connection.execute(statement, values)]


@contextmanager
def kept_open(file: Path) -> Iterator[None]:
    """Meanwhile the file is looked into by one connection: to open one takes longer than most looks do.

    Only for a file that nobody replaces meanwhile, and that a bot in this process has open or nobody opens.
    """
    if _USED:
        yield
        return
    with closing(_opened(file)) as connection:
        _OPEN[file] = connection
        try:
            yield
        finally:
            del _OPEN[file]


@contextmanager
def looking() -> Iterator[None]:
    """Meanwhile every file that is looked into stays open: for looks at the same again and again."""
    with ExitStack() as opened:
        _LOOKING.append(opened)
        try:
            yield
        finally:
            _LOOKING.remove(opened)


def _connected(file: Path) -> AbstractContextManager[sqlite3.Connection]:
    if _LOOKING and file not in _OPEN:
        _LOOKING[0].enter_context(kept_open(file))
    return nullcontext(_OPEN[file]) if file in _OPEN else closing(_opened(file))


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    return connection


def run_many(file: Path, statement: str, many: Iterable[tuple[Any, ...]]) -> None:
    """The same once for each, in one transaction."""
    if _USED:
        run(file, f"DO $many$ BEGIN {'; '.join(_with(statement, values) for values in many)}; END $many$")
        return
    with _connected(file) as connection, connection:
        connection.executemany(statement, many)


def content(file: Path) -> bytes:
    """All that is in the database and in the files beside it."""
    kept = [path.read_bytes() for path in file.parent.glob(f"{file.stem}.*") if path.is_file()]
    if _USED:
        kept += [str(run(file, f"SELECT * FROM {table}")).encode() for table in tables_of(file)]
    return b"".join(kept)


def tables_of(file: Path) -> list[str]:
    """All there are, by name."""
    on_server = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    in_file = "SELECT name FROM sqlite_master WHERE type = 'table'"
    return [row["name"] for row in run(file, on_server if _USED else in_file)]


def outside(file: Path) -> AbstractContextManager[Callable[..., list[dict[str, Any]]]]:
    """A connection of another program to the database, which is on a server."""
    return _USED[0].server.outside.one(url_of(file))


@contextmanager
def transaction(file: Path) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Another program's, on a connection of its own; an error undoes it. `?` stands for each value."""
    if _USED:
        with outside(file) as rows:
            rows("BEGIN")
            yield lambda statement, *values: rows(_with(statement, values))
            rows("COMMIT")
        return
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as connection, connection:
        connection.row_factory = sqlite3.Row
        yield lambda statement, *values: [dict(row) for row in connection.execute(statement, values)]


def _with(statement: str, values: tuple[Any, ...]) -> str:
    """The server takes a value that is quoted for whatever its column is, as SQLite does with any."""
    left = iter(values)
    return _PLACE.sub(lambda found: _literal(next(left)) if found[0] == "?" else found[0], statement)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):  # or a bool: `True`
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"
