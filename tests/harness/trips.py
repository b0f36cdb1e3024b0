"""How often the database is gone to: each statement, commit and rollback, unless some go together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import current_thread, main_thread
from typing import Any

import aiosqlite
import asyncpg
import pytest

from bot.storage.connection import AllFetched, InOneTrip
from tests.harness.database import on_a_server


@dataclass
class Trips:
    """What went to the database, in order: statements, and how transactions ended."""

    made: list[str] = field(default_factory=list)

    @property
    def statements(self) -> list[str]:
        parts = [part for each in self.made for part in each.split("; ")]
        return [each for each in parts if not each.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]

    def are_few(self, *, to_a_file: int, to_a_server: int) -> bool:
        """Whether there are at most so many; a server is sent each beginning and each statement by itself."""
        return len(self.made) <= (to_a_server if on_a_server() else to_a_file)

    @property
    def transactions(self) -> int:
        return sum(each.endswith(("COMMIT", "ROLLBACK")) for each in self.made)


@contextmanager
def trips_counted() -> Iterator[Trips]:
    """Fills while it is open."""
    trips = Trips()
    execute = aiosqlite.Connection.execute_fetchall
    commit, rollback = aiosqlite.Connection.commit, aiosqlite.Connection.rollback

    def executed(connection: aiosqlite.Connection, statement: str, values: Any = None) -> Any:
        if not statement.startswith("PRAGMA"):  # a connection that is new
            made = [statement]
            if isinstance(values, AllFetched):
                made = [each for each, _ in (*values.before, *values.asked)]
                made += ["COMMIT"] if values.ends else []
            elif isinstance(values, InOneTrip):
                made = [*(each for each, _ in values.before), statement]
            trips.made.append("; ".join(" ".join(each.split()) for each in made))
        return execute(connection, statement, values)

    async def committed(connection: aiosqlite.Connection) -> None:
        trips.made.append("COMMIT")
        await commit(connection)

    async def rolled_back(connection: aiosqlite.Connection) -> None:
        trips.made.append("ROLLBACK")
        await rollback(connection)

    with pytest.MonkeyPatch.context() as patch:
        _count_those_to_a_server(trips, patch)
        patch.setattr(aiosqlite.Connection, "execute_fetchall", executed)
        patch.setattr(aiosqlite.Connection, "commit", committed)
        patch.setattr(aiosqlite.Connection, "rollback", rolled_back)
        yield trips


def _count_those_to_a_server(trips: Trips, patch: pytest.MonkeyPatch) -> None:
    """The bot's: tests look from a thread of their own."""
    fetch, execute = asyncpg.Connection.fetch, asyncpg.Connection.execute

    def fetched(connection: Any, statement: str, *values: Any, **options: Any) -> Any:
        if current_thread() is main_thread():
            trips.made.append(" ".join(statement.split()))
        return fetch(connection, statement, *values, **options)

    def executed(connection: Any, statement: str, *values: Any, **options: Any) -> Any:
        if current_thread() is main_thread():
            trips.made.append(statement.partition(";")[0])  # what a transaction is set to isn't counted
        return execute(connection, statement, *values, **options)

    patch.setattr(asyncpg.Connection, "fetch", fetched)
    patch.setattr(asyncpg.Connection, "execute", executed)
