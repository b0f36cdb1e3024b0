"""The SQL of tries to claim what was bought on the website. The caller's transaction commits."""

from datetime import datetime, timedelta
from typing import Final

from bot.storage.transaction import Transaction
from bot.storage.values import instant

MOST_TRIES: Final = 5
SPAN: Final = timedelta(hours=1)
"""In which a member may try so often, whatever comes of it."""
_FORGET: Final = "DELETE FROM claim_tries WHERE at <= :since"
_TRIED: Final = "SELECT at FROM claim_tries WHERE user_id = :user_id AND at > :since ORDER BY at"
_TRY: Final = "INSERT INTO claim_tries (user_id, at) VALUES (:user_id, :now)"


class ClaimTryRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def count(self, user_id: int, now: datetime) -> datetime | None:
        """Count another try; when (UTC) one may try again, if that would be one too many."""
        since = now - SPAN
        await self._tx.execute(_FORGET, since=since)
        tried = await self._tx.rows(_TRIED, user_id=user_id, since=since)
        if len(tried) >= MOST_TRIES:
            return instant(tried[-MOST_TRIES]["at"]) + SPAN
        await self._tx.execute(_TRY, user_id=user_id, now=now)
        return None
