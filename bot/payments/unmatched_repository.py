"""The SQL of what may have begun or renewed a subscription of which webhooks tell apart. Nothing commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import String, and_, cast, exists, func, or_, select, update

from bot.checkout.states import MoneyState, SessionState
from bot.payments.models import ObservationResult
from bot.payments.provider import EventWords
from bot.payments.verification import Reason
from bot.storage.queues import Queue
from bot.storage.tables import events, orders, quarantine, sales, sessions, subscriptions
from bot.storage.transaction import Transaction

_NEWEST: Final = 5000
"""Orders that are looked through; what is older began a subscription that was told of long ago."""
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Beginning:
    """A payment of ours whose sale lacks a subscription. `amount` is cents.

    A trial's payment of nothing is held back until there is a subscription.
    """

    sale_id: int
    order_number: str
    amount: int


class BeginningRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def lacking(
        self, now: datetime, *, since: datetime | None = None, tied: bool = False
    ) -> list[Beginning]:
        """Payments between `since` and `now` (UTC) whose sale may lack a subscription, newest first.

        With `tied`, those of sales that have one instead.
        """
        has_one = exists().where(subscriptions.c.sale_id == orders.c.sale_id)
        newest = select(func.max(orders.c.id) - _NEWEST).scalar_subquery()
        lines = cast(sales.c.lines, String)
        statement = (
            select(orders.c.sale_id, orders.c.order_number, orders.c.amount)
            .join(sales, sales.c.id == orders.c.sale_id)
            .where(
                orders.c.id > newest,
                orders.c.money == MoneyState.PAID,
                orders.c.subscription_id.is_(None),
                or_(lines.contains('"SUBSCRIPTION"'), lines.contains('"UNKNOWN"')),
                has_one if tied else ~has_one,
                orders.c.changed_at <= now,
            )
            .order_by(orders.c.id.desc())
            .limit(_MOST)
        )
        if since is not None:
            statement = statement.where(orders.c.changed_at >= since)
        found = [Beginning(*row) for row in await self._connection.execute(statement)]
        return found if tied else [*found, *await self._held(now, since)]

    async def _held(self, now: datetime, since: datetime | None) -> list[Beginning]:
        statement = (
            select(quarantine)
            .where(
                quarantine.c.decision.is_(None),
                quarantine.c.sale_id.is_not(None),
                ~exists().where(subscriptions.c.sale_id == quarantine.c.sale_id),
            )
            .order_by(quarantine.c.created_at.desc(), quarantine.c.id.desc())
            .limit(_MOST)
        )
        held = []
        for row in await self._connection.execute(statement):
            said = datetime.fromisoformat(row.observation["said"])
            if row.reasons == [Reason.NOTHING_PAID] and said <= now and (since is None or said >= since):
                number = row.order_number or row.order_id
                held.append(Beginning(row.sale_id, number, 0))
        return held

    async def is_open(self, product_id: str, *, but: int) -> bool:
        """Whether a link to it is out that isn't paid, of another sale than that one."""
        lines = cast(sales.c.lines, String)
        statement = (
            select(sessions.c.id)
            .join(sales, sales.c.id == sessions.c.sale_id)
            .where(sessions.c.state == SessionState.OPEN, sales.c.id != but)
            .where(lines.contains(f'"{product_id}"', autoescape=True))
            .limit(1)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def is_sold_elsewhere(self, since: datetime, words: EventWords) -> bool:
        """Whether a checkout was paid since then (UTC) that is of nothing that was sold here."""
        statement = (
            select(events.c.id)
            .where(
                events.c.received_at >= since,
                events.c.type == words.paid,
                events.c.outcome == ObservationResult.UNMATCHED,
                events.c.order_number.startswith(words.checkouts, autoescape=True),
            )
            .limit(1)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def told(
        self, prefix: str, since: datetime, *, outcome: ObservationResult | None = None
    ) -> Sequence[bytes]:
        """What webhooks told since then (UTC), and came to that: by the start of their type."""
        statement = (
            select(events.c.payload)
            .where(events.c.received_at >= since, events.c.type.startswith(prefix, autoescape=True))
            .order_by(events.c.received_at, events.c.id)
            .limit(_MOST)
        )
        if outcome is not None:
            statement = statement.where(events.c.outcome == outcome)
        return list((await self._connection.execute(statement)).scalars())

    async def reconsider(self, prefix: str, since: datetime, now: datetime) -> None:
        """Have those applied again."""
        unmatched = and_(
            events.c.received_at >= since,
            events.c.type.startswith(prefix, autoescape=True),
            events.c.outcome == ObservationResult.UNMATCHED,
        )
        await self._connection.execute(
            update(events).where(unmatched).values(due_at=now, attempts=0, applied_at=None)
        )
        self._mark(Queue.EVENTS)
