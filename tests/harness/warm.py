"""What a process of tests does once instead of in each of its many shops. No test can tell the difference."""

import gc
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

_COMPILED: Final[dict[Any, Any]] = {}


def share_compiled_statements() -> None:
    """An engine compiles each statement once, but a shop has three engines, and every test a shop.

    What is compiled is kept by dialect; two dialects of one class are alike here.
    """
    SQLiteDialect_aiosqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    SQLiteDialect_aiosqlite.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
    event.listen(Engine, "engine_connect", _remember)


def _remember(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)


def collect_less_garbage() -> None:
    """Modules stay, so nobody need look through them; what tests leave behind is looked for less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
