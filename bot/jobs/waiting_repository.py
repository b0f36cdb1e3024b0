"""The SQL about who waits for an answer. Nothing here commits: the caller's unit of work does."""

from datetime import datetime
from typing import Final

from bot.jobs.job_rows import reply_of
from bot.storage.transaction import Transaction

_TO_BE_ANSWERED: Final = """
    SELECT reply FROM jobs WHERE reply_until > :now AND (
        next_attempt_at IS NOT NULL
        OR kind = 'link' AND EXISTS (
            SELECT id FROM sessions WHERE sessions.sale_id = jobs.sale_id AND sessions.state = 'creating'
        )
    )
"""


class WaitingRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def to_be_answered(self, now: datetime) -> set[str]:
        """The tokens of the interactions that a job will answer: planned, or of a link in the making."""
        return {reply_of(row["reply"]).token for row in await self._tx.rows(_TO_BE_ANSWERED, now=now)}
