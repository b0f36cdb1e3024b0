"""The SQL of the inbox: webhooks, kept until they are applied. The caller's transaction commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.payments.models import KeptEvent
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import Row, instant, instant_or_none


@dataclass(frozen=True, slots=True)
class TakenEvent:
    """An event that is being applied; `due_at` (UTC) is when it is again, if that fails, None for never."""

    id: int
    event_id: str
    type: str
    payload: bytes
    received_at: datetime
    attempts: int
    due_at: datetime | None


class EventRepository:
    """The inbox."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # One that was given up is due again.
    _KEEP: Final = """
        INSERT INTO events
            (event_id, type, payload, order_number, subscription_id, received_at, due_at, attempts)
        VALUES (:event_id, :type, :payload, :order_number, :subscription_id, :received_at, :received_at, 0)
        ON CONFLICT (event_id, type) DO UPDATE SET due_at = excluded.due_at, attempts = 0
        WHERE events.applied_at IS NULL AND events.due_at IS NULL
    """

    async def keep(self, kept: Sequence[KeptEvent]) -> None:
        """Insert the events that aren't there yet: deliveries repeat. One that was given up is due again."""
        await self._tx.execute_many(self._KEEP, map(_row_of, kept))
        self._tx.mark(Queue.EVENTS)

    _TAKE_UP: Final = """
        UPDATE events SET due_at = :now, attempts = 0
        WHERE id IN (SELECT id FROM events WHERE applied_at IS NULL AND due_at IS NULL LIMIT :most)
        RETURNING id
    """

    async def take_up(self, now: datetime, *, limit: int) -> bool:
        """Have up to `limit` events that were given up applied again; says whether there were any."""
        return await self._tx.value(self._TAKE_UP, now=now, most=limit) is not None

    _TAKE: Final = """
        UPDATE events SET attempts = attempts + 1, due_at = :again
        WHERE due_at <= :now AND id IN (
            SELECT id FROM events WHERE due_at <= :now ORDER BY due_at, id LIMIT :most
        )
        RETURNING id, event_id, type, payload, received_at, attempts
    """
    _PLAN: Final = "UPDATE events SET due_at = :again WHERE id = :id"

    _NEXT: Final = "SELECT min(due_at) FROM events WHERE due_at IS NOT NULL"

    async def take(
        self, now: datetime, retry_after: Sequence[timedelta], *, limit: int
    ) -> tuple[list[TakenEvent], datetime | None]:
        """Up to `limit` that are due longest, their attempts counted and the next ones planned.

        They are in the order in which they came. This transaction holds them until it ends; if the process
        dies in it, they are due as before. Returns also when (UTC) the next event is to be applied.
        """
        first = now + retry_after[0]
        taken = []
        rows, [next_due] = await self._tx.rows_of_each(
            self._TAKE, self._NEXT, now=now, again=first, most=limit
        )
        for row in rows:
            made = row["attempts"] - 1
            again = now + retry_after[made] if made < len(retry_after) else None
            if made:
                await self._tx.execute(self._PLAN, id=row["id"], again=again)
            taken.append(_taken(row, again))
        return sorted(taken, key=lambda event: event.id), instant_or_none(next_due[0])

    _APPLIED: Final = """
        UPDATE events SET applied_at = :now, due_at = NULL, outcome = :outcome, error = NULL WHERE id = :id
    """

    async def applied(self, event: int, outcome: str, now: datetime, *, is_paid: bool = False) -> None:
        """Record what came of it; `is_paid` says that its session is no open one any more."""
        if not is_paid:
            self._tx.mark(Queue.OPEN_SESSIONS)  # the one that it is about may be overdue
        await self._tx.execute(self._APPLIED, id=event, outcome=outcome, now=now)

    _FAILED: Final = (
        "UPDATE events SET error = :error, due_at = :due_at, attempts = attempts + 1 WHERE id = :id"
    )

    async def failed(self, event: int, error: str, due_at: datetime | None) -> None:
        if due_at is None:
            self._tx.mark(Queue.OPEN_SESSIONS)  # the same
        else:
            self._tx.mark(Queue.EVENTS, due_at)
        await self._tx.execute(self._FAILED, id=event, error=error, due_at=due_at)

    async def next(self) -> datetime | None:
        """When (UTC) the next event is to be applied."""
        return instant_or_none(await self._tx.value(self._NEXT))

    # They are applied in the order of their arrival: what each of them says it said when weighs more.
    _RECONSIDER: Final = """
        UPDATE events SET due_at = :now, attempts = 0, applied_at = NULL
        WHERE {about}
            AND (outcome IN ('unmatched', 'quarantined') OR (applied_at IS NULL AND due_at > :now))
        RETURNING id
    """
    _RECONSIDER_ORDERS: Final = _RECONSIDER.format(about="order_number IN (:order_numbers)")
    _RECONSIDER_ALL: Final = _RECONSIDER.format(
        about="(order_number IN (:order_numbers) OR subscription_id = :subscription_id)"
    )

    async def reconsider(
        self, now: datetime, *, order_numbers: Collection[str] = (), subscription_id: str | None = None
    ) -> bool:
        """Have the events applied again that came to nothing when they came; says whether there are any."""
        numbers = list(order_numbers)
        if subscription_id is None:
            found = await self._tx.value(self._RECONSIDER_ORDERS, now=now, order_numbers=numbers)
        else:
            found = await self._tx.value(
                self._RECONSIDER_ALL, now=now, order_numbers=numbers, subscription_id=subscription_id
            )
        if found is not None:
            self._tx.mark(Queue.EVENTS)
        return found is not None


def _row_of(kept: KeptEvent) -> dict[str, Any]:
    return {
        "event_id": kept.event_id,
        "type": kept.type,
        "payload": kept.payload,
        "order_number": kept.order_number,
        "subscription_id": kept.subscription_id,
        "received_at": kept.received_at,
    }


def _taken(row: Row, due_at: datetime | None) -> TakenEvent:
    return TakenEvent(
        id=row["id"],
        event_id=row["event_id"],
        type=row["type"],
        payload=row["payload"],
        received_at=instant(row["received_at"]),
        attempts=row["attempts"],
        due_at=due_at,
    )
