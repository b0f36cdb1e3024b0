"""Forgets the tokens of interactions that nobody can answer any more."""

from datetime import datetime, timedelta
from typing import Final

from bot.jobs.repository import JobRepository
from bot.jobs.waiting_repository import WaitingRepository
from bot.jobs.worker import Clock, Worker
from bot.storage.transaction import UnitOfWork

LOOKED_FOR_EVERY: Final = timedelta(minutes=15)
"""As long as Discord takes a token: what came meanwhile is forgotten at the next look."""
_AT_ONCE: Final = 500


class Tokens:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.worker = Worker(self.forget, name="interaction tokens", clock=clock)

    async def forget(self) -> datetime | None:
        """Forget some of those that have run out; returns when (UTC) to look again."""
        now = self._clock()
        async with self._database.write() as tx:
            forgotten = await JobRepository(tx).forget_replies(now, limit=_AT_ONCE)
        return now if forgotten == _AT_ONCE else now + LOOKED_FOR_EVERY

    async def promised(self) -> set[str]:
        """Those of the interactions that a job will answer."""
        async with self._database.read() as tx:
            return await WaitingRepository(tx).to_be_answered(self._clock())
