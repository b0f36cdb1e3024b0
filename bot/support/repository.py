"""The SQL of members' problems with purchases. Nothing here commits: the caller's unit of work does."""

from datetime import datetime
from typing import Final

from bot.references import new_reference
from bot.storage.transaction import Transaction
from bot.storage.values import Row, instant, instant_or_none
from bot.support.models import SupportCase

_ADD: Final = """
    INSERT INTO support_cases (reference, sale_id, guild_id, member_id, channel_id, opened_at)
    VALUES (:reference, :sale_id, :guild_id, :member_id, :channel_id, :now)
    RETURNING *
"""
_OPEN: Final = """
    SELECT * FROM support_cases
    WHERE sale_id = :sale_id AND member_id = :member_id AND closed_at IS NULL
"""
_MOVE: Final = "UPDATE support_cases SET channel_id = :channel_id WHERE id = :id RETURNING *"
_KEEP: Final = "UPDATE support_cases SET thread_id = :thread_id WHERE id = :id"
_CLOSE: Final = """
    UPDATE support_cases SET closed_at = :now, closed_by = :by WHERE id = :id AND closed_at IS NULL
    RETURNING *
"""


class SupportRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def open_of(self, sale_id: int, member_id: int) -> SupportCase | None:
        """The member's problem with the sale, while it is open."""
        row = await self._tx.row(_OPEN, sale_id=sale_id, member_id=member_id)
        return None if row is None else _case(row)

    async def add(
        self, sale_id: int, guild_id: int, member_id: int, channel_id: int | None, now: datetime
    ) -> SupportCase:
        row = await self._tx.row(
            _ADD,
            reference=new_reference(),
            sale_id=sale_id,
            guild_id=guild_id,
            member_id=member_id,
            channel_id=channel_id,
            now=now,
        )
        assert row is not None  # noqa: S101  # an INSERT returns what it wrote
        return _case(row)

    async def move(self, case_id: int, channel_id: int | None) -> SupportCase:
        """Where its thread is to be from now on; None where there can't be one. Raises LookupError."""
        row = await self._tx.row(_MOVE, id=case_id, channel_id=channel_id)
        if row is None:
            raise LookupError(f"support case {case_id}")
        return _case(row)

    async def keep_thread(self, case_id: int, thread_id: int) -> None:
        await self._tx.execute(_KEEP, id=case_id, thread_id=thread_id)

    async def close(self, case_id: int, *, by: int, now: datetime) -> SupportCase | None:
        """None where somebody else was faster."""
        row = await self._tx.row(_CLOSE, id=case_id, by=by, now=now)
        return None if row is None else _case(row)

    async def by_id(self, case_id: int) -> SupportCase | None:
        row = await self._tx.row("SELECT * FROM support_cases WHERE id = :id", id=case_id)
        return None if row is None else _case(row)

    async def find(self, reference: str) -> SupportCase | None:
        row = await self._tx.row(
            "SELECT * FROM support_cases WHERE reference = :reference", reference=reference
        )
        return None if row is None else _case(row)


def _case(row: Row) -> SupportCase:
    return SupportCase(
        id=row["id"],
        reference=row["reference"],
        sale_id=row["sale_id"],
        guild_id=row["guild_id"],
        member_id=row["member_id"],
        channel_id=row["channel_id"],
        thread_id=row["thread_id"],
        opened_at=instant(row["opened_at"]),
        closed_at=instant_or_none(row["closed_at"]),
        closed_by=row["closed_by"],
    )
