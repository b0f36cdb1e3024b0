"""What differs between the engines. All other SQL is the same in both."""

from collections.abc import Iterator, Mapping
from typing import Final

DIFFERENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "sqlite": {
        # SQLite counts rowids only in a column that is INTEGER to the letter.
        "row_id": "INTEGER NOT NULL",
        # It takes every word with INT in it for whole numbers; this one says which of them are instants.
        "instant": "INSTANT",
        "bytes": "BLOB",
    },
    "postgresql": {
        "row_id": "BIGSERIAL NOT NULL",
        "instant": "BIGINT",
        "bytes": "BYTEA",
    },
}


def statements(script: str, dialect: str) -> Iterator[str]:
    """Those of a script, one by one, as the engine takes them; each ends its line with a semicolon."""
    for statement in script.format_map(DIFFERENCES[dialect]).split(";\n"):
        if statement.strip():
            yield statement.strip()
