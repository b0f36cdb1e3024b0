"""One at a time, whichever process it is in: who has the row may go on, the others hear that it is taken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from bot.references import new_reference
from bot.storage.transaction import Transaction, UnitOfWork

LONGEST_HELD: Final = timedelta(minutes=5)
"""More than all retries of the calls in it take; then another may, as its holder was killed."""
_BETWEEN_TRIES: Final = 0.2
"""Seconds; nothing tells when another process gives it back."""
_TRIES: Final = 15
# One statement decides: of two at once only one inserts the row.
_TAKE: Final = """
    INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE leases.until <= :now
    RETURNING holder
"""
_GIVE_BACK: Final = "DELETE FROM leases WHERE name = :name AND holder = :holder"
_FREE_ALL: Final = "DELETE FROM leases"


class LeaseTaken(Exception):
    """Somebody else is in the middle of it."""


class Leases:
    def __init__(self, database: UnitOfWork, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[None]:
        """Be the only one in it for that name. Raises LeaseTaken where another still is after a moment."""
        holder = new_reference()
        for _ in range(_TRIES):
            if await self._take(name, holder):
                break
            await asyncio.sleep(_BETWEEN_TRIES)
        else:
            raise LeaseTaken(name)
        try:
            yield
        finally:
            async with self._database.write() as tx:
                await tx.execute(_GIVE_BACK, name=name, holder=holder)

    async def _take(self, name: str, holder: str) -> bool:
        """Says whether it is the holder's now."""
        now = self._clock()
        async with self._database.write() as tx:
            taken = await tx.value(_TAKE, name=name, holder=holder, until=now + LONGEST_HELD, now=now)
        return taken is not None


async def free_all_leases(tx: Transaction) -> None:
    """Where no other process serves the database, what is held belongs to one that is gone."""
    await tx.execute(_FREE_ALL)
