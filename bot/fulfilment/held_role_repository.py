"""The SQL of the roles that members hold by what they bought. Nothing here commits."""

from datetime import datetime
from typing import Final

from bot.fulfilment.models import Grant
from bot.storage.transaction import Transaction

_BEGIN: Final = """
    INSERT INTO held_roles (guild_id, user_id, role_id, had_before, since)
    VALUES (:guild_id, :user_id, :role_id, :had_before, :now)
    ON CONFLICT (guild_id, user_id, role_id) DO {otherwise}
"""
_BEGIN_WITH: Final = _BEGIN.format(otherwise="NOTHING")
_BEGIN_WITHOUT: Final = _BEGIN.format(otherwise="UPDATE SET had_before = FALSE")
_OF: Final = "guild_id = :guild_id AND user_id = :user_id AND role_id = :role_id"
_HAD_BEFORE: Final = f"SELECT had_before FROM held_roles WHERE {_OF}"
_END: Final = f"DELETE FROM held_roles WHERE {_OF}"


class HeldRoleRepository:
    """One row for a member's role, from right before it is first given until it has been taken."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def begin(self, grant: Grant, now: datetime, *, had_before: bool) -> None:
        """Write that the role is about to be given, and whether the member has it without that.

        The first to write it decides: a later purchase, or a second attempt, sees what the first one gave.
        But who was there without it has lost what they had before, by leaving or by staff's hand.
        """
        statement = _BEGIN_WITH if had_before else _BEGIN_WITHOUT
        await self._tx.execute(statement, had_before=had_before, now=now, **_role_of(grant))

    async def had_before(self, grant: Grant) -> bool | None:
        """Whether the member had the grant's role before any of what they bought; None if none gave it."""
        found = await self._tx.value(_HAD_BEFORE, **_role_of(grant))
        return None if found is None else bool(found)

    async def end(self, grant: Grant) -> None:
        """Write that nothing of what they bought gives them the role any more."""
        await self._tx.execute(_END, **_role_of(grant))


def _role_of(grant: Grant) -> dict[str, int]:
    return {"guild_id": grant.guild_id, "user_id": grant.user_id, "role_id": grant.role_id}
