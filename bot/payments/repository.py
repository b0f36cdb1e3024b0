"""The SQL of orders, subscriptions and the quarantine. The caller's transaction commits."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, text, update

from bot.checkout.models import new_reference
from bot.checkout.states import MoneyState, SaleStatus
from bot.payments.models import (
    KeptEvent,
    ObservationResult,
    OrderItem,
    OrderRecord,
    SubscriptionRecord,
    SubscriptionStatus,
)
from bot.storage.queues import Queue
from bot.storage.tables import events, orders, sales, subscriptions
from bot.storage.transaction import Transaction
from bot.storage.types import upsert

_ITEMS: Final = TypeAdapter(tuple[OrderItem, ...])
_GIVEN_UP: Final = (events.c.applied_at.is_(None), events.c.due_at.is_(None))
_CAME_TO_NOTHING: Final = (ObservationResult.UNMATCHED, ObservationResult.QUARANTINED)


# From one server to the next by the index: however many sales they have, only the servers are read.
_SERVERS_WITH_PAID_SALES: Final = text(
    """
    WITH RECURSIVE servers (id) AS (
        SELECT min(guild_id) FROM sales WHERE status = 'paid'
        UNION ALL
        SELECT (SELECT min(guild_id) FROM sales WHERE status = 'paid' AND guild_id > servers.id)
        FROM servers WHERE servers.id IS NOT NULL
    )
    SELECT id FROM servers WHERE id IS NOT NULL
    """
)


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order with what is kept to judge the next thing that is said of it. Times are aware UTC."""

    record: OrderRecord
    changed_at: datetime
    dispute_closed: bool


class PaymentRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    # --- orders ---------------------------------------------------------------------------------------

    async def order(self, order_id: str | None, order_number: str | None) -> KnownOrder | None:
        """The order of that id; without an id the newest of that number."""
        # An order that first came without its id is known by its number.
        known_as = orders.c.order_id.in_([order_id, order_number])
        one = known_as if order_id else orders.c.order_number == order_number
        statement = select(orders).where(one).order_by(orders.c.id.desc()).limit(1)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _known(row)

    async def order_by_row(self, order: int) -> OrderRecord | None:
        row = (await self._connection.execute(select(orders).where(orders.c.id == order))).first()
        return None if row is None else _order(row)

    async def order_named(self, reference: str) -> OrderRecord | None:
        """The order by its name in custom_ids."""
        row = (await self._connection.execute(select(orders).where(orders.c.reference == reference))).first()
        return None if row is None else _order(row)

    async def orders_of(self, sale_id: int) -> list[OrderRecord]:
        """The sale's orders, oldest first."""
        statement = select(orders).where(orders.c.sale_id == sale_id).order_by(orders.c.id)
        return [_order(row) for row in await self._connection.execute(statement)]

    async def disputed_orders(self) -> list[str]:
        """The ids of all orders that are disputed at the moment."""
        statement = select(orders.c.order_id).where(orders.c.money == MoneyState.DISPUTED)
        return list((await self._connection.execute(statement)).scalars())

    async def clearing_since(self, then: datetime, *, limit: int) -> list[KnownOrder]:
        """Orders of open links whose payment is on its way, and was told of last by then (UTC)."""
        waiting = select(sales.c.id).where(sales.c.status == SaleStatus.CLEARING)
        statement = (
            select(orders)
            .where(orders.c.sale_id.in_(waiting), orders.c.money == MoneyState.CLEARING)
            .where(orders.c.changed_at <= then)
            .limit(limit)
        )
        return [_known(row) for row in await self._connection.execute(statement)]

    async def paid_orders(self, order_ids: Sequence[str]) -> set[str]:
        """Which of these orders are ours and paid, as far as we know."""
        statement = select(orders.c.order_id).where(
            orders.c.order_id.in_(order_ids), orders.c.money == MoneyState.PAID
        )
        return set((await self._connection.execute(statement)).scalars())

    async def orders_known(self, order_ids: Sequence[str]) -> set[str]:
        """Which of these orders are written, whatever became of them."""
        statement = select(orders.c.order_id).where(orders.c.order_id.in_(order_ids))
        return set((await self._connection.execute(statement)).scalars())

    async def was_renewed(self, subscription_id: str, since: datetime, until: datetime) -> bool:
        """Whether an order renewed it of which the store last said something between then and then (UTC)."""
        statement = select(orders.c.id).where(
            orders.c.subscription_id == subscription_id, orders.c.changed_at.between(since, until)
        )
        return (await self._connection.execute(statement.limit(1))).first() is not None

    async def last_renewal(self, subscription_id: str) -> datetime | None:
        """When (UTC) the newest order that renewed the subscription was written."""
        statement = select(func.max(orders.c.created_at)).where(orders.c.subscription_id == subscription_id)
        last: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return last

    async def servers_with_money(self) -> list[int]:
        """The servers in which something is paid, and may be given back."""
        paid = (await self._connection.execute(_SERVERS_WITH_PAID_SALES)).scalars().all()
        disputed = select(sales.c.guild_id).join(orders).where(orders.c.money == MoneyState.DISPUTED)
        return sorted({*paid, *(await self._connection.execute(disputed.distinct())).scalars()})

    async def add_order(self, **values: Any) -> OrderRecord:
        self._mark(Queue.OPEN_SESSIONS)
        statement = insert(orders).values(reference=new_reference(), **values).returning(orders)
        return _order((await self._connection.execute(statement)).one())

    async def change_order(self, order: int, **values: Any) -> OrderRecord:
        self._mark(Queue.OPEN_SESSIONS)  # what no longer clears may be overdue
        statement = update(orders).where(orders.c.id == order).values(**values).returning(orders)
        return _order((await self._connection.execute(statement)).one())

    # --- subscriptions --------------------------------------------------------------------------------

    async def subscription(self, subscription_id: str) -> tuple[SubscriptionRecord, datetime] | None:
        """The subscription, and when (UTC) the store last said something of it."""
        statement = select(subscriptions).where(subscriptions.c.subscription_id == subscription_id)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else (subscription_record(row), row.changed_at)

    async def subscriptions_known(self, subscription_ids: Sequence[str]) -> set[str]:
        """Which of these subscriptions are written."""
        statement = select(subscriptions.c.subscription_id).where(
            subscriptions.c.subscription_id.in_(subscription_ids)
        )
        return set((await self._connection.execute(statement)).scalars())

    async def has_subscription(self, sale_id: int) -> bool:
        statement = select(subscriptions.c.id).where(subscriptions.c.sale_id == sale_id).limit(1)
        return (await self._connection.execute(statement)).first() is not None

    async def subscription_of(self, sale_id: int) -> SubscriptionRecord | None:
        """The subscription that the sale began, as far as the store has told of it."""
        statement = (
            select(subscriptions)
            .where(subscriptions.c.sale_id == sale_id)
            .order_by(subscriptions.c.id.desc())
            .limit(1)
        )
        row = (await self._connection.execute(statement)).first()
        return None if row is None else subscription_record(row)

    async def subscriptions_of(self, sale_ids: Sequence[int]) -> dict[int, SubscriptionRecord]:
        """The same for many sales, by their ids."""
        statement = (
            select(subscriptions).where(subscriptions.c.sale_id.in_(sale_ids)).order_by(subscriptions.c.id)
        )
        return {row.sale_id: subscription_record(row) for row in await self._connection.execute(statement)}

    async def add_subscription(self, **values: Any) -> SubscriptionRecord:
        statement = insert(subscriptions).values(**values).returning(subscriptions)
        return subscription_record((await self._connection.execute(statement)).one())

    async def move_subscriptions(self, order_number: str | None, sale_id: int) -> list[SubscriptionRecord]:
        """Have what an order began belong to that sale; returns what belonged to another before."""
        if order_number is None:  # of many subscriptions it isn't known which order began them
            return []
        statement = (
            update(subscriptions)
            .where(subscriptions.c.order_number == order_number, subscriptions.c.sale_id != sale_id)
            .values(sale_id=sale_id)
            .returning(subscriptions)
        )
        return [subscription_record(row) for row in await self._connection.execute(statement)]

    async def change_subscription(self, subscription: int, **values: Any) -> SubscriptionRecord:
        statement = (
            update(subscriptions)
            .where(subscriptions.c.id == subscription)
            .values(**values)
            .returning(subscriptions)
        )
        return subscription_record((await self._connection.execute(statement)).one())

    # --- the inbox ------------------------------------------------------------------------------------

    async def keep_events(self, kept: Sequence[KeptEvent]) -> None:
        """Insert the events that aren't there yet: deliveries repeat. One that was given up is due again."""
        rows = [
            {
                "event_id": event.event_id,
                "type": event.type,
                "payload": event.payload,
                "order_number": event.order_number,
                "subscription_id": event.subscription_id,
                "received_at": event.received_at,
                "due_at": event.received_at,
            }
            for event in kept
        ]
        statement = upsert(self._connection, events)
        taken_up = {"due_at": statement.excluded.due_at, "attempts": 0}
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["event_id", "type"], set_=taken_up, where=and_(*_GIVEN_UP)
            ),
            rows,
        )
        self._mark(Queue.EVENTS)

    async def take_up_events(self, now: datetime, *, limit: int) -> bool:
        """Have up to `limit` events that were given up applied again; says whether there were any."""
        given_up = select(events.c.id).where(*_GIVEN_UP).limit(limit)
        statement = (
            update(events)
            .where(events.c.id.in_(given_up))
            .values(due_at=now, attempts=0)
            .returning(events.c.id)
        )
        return bool((await self._connection.execute(statement)).all())

    async def take_event(self, now: datetime, retry_after: Sequence[timedelta]) -> Row[Any] | None:
        """The event that is due longest, its attempt counted and its next one planned."""
        due = (
            select(events.c.id, events.c.attempts)
            .where(events.c.due_at <= now)
            .order_by(events.c.due_at, events.c.id)
            .limit(1)
        )
        found = (await self._connection.execute(due)).first()
        if found is None:
            return None
        # Held by this transaction until it ends; if the process dies in it, the event is due as before.
        again = now + retry_after[found.attempts] if found.attempts < len(retry_after) else None
        statement = (
            update(events)
            .where(events.c.id == found.id, events.c.due_at <= now)
            .values(attempts=events.c.attempts + 1, due_at=again)
            .returning(events)
        )
        taken: Row[Any] | None = (await self._connection.execute(statement)).first()
        return taken

    async def event_applied(self, event: int, outcome: str, now: datetime) -> None:
        self._mark(Queue.OPEN_SESSIONS)  # the one that it is about may be overdue
        await self._connection.execute(
            update(events)
            .where(events.c.id == event)
            .values(applied_at=now, due_at=None, outcome=outcome, error=None)
        )

    async def event_failed(self, event: int, error: str, due_at: datetime | None) -> None:
        if due_at is None:
            self._mark(Queue.OPEN_SESSIONS)  # the same
        else:
            self._mark(Queue.EVENTS, due_at)
        await self._connection.execute(
            update(events)
            .where(events.c.id == event)
            .values(error=error, due_at=due_at, attempts=events.c.attempts + 1)
        )

    async def next_event(self) -> datetime | None:
        """When (UTC) the next event is to be applied."""
        statement = select(func.min(events.c.due_at)).where(events.c.due_at.is_not(None))
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    async def reconsider(
        self, now: datetime, *, order_numbers: Collection[str] = (), subscription_id: str | None = None
    ) -> bool:
        """Have the events applied again that came to nothing when they came; says whether there are any.

        They are applied in the order of their arrival: what each of them says it said when weighs more.
        """
        about: ColumnElement[bool] = events.c.order_number.in_(order_numbers)
        if subscription_id is not None:
            about = or_(about, events.c.subscription_id == subscription_id)
        waits = and_(events.c.applied_at.is_(None), events.c.due_at > now)
        statement = (
            update(events)
            .where(about, or_(events.c.outcome.in_(_CAME_TO_NOTHING), waits))
            .values(due_at=now, attempts=0, applied_at=None)  # if it is given up, it is taken up again
            .returning(events.c.id)
        )
        is_any = (await self._connection.execute(statement)).first() is not None
        if is_any:
            self._mark(Queue.EVENTS)
        return is_any


def items_as_json(items: Sequence[OrderItem]) -> list[dict[str, Any]]:
    return [asdict(item) for item in items]


def _known(row: Row[Any]) -> KnownOrder:
    return KnownOrder(_order(row), row.changed_at, row.dispute_closed)


def _order(row: Row[Any]) -> OrderRecord:
    return OrderRecord(
        id=row.id,
        reference=row.reference,
        order_id=row.order_id,
        order_number=row.order_number,
        sale_id=row.sale_id,
        session_id=row.session_id,
        subscription_id=row.subscription_id,
        money=MoneyState(row.money),
        status=row.status,
        payment_status=row.payment_status,
        amount=row.amount,
        discount=row.discount,
        currency=row.currency,
        items=_ITEMS.validate_python(row.items),
        custom_fields=row.custom_fields,
        late=row.late,
        again=row.again,
        created_at=row.created_at,
        paid_at=row.paid_at,
    )


def subscription_record(row: Row[Any]) -> SubscriptionRecord:
    return SubscriptionRecord(
        id=row.id,
        subscription_id=row.subscription_id,
        sale_id=row.sale_id,
        order_number=row.order_number,
        status=SubscriptionStatus(row.status),
        product_id=row.product_id,
        current_period_end=row.current_period_end,
        trial_end=row.trial_end,
        ends_at=row.ends_at,
        cancelled_at=row.cancelled_at,
        amount=row.amount,
        stopped_at=row.stopped_at,
    )
