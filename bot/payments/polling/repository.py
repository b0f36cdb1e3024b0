"""The SQL of what the store is asked for next: sessions' orders, and subscriptions. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.payments.models import SubscriptionRecord
from bot.payments.repository import subscription_record
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import instant, instant_or_none


@dataclass(frozen=True, slots=True)
class DueSession:
    """A session whose orders are to be asked for. Times are aware UTC."""

    id: int
    session_id: str
    created_at: datetime
    expires_at: datetime | None


class PollingRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # --- sessions -------------------------------------------------------------------------------------

    _DUE: Final = """
        SELECT id, session_id, created_at, expires_at, next_poll_at FROM sessions
        WHERE next_poll_at <= :until AND session_id IS NOT NULL
        ORDER BY next_poll_at LIMIT :most
    """

    async def due_sessions(self, now: datetime, *, within: timedelta, limit: int) -> list[DueSession]:
        """Sessions whose orders are to be asked for, longest due first; none unless one is due `now` (UTC).

        With it come those that are due `within` a moment: they are asked for by the same request.
        """
        rows = await self._tx.rows(self._DUE, until=now + within, most=limit)
        if not rows or instant(rows[0]["next_poll_at"]) > now:
            return []
        return [
            DueSession(
                row["id"],
                row["session_id"],
                instant(row["created_at"]),
                instant_or_none(row["expires_at"]),
            )
            for row in rows
        ]

    _NEXT: Final = """
        SELECT min(next_poll_at) FROM sessions WHERE next_poll_at IS NOT NULL AND session_id IS NOT NULL
    """

    async def next_session(self) -> datetime | None:
        """When (UTC) the next session is to be polled."""
        return instant_or_none(await self._tx.value(self._NEXT))

    _POLL_AGAIN: Final = """
        UPDATE sessions SET next_poll_at = :at WHERE id IN (:sessions) AND next_poll_at IS NOT NULL
    """

    async def poll_again(self, polled: Sequence[int], at: datetime | None) -> None:
        """Plan the next poll (UTC) of those of the sessions of which something can still come."""
        await self._tx.execute(self._POLL_AGAIN, sessions=polled, at=at)
        if at is not None:
            self._tx.mark(Queue.SESSION_POLLS, at)

    _POLL_SESSION: Final = "UPDATE sessions SET next_poll_at = :at WHERE id = :session"

    async def poll_session_at(self, session: int, at: datetime | None) -> None:
        """Plan the session's next poll (UTC); None for never."""
        await self._tx.execute(self._POLL_SESSION, session=session, at=at)
        if at is not None:
            self._tx.mark(Queue.SESSION_POLLS, at)

    _POLL_NUMBER: Final = "UPDATE sessions SET next_poll_at = :at WHERE session_id = :order_number"

    async def poll_number_at(self, order_number: str, at: datetime) -> None:
        """Plan the next poll (UTC) of the session of an order's number, whichever sale it is of."""
        await self._tx.execute(self._POLL_NUMBER, order_number=order_number, at=at)
        self._tx.mark(Queue.SESSION_POLLS, at)

    _NEWEST: Final = """
        SELECT max(created_at) FROM sessions
        WHERE created_at < :before AND (state <> 'paid' OR url IS NOT NULL)
    """

    async def newest_session(self, before: datetime) -> datetime | None:
        """When (UTC) the newest session was made that is from before then and that a payment didn't bring."""
        return instant_or_none(await self._tx.value(self._NEWEST, before=before))

    _KNOWN: Final = """
        SELECT session_id AS number FROM sessions WHERE session_id IN (:numbers)
        UNION
        SELECT order_number FROM orders WHERE order_number IN (:numbers)
        UNION
        SELECT order_number FROM quarantine WHERE order_number IN (:numbers)
    """

    async def known_numbers(self, numbers: Sequence[str]) -> set[str]:
        """Those of the orders' numbers that mean something here: a session, an order, or one that is held."""
        return {row["number"] for row in await self._tx.rows(self._KNOWN, numbers=numbers)}

    _LEAVE: Final = "UPDATE sessions SET next_poll_at = NULL WHERE sale_id = :sale_id AND state = 'paid'"

    async def leave_paid_sessions(self, sale_id: int) -> None:
        """Nothing more is to be found by the sale's sessions that were paid."""
        await self._tx.execute(self._LEAVE, sale_id=sale_id)

    # --- subscriptions --------------------------------------------------------------------------------

    _DUE_SUBSCRIPTIONS: Final = """
        SELECT * FROM subscriptions WHERE next_poll_at <= :now ORDER BY next_poll_at LIMIT :most
    """

    async def due_subscriptions(self, now: datetime, *, limit: int) -> list[SubscriptionRecord]:
        """Subscriptions that are to be asked for by `now` (UTC), longest due first."""
        return list(
            map(subscription_record, await self._tx.rows(self._DUE_SUBSCRIPTIONS, now=now, most=limit))
        )

    _NEXT_SUBSCRIPTION: Final = """
        SELECT min(next_poll_at) FROM subscriptions WHERE next_poll_at IS NOT NULL
    """

    async def next_subscription(self) -> datetime | None:
        """When (UTC) the next subscription is to be polled."""
        return instant_or_none(await self._tx.value(self._NEXT_SUBSCRIPTION))

    _POLL_SUBSCRIPTION: Final = "UPDATE subscriptions SET next_poll_at = :at WHERE id = :subscription"

    async def poll_subscription_at(self, subscription: int, at: datetime | None) -> None:
        """Plan the subscription's next poll (UTC); None for never."""
        await self._tx.execute(self._POLL_SUBSCRIPTION, subscription=subscription, at=at)
        if at is not None:
            self._tx.mark(Queue.SUBSCRIPTION_POLLS, at)
