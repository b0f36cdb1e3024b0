"""The SQL of orders and subscriptions. The caller's transaction commits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from bot.checkout.states import MoneyState
from bot.payments.models import (
    OrderItem,
    OrderRecord,
    SubscriptionRecord,
    SubscriptionStatus,
)
from bot.references import new_reference
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import (
    Row,
    assignments,
    columns,
    document,
    instant,
    instant_or_none,
    places,
    read_document,
)

_ITEMS: Final = TypeAdapter(tuple[OrderItem, ...])


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order with what is kept to judge the next thing that is said of it. Times are aware UTC."""

    record: OrderRecord
    changed_at: datetime
    dispute_closed: bool


@dataclass(frozen=True, slots=True)
class KnownSubscription:
    """A subscription, and when (UTC) the store last said something of it."""

    record: SubscriptionRecord
    changed_at: datetime


class PaymentRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # --- orders ---------------------------------------------------------------------------------------

    # An order that first came without its id is known by its number.
    _KNOWN: Final = "SELECT * FROM orders WHERE order_id IN (:known_as) ORDER BY id DESC LIMIT 1"
    _NUMBERED: Final = "SELECT * FROM orders WHERE order_number = :order_number ORDER BY id DESC LIMIT 1"

    async def order(self, order_id: str | None, order_number: str | None) -> KnownOrder | None:
        """The order of that id; without an id the newest of that number."""
        if order_id:
            row = await self._tx.row(self._KNOWN, known_as=[order_id, order_number])
        else:
            row = await self._tx.row(self._NUMBERED, order_number=order_number)
        return None if row is None else _known(row)

    _NAMED: Final = "SELECT * FROM orders WHERE reference = :reference"

    async def order_named(self, reference: str) -> OrderRecord | None:
        """The order by its name in custom_ids."""
        row = await self._tx.row(self._NAMED, reference=reference)
        return None if row is None else order_of(row)

    _OF_SALE: Final = "SELECT * FROM orders WHERE sale_id = :sale_id ORDER BY id"

    async def orders_of(self, sale_id: int) -> list[OrderRecord]:
        """The sale's orders, oldest first."""
        return list(map(order_of, await self._tx.rows(self._OF_SALE, sale_id=sale_id)))

    _DISPUTED: Final = "SELECT order_id FROM orders WHERE money = 'disputed'"

    async def disputed_orders(self) -> list[str]:
        """The ids of all orders that are disputed at the moment."""
        return [row["order_id"] for row in await self._tx.rows(self._DISPUTED)]

    _CLEARING: Final = """
        SELECT * FROM orders
        WHERE sale_id IN (SELECT id FROM sales WHERE status = 'clearing')
            AND money = 'clearing' AND changed_at <= :then
        LIMIT :most
    """

    async def clearing_since(self, then: datetime, *, limit: int) -> list[KnownOrder]:
        """Orders of open links whose payment is on its way, and was told of last by then (UTC)."""
        return list(map(_known, await self._tx.rows(self._CLEARING, then=then, most=limit)))

    _PAID: Final = "SELECT order_id FROM orders WHERE order_id IN (:order_ids) AND money = 'paid'"

    async def paid_orders(self, order_ids: Sequence[str]) -> set[str]:
        """Which of these orders are ours and paid, as far as we know."""
        return {row["order_id"] for row in await self._tx.rows(self._PAID, order_ids=order_ids)}

    _WRITTEN: Final = "SELECT order_id FROM orders WHERE order_id IN (:order_ids)"

    async def orders_known(self, order_ids: Sequence[str]) -> set[str]:
        """Which of these orders are written, whatever became of them."""
        return {row["order_id"] for row in await self._tx.rows(self._WRITTEN, order_ids=order_ids)}

    _RENEWED: Final = """
        SELECT id FROM orders
        WHERE subscription_id = :subscription_id AND changed_at BETWEEN :since AND :until
        LIMIT 1
    """

    async def was_renewed(self, subscription_id: str, since: datetime, until: datetime) -> bool:
        """Whether an order renewed it of which the store last said something between then and then (UTC)."""
        found = await self._tx.value(self._RENEWED, subscription_id=subscription_id, since=since, until=until)
        return found is not None

    _LAST_RENEWAL: Final = "SELECT max(created_at) FROM orders WHERE subscription_id = :subscription_id"

    async def last_renewal(self, subscription_id: str) -> datetime | None:
        """When (UTC) the newest order that renewed the subscription was written."""
        return instant_or_none(await self._tx.value(self._LAST_RENEWAL, subscription_id=subscription_id))

    # From one server to the next by the index: however many sales they have, only the servers are read.
    _PAID_SERVERS: Final = """
        WITH RECURSIVE servers (id) AS (
            SELECT min(guild_id) FROM sales WHERE status = 'paid'
            UNION ALL
            SELECT (SELECT min(guild_id) FROM sales WHERE status = 'paid' AND guild_id > servers.id)
            FROM servers WHERE servers.id IS NOT NULL
        )
        SELECT id FROM servers WHERE id IS NOT NULL
    """
    _DISPUTED_SERVERS: Final = """
        SELECT DISTINCT sales.guild_id AS id
        FROM orders JOIN sales ON sales.id = orders.sale_id WHERE orders.money = 'disputed'
    """

    async def servers_with_money(self) -> list[int]:
        """The servers in which something is paid, and may be given back."""
        paid = await self._tx.rows(self._PAID_SERVERS)
        disputed = await self._tx.rows(self._DISPUTED_SERVERS)
        return sorted({row["id"] for row in (*paid, *disputed)})

    _ADD: Final = "INSERT INTO orders ({columns}) VALUES ({places}) RETURNING *"

    async def add_order(self, **values: Any) -> OrderRecord:
        self._mark_sessions(values)
        values = _order_columns(values) | {"reference": new_reference()}
        statement = self._ADD.format(columns=columns(values), places=places(values))
        [row] = await self._tx.rows(statement, **values)
        return order_of(row)

    _CHANGE: Final = "UPDATE orders SET {assignments} WHERE id = :id RETURNING *"

    async def change_order(self, order: int, **values: Any) -> OrderRecord:
        self._mark_sessions(values)
        values = _order_columns(values)
        [row] = await self._tx.rows(self._CHANGE.format(assignments=assignments(values)), id=order, **values)
        return order_of(row)

    def _mark_sessions(self, values: Mapping[str, Any]) -> None:
        if values.get("money") is not MoneyState.PAID:  # what is paid never expires
            self._tx.mark(Queue.OPEN_SESSIONS)  # what no longer clears may be overdue

    # --- subscriptions --------------------------------------------------------------------------------

    _SUBSCRIPTION: Final = "SELECT * FROM subscriptions WHERE subscription_id = :subscription_id"

    async def known_subscription(self, subscription_id: str) -> KnownSubscription | None:
        """The subscription that the store calls so, with what the next thing said of it is judged by."""
        row = await self._tx.row(self._SUBSCRIPTION, subscription_id=subscription_id)
        return (
            None if row is None else KnownSubscription(subscription_record(row), instant(row["changed_at"]))
        )

    async def subscription(self, subscription_id: str) -> SubscriptionRecord | None:
        """The subscription that the store calls so."""
        known = await self.known_subscription(subscription_id)
        return None if known is None else known.record

    _SUBSCRIPTIONS_WRITTEN: Final = """
        SELECT subscription_id FROM subscriptions WHERE subscription_id IN (:subscription_ids)
    """

    async def subscriptions_known(self, subscription_ids: Sequence[str]) -> set[str]:
        """Which of these subscriptions are written."""
        rows = await self._tx.rows(self._SUBSCRIPTIONS_WRITTEN, subscription_ids=subscription_ids)
        return {row["subscription_id"] for row in rows}

    _SUBSCRIPTIONS_OF: Final = "SELECT * FROM subscriptions WHERE sale_id IN (:sale_ids) ORDER BY id"

    async def has_subscription(self, sale_id: int) -> bool:
        return await self.subscription_of(sale_id) is not None

    async def subscription_of(self, sale_id: int) -> SubscriptionRecord | None:
        """The subscription that the sale began, as far as the store has told of it."""
        return (await self.subscriptions_of([sale_id])).get(sale_id)

    async def subscriptions_of(self, sale_ids: Sequence[int]) -> dict[int, SubscriptionRecord]:
        """The same for many sales, by their ids."""
        rows = await self._tx.rows(self._SUBSCRIPTIONS_OF, sale_ids=sale_ids)
        return {row["sale_id"]: subscription_record(row) for row in rows}

    _ADD_SUBSCRIPTION: Final = "INSERT INTO subscriptions ({columns}) VALUES ({places}) RETURNING *"

    async def add_subscription(self, **values: Any) -> SubscriptionRecord:
        statement = self._ADD_SUBSCRIPTION.format(columns=columns(values), places=places(values))
        [row] = await self._tx.rows(statement, **values)
        return subscription_record(row)

    _MOVE_SUBSCRIPTIONS: Final = """
        UPDATE subscriptions SET sale_id = :sale_id
        WHERE order_number = :order_number AND sale_id <> :sale_id
        RETURNING *
    """

    async def move_subscriptions(self, order_number: str | None, sale_id: int) -> list[SubscriptionRecord]:
        """Have what an order began belong to that sale; returns what belonged to another before."""
        if order_number is None:  # of many subscriptions it isn't known which order began them
            return []
        rows = await self._tx.rows(self._MOVE_SUBSCRIPTIONS, order_number=order_number, sale_id=sale_id)
        return list(map(subscription_record, rows))

    _CHANGE_SUBSCRIPTION: Final = "UPDATE subscriptions SET {assignments} WHERE id = :id RETURNING *"

    async def change_subscription(self, subscription: int, **values: Any) -> SubscriptionRecord:
        statement = self._CHANGE_SUBSCRIPTION.format(assignments=assignments(values))
        [row] = await self._tx.rows(statement, id=subscription, **values)
        return subscription_record(row)


def items_as_json(items: Sequence[OrderItem]) -> list[dict[str, Any]]:
    return [asdict(item) for item in items]


def _order_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    documents = {"items", "custom_fields"}
    return {name: document(value) if name in documents else value for name, value in values.items()}


def _known(row: Row) -> KnownOrder:
    return KnownOrder(order_of(row), instant(row["changed_at"]), bool(row["dispute_closed"]))


def order_of(row: Row) -> OrderRecord:
    return OrderRecord(
        id=row["id"],
        reference=row["reference"],
        order_id=row["order_id"],
        order_number=row["order_number"],
        sale_id=row["sale_id"],
        session_id=row["session_id"],
        subscription_id=row["subscription_id"],
        money=MoneyState(row["money"]),
        status=row["status"],
        payment_status=row["payment_status"],
        amount=row["amount"],
        discount=row["discount"],
        currency=row["currency"],
        items=_ITEMS.validate_json(row["items"]),
        custom_fields=read_document(row["custom_fields"]),
        late=bool(row["late"]),
        again=bool(row["again"]),
        created_at=instant(row["created_at"]),
        paid_at=instant_or_none(row["paid_at"]),
    )


def subscription_record(row: Row) -> SubscriptionRecord:
    return SubscriptionRecord(
        id=row["id"],
        subscription_id=row["subscription_id"],
        sale_id=row["sale_id"],
        order_number=row["order_number"],
        status=SubscriptionStatus(row["status"]),
        product_id=row["product_id"],
        current_period_end=instant_or_none(row["current_period_end"]),
        trial_end=instant_or_none(row["trial_end"]),
        ends_at=instant_or_none(row["ends_at"]),
        cancelled_at=instant_or_none(row["cancelled_at"]),
        amount=row["amount"],
        stopped_at=instant_or_none(row["stopped_at"]),
    )
