"""The SQL of what members gave for the bill; what is in it, nobody reads here. Nothing here commits."""

from datetime import datetime
from typing import Final

from bot.storage.transaction import Transaction

_SEALED: Final = "SELECT sealed FROM billing WHERE user_id = :user_id"
_KEEP: Final = """
    INSERT INTO billing (user_id, sealed, changed_at) VALUES (:user_id, :sealed, :now)
    ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, changed_at = excluded.changed_at
"""
_FORGET: Final = "DELETE FROM billing WHERE user_id = :user_id"


class BillingRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def sealed(self, user_id: int) -> str | None:
        """What the member gave, sealed; None if nothing."""
        found: str | None = await self._tx.value(_SEALED, user_id=user_id)
        return found

    async def keep(self, user_id: int, sealed: str, now: datetime) -> None:
        """Have this in the place of what there was, from `now` (UTC) on."""
        await self._tx.execute(_KEEP, user_id=user_id, sealed=sealed, now=now)

    async def forget(self, user_id: int) -> None:
        await self._tx.execute(_FORGET, user_id=user_id)
