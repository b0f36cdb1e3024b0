"""How often the database is gone to: each statement, commit and rollback is a trip to its thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiosqlite
import pytest

from bot.storage.connection import AllFetched, InOneTrip


@dataclass
class Trips:
    """What went to the database, in order: statements, and how transactions ended."""

    made: list[str] = field(default_factory=list)

    @property
    def statements(self) -> list[str]:
        parts = [part for each in self.made for part in each.split("; ")]
        return [each for each in parts if not each.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]

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
        patch.setattr(aiosqlite.Connection, "execute_fetchall", executed)
        patch.setattr(aiosqlite.Connection, "commit", committed)
        patch.setattr(aiosqlite.Connection, "rollback", rolled_back)
        yield trips
