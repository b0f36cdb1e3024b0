"""The SQL of what members want to be told. Nothing here commits: the caller's unit of work does."""

from datetime import datetime
from typing import Any, Final

from bot.alerts.models import Alert, AlertKind, Watched
from bot.references import new_reference
from bot.storage.transaction import Transaction
from bot.storage.values import Row, instant, instant_or_none

_THE_SAME: Final = """
    user_id = :user_id AND guild_id = :guild_id AND kind = :kind AND product_id = :product_id
    AND variant_id = :variant_id
"""
_WAITING: Final = f"SELECT * FROM alerts WHERE {_THE_SAME} AND found_at IS NULL"
_ADD: Final = """
    INSERT INTO alerts (reference, guild_id, user_id, kind, product_id, variant_id, price, asked_at)
    VALUES (:reference, :guild_id, :user_id, :kind, :product_id, :variant_id, :price, :now)
"""
_FORGET: Final = "DELETE FROM alerts WHERE user_id = :user_id"
_DROP: Final = "DELETE FROM alerts WHERE id = :id"
_COUNT: Final = """
    SELECT count(*) FROM alerts WHERE user_id = :user_id AND guild_id = :guild_id AND found_at IS NULL
"""
_MISSED: Final = f"SELECT id FROM alerts WHERE {_THE_SAME} AND missed LIMIT 1"
_FORGET_MISSED: Final = f"DELETE FROM alerts WHERE {_THE_SAME} AND missed"
_WATCHED: Final = "SELECT DISTINCT product_id, variant_id, kind FROM alerts WHERE found_at IS NULL"
_FOUND: Final = """
    UPDATE alerts SET found_at = :now WHERE found_at IS NULL AND id IN (
        SELECT id FROM alerts WHERE product_id = :product_id AND variant_id = :variant_id AND kind = :kind
        AND price > :above AND found_at IS NULL LIMIT :limit
    )
    RETURNING id
"""
_WAIT_AGAIN: Final = """
    UPDATE alerts SET found_at = NULL WHERE id = :id AND NOT EXISTS (
        SELECT 1 FROM alerts AS other
        WHERE other.user_id = alerts.user_id AND other.guild_id = alerts.guild_id
        AND other.kind = alerts.kind AND other.product_id = alerts.product_id
        AND other.variant_id = alerts.variant_id AND other.found_at IS NULL
    )
"""
_MISS: Final = "UPDATE alerts SET missed = :missed WHERE id = :id"


class AlertRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def waiting(self, user_id: int, guild_id: int, watched: Watched) -> Alert | None:
        """The member's own wish for it, while it is waited for."""
        row = await self._tx.row(_WAITING, **_of(user_id, guild_id, watched))
        return None if row is None else _alert(row)

    async def add(self, user_id: int, guild_id: int, watched: Watched, *, price: int, now: datetime) -> None:
        values = _of(user_id, guild_id, watched)
        await self._tx.execute(_ADD, reference=new_reference(), price=price, now=now, **values)

    async def drop(self, alert: Alert) -> None:
        """They don't want to be told any more."""
        await self._tx.execute(_DROP, id=alert.id)

    async def forget(self, user_id: int) -> None:
        """Drop all that a member wants to be told, in whichever server."""
        await self._tx.execute(_FORGET, user_id=user_id)

    async def count(self, user_id: int, guild_id: int) -> int:
        """How many things the member waits for in the server."""
        number: int = await self._tx.value(_COUNT, user_id=user_id, guild_id=guild_id)
        return number

    async def take_missed(self, user_id: int, guild_id: int, watched: Watched) -> bool:
        """Whether it was so once and they couldn't be told; from now on they have been."""
        values = _of(user_id, guild_id, watched)
        if await self._tx.value(_MISSED, **values) is None:
            return False
        await self._tx.execute(_FORGET_MISSED, **values)
        return True

    async def watched(self) -> list[Watched]:
        """All that somebody waits for, each once."""
        return [_watched(row) for row in await self._tx.rows(_WATCHED)]

    async def found(self, watched: Watched, *, above: int, now: datetime, limit: int) -> list[int]:
        """Take up to `limit` who wait for it, and saw a price above that (cents): the rows of their wishes.

        Whoever asks at the same time gets others, or none.
        """
        rows = await self._tx.rows(
            _FOUND,
            product_id=watched.product_id,
            variant_id=watched.variant_id or "",
            kind=watched.kind,
            above=above,
            now=now,
            limit=limit,
        )
        return [row["id"] for row in rows]

    async def wait_again(self, alert_id: int) -> None:
        """It was over before they were told; nothing where they have asked anew meanwhile."""
        await self._tx.execute(_WAIT_AGAIN, id=alert_id)

    async def miss(self, alert_id: int, *, missed: bool) -> None:
        """Record whether they could be told."""
        await self._tx.execute(_MISS, id=alert_id, missed=missed)

    async def by_id(self, alert_id: int) -> Alert | None:
        row = await self._tx.row("SELECT * FROM alerts WHERE id = :id", id=alert_id)
        return None if row is None else _alert(row)

    async def find(self, reference: str) -> Alert | None:
        row = await self._tx.row("SELECT * FROM alerts WHERE reference = :reference", reference=reference)
        return None if row is None else _alert(row)


def _of(user_id: int, guild_id: int, watched: Watched) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "guild_id": guild_id,
        "kind": watched.kind,
        "product_id": watched.product_id,
        "variant_id": watched.variant_id or "",
    }


def _watched(row: Row) -> Watched:
    return Watched(AlertKind(row["kind"]), row["product_id"], row["variant_id"] or None)


def _alert(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        reference=row["reference"],
        guild_id=row["guild_id"],
        user_id=row["user_id"],
        watched=_watched(row),
        price=row["price"],
        asked_at=instant(row["asked_at"]),
        found_at=instant_or_none(row["found_at"]),
    )
