"""SQLAlchemy's statements on a plain connection, for the repositories that still build them."""

from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, Boolean
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.connection import Connection
from bot.storage.types import UtcDateTime
from bot.storage.values import document, instant_or_none, read_document


class Result:
    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        [row] = self._rows
        return row

    def scalars(self) -> "Result":
        return Result([row[0] for row in self._rows])

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        return self._rows[0][0] if self._rows else None


class CoreConnection:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect: Any = (sqlite if connection.is_of_file else postgresql).dialect(paramstyle="named")

    async def execute(self, statement: Any, rows: Sequence[Mapping[str, Any]] | None = None) -> Result:
        found: list[Any] = []
        for values in [None] if rows is None else rows:
            keys = None if values is None else list(values)
            compiled = statement.compile(
                dialect=self.dialect, column_keys=keys, compile_kwargs={"render_postcompile": True}
            )
            given = {
                name: _written(value, compiled.binds.get(name))
                for name, value in compiled.construct_params(values).items()
            }
            rows_found = await self._connection.rows(str(compiled), given)
            found = [_read(row, compiled._result_columns) for row in rows_found]  # noqa: SLF001
        return Result(found)


def _written(value: Any, bind: Any) -> Any:
    return (
        document(value) if bind is not None and isinstance(bind.type, JSON) and value is not None else value
    )


def _read(row: Any, columns: Any) -> Any:
    kind = _row_of(tuple(column.keyname for column in columns))
    return kind(*(_value(row[column.keyname], column.type) for column in columns))


@cache
def _row_of(names: tuple[str, ...]) -> Any:
    """Making a class takes longer than reading a row."""
    return namedtuple("Row", names, rename=True)  # noqa: PYI024


def _value(value: Any, kind: Any) -> Any:
    if isinstance(kind, UtcDateTime):
        return instant_or_none(value)
    if isinstance(kind, JSON):
        return read_document(value)
    return bool(value) if isinstance(kind, Boolean) and value is not None else value
