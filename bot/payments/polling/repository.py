"""The SQL of what the store is asked for next: sessions' orders, and subscriptions. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, union, update

from bot.checkout.states import SessionState
from bot.payments.models import SubscriptionRecord
from bot.payments.repository import subscription_record
from bot.storage.queues import Queue
from bot.storage.tables import orders, quarantine, sessions, subscriptions
from bot.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class DueSession:
    """A session whose orders are to be asked for. Times are aware UTC."""

    id: int
    session_id: str
    created_at: datetime
    expires_at: datetime | None


class PollingRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    # --- sessions -------------------------------------------------------------------------------------

    async def due_sessions(self, now: datetime, *, within: timedelta, limit: int) -> list[DueSession]:
        """Sessions whose orders are to be asked for, longest due first; none unless one is due `now` (UTC).

        With it come those that are due `within` a moment: they are asked for by the same request.
        """
        statement = (
            select(
                sessions.c.id,
                sessions.c.session_id,
                sessions.c.created_at,
                sessions.c.expires_at,
                sessions.c.next_look_at,
            )
            .where(sessions.c.next_look_at <= now + within, sessions.c.session_id.is_not(None))
            .order_by(sessions.c.next_look_at)
            .limit(limit)
        )
        rows = list(await self._connection.execute(statement))
        if not rows or rows[0].next_look_at > now:
            return []
        return [DueSession(row.id, row.session_id, row.created_at, row.expires_at) for row in rows]

    async def next_session(self) -> datetime | None:
        """When (UTC) the next session is to be looked at."""
        statement = select(func.min(sessions.c.next_look_at)).where(
            sessions.c.next_look_at.is_not(None), sessions.c.session_id.is_not(None)
        )
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    async def look_again(self, looked_at: Sequence[int], at: datetime | None) -> None:
        """Plan the next look (UTC) at those of the sessions of which something can still come."""
        still = (sessions.c.id.in_(looked_at), sessions.c.next_look_at.is_not(None))
        await self._connection.execute(update(sessions).where(*still).values(next_look_at=at))
        if at is not None:
            self._mark(Queue.SESSION_POLLS, at)

    async def look_at_session(self, session: int, at: datetime | None) -> None:
        """Plan the session's next look (UTC); None for never."""
        await self._connection.execute(
            update(sessions).where(sessions.c.id == session).values(next_look_at=at)
        )
        if at is not None:
            self._mark(Queue.SESSION_POLLS, at)

    async def look_at_number(self, order_number: str, at: datetime) -> None:
        """Plan the next look (UTC) at the session of an order's number, whichever sale it is of."""
        await self._connection.execute(
            update(sessions).where(sessions.c.session_id == order_number).values(next_look_at=at)
        )
        self._mark(Queue.SESSION_POLLS, at)

    async def newest_session(self, before: datetime) -> datetime | None:
        """When (UTC) the newest session was made that is from before then and that a payment didn't bring."""
        made_here = or_(sessions.c.state != SessionState.PAID, sessions.c.url.is_not(None))
        statement = select(func.max(sessions.c.created_at)).where(sessions.c.created_at < before, made_here)
        made: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return made

    async def known_numbers(self, numbers: Sequence[str]) -> set[str]:
        """Those of the orders' numbers that mean something here: a session, an order, or one that is held."""
        known = union(
            select(sessions.c.session_id).where(sessions.c.session_id.in_(numbers)),
            select(orders.c.order_number).where(orders.c.order_number.in_(numbers)),
            select(quarantine.c.order_number).where(quarantine.c.order_number.in_(numbers)),
        )
        return set((await self._connection.execute(known)).scalars())

    async def leave_paid_sessions(self, sale_id: int) -> None:
        """Nothing more is to be found by the sale's sessions that were paid."""
        paid = (sessions.c.sale_id == sale_id, sessions.c.state == SessionState.PAID)
        await self._connection.execute(update(sessions).where(*paid).values(next_look_at=None))

    # --- subscriptions --------------------------------------------------------------------------------

    async def due_subscriptions(self, now: datetime, *, limit: int) -> list[SubscriptionRecord]:
        """Subscriptions that are to be asked for by `now` (UTC), longest due first."""
        statement = (
            select(subscriptions)
            .where(subscriptions.c.next_look_at <= now)
            .order_by(subscriptions.c.next_look_at)
            .limit(limit)
        )
        return list(map(subscription_record, await self._connection.execute(statement)))

    async def next_subscription(self) -> datetime | None:
        """When (UTC) the next subscription is to be looked at."""
        statement = select(func.min(subscriptions.c.next_look_at)).where(
            subscriptions.c.next_look_at.is_not(None)
        )
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    async def look_at_subscription(self, subscription: int, at: datetime | None) -> None:
        """Plan the subscription's next look (UTC); None for never."""
        await self._connection.execute(
            update(subscriptions).where(subscriptions.c.id == subscription).values(next_look_at=at)
        )
        if at is not None:
            self._mark(Queue.SUBSCRIPTION_POLLS, at)
