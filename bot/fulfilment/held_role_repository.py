"""The SQL of the roles that members hold by what they bought. Nothing here commits."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from bot.fulfilment.models import Grant
from bot.storage.fulfilment_tables import held_roles
from bot.storage.transaction import Transaction
from bot.storage.types import upsert


class HeldRoleRepository:
    """One row for a member's role, from right before it is first given until it has been taken."""

    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection

    async def begin(self, grant: Grant, now: datetime, *, had_before: bool) -> None:
        """Write that the role is about to be given, and whether the member has it without that.

        The first to write it decides: a later purchase, or a second attempt, sees what the first one gave.
        But who was there without it has lost what they had before, by leaving or by staff's hand.
        """
        statement = upsert(self._connection, held_roles).values(
            guild_id=grant.guild_id,
            user_id=grant.user_id,
            role_id=grant.role_id,
            had_before=had_before,
            since=now,
        )
        key = ["guild_id", "user_id", "role_id"]
        if had_before:
            statement = statement.on_conflict_do_nothing(index_elements=key)
        else:
            statement = statement.on_conflict_do_update(index_elements=key, set_={"had_before": False})
        await self._connection.execute(statement)

    async def had_before(self, grant: Grant) -> bool | None:
        """Whether the member had the grant's role before any of what they bought; None if none gave it."""
        statement = select(held_roles.c.had_before).where(*_role_of(grant))
        found: bool | None = (await self._connection.execute(statement)).scalar_one_or_none()
        return found

    async def end(self, grant: Grant) -> None:
        """Write that nothing of what they bought gives them the role any more."""
        await self._connection.execute(delete(held_roles).where(*_role_of(grant)))


def _role_of(grant: Grant) -> tuple[ColumnElement[bool], ...]:
    columns: Any = held_roles.c
    return (
        columns.guild_id == grant.guild_id,
        columns.user_id == grant.user_id,
        columns.role_id == grant.role_id,
    )
