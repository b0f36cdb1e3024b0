"""Where a database is: an SQLite file, or a database on a PostgreSQL server."""

import re
from typing import Final, Self
from urllib.parse import parse_qsl, quote, unquote

_ADDRESS: Final = re.compile(
    r"""
    (?P<scheme>[\w+]+)://
    (?:(?P<user>[^:/@]*)(?::(?P<password>[^@]*))?@)?
    (?P<host>\[[^/\]]+\]|[^/:?]*)
    (?::(?P<port>\d+))?
    (?:/(?P<database>[^?]*))?
    (?:\?(?P<query>.*))?
    """,
    re.VERBOSE,
)
_SCHEMES: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class DatabaseAddress:
    """An address as owners write it: `sqlite:///bamboo.db`, `postgresql://user:password@host/database`.

    Its text and repr hide the password. Raises ValueError for what is no such address.
    """

    __slots__ = ("database", "host", "password", "port", "query", "scheme", "user")

    def __init__(self, text: str) -> None:
        found = _ADDRESS.fullmatch(text.strip())
        if found is None or found["scheme"] not in _SCHEMES:
            raise ValueError("not the address of a database")
        self.scheme: Final = _SCHEMES[found["scheme"]]
        self.user: Final = None if found["user"] is None else unquote(found["user"])
        self.password: Final = None if found["password"] is None else unquote(found["password"])
        self.host: Final = found["host"].strip("[]")
        self.port: Final = None if found["port"] is None else int(found["port"])
        self.database: Final = found["database"] or ""
        self.query: Final = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
        if self.is_file == bool(self.host) or not (self.is_file or self.database):
            raise ValueError("a server's address names the server and the database")

    @classmethod
    def of_file(cls, path: object) -> Self:
        return cls(f"sqlite:///{path}")

    @property
    def is_file(self) -> bool:
        return self.scheme.startswith("sqlite")

    def __str__(self) -> str:
        return self._written(self.scheme, "***")

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatabaseAddress) and self.for_server() == other.for_server()

    def __hash__(self) -> int:
        return hash(self.for_server())

    def for_server(self) -> str:
        """All of it as asyncpg takes it, with the password: for nobody but who connects."""
        secret = None if self.password is None else quote(self.password, safe="")
        return self._written(self.scheme.partition("+")[0], secret)

    def _written(self, scheme: str, password: str | None) -> str:
        who = ""
        if self.user is not None:
            secret = "" if self.password is None else f":{password}"
            who = f"{quote(self.user, safe='')}{secret}@"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.query.items())
        return f"{scheme}://{who}{host}{port}/{self.database}{'?' if query else ''}{query}"
