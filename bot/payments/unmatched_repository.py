"""The SQL of what may have begun or renewed a subscription, which webhooks don't say. Nothing commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.payments.models import ObservationResult
from bot.payments.provider import EventWords
from bot.payments.verification import Reason
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import beginning, containing, read_document

_NEWEST: Final = 5000
"""Orders that are looked through; what is older began a subscription that was told of long ago."""
_MOST: Final = 200
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FirstPayment:
    """A payment of ours whose sale lacks a subscription. `amount` is cents.

    A trial's payment of nothing is held back until there is a subscription.
    """

    sale_id: int
    order_number: str
    amount: int


class UnmatchedRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    _LACKING: Final = """
        SELECT orders.sale_id, orders.order_number, orders.amount
        FROM orders JOIN sales ON sales.id = orders.sale_id
        WHERE orders.id > (SELECT max(orders.id) - :newest FROM orders)
            AND orders.money = 'paid' AND orders.subscription_id IS NULL
            AND (
                sales.lines LIKE '%"SUBSCRIPTION"%'
                OR sales.lines LIKE '%"UNKNOWN"%'
            )
            AND {which}
            AND orders.changed_at >= :since AND orders.changed_at <= :now
        ORDER BY orders.id DESC LIMIT :most
    """
    _MATCHED: Final = "EXISTS (SELECT 1 FROM subscriptions WHERE subscriptions.sale_id = orders.sale_id)"
    _LACKING_ONE: Final = _LACKING.format(which=f"NOT {_MATCHED}")
    _HAVING_ONE: Final = _LACKING.format(which=_MATCHED)

    async def lacking(
        self, now: datetime, *, since: datetime = _EVER, matched: bool = False
    ) -> list[FirstPayment]:
        """Payments between `since` and `now` (UTC) whose sale may lack a subscription, newest first.

        With `matched`, those of sales that have one instead.
        """
        rows = await self._tx.rows(
            self._HAVING_ONE if matched else self._LACKING_ONE,
            newest=_NEWEST,
            since=since,
            now=now,
            most=_MOST,
        )
        found = [FirstPayment(row["sale_id"], row["order_number"], row["amount"]) for row in rows]
        return found if matched else [*found, *await self._held(now, since)]

    _HELD: Final = """
        SELECT sale_id, order_id, order_number, reasons, observation FROM quarantine
        WHERE decision IS NULL AND sale_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE subscriptions.sale_id = quarantine.sale_id)
        ORDER BY created_at DESC, id DESC LIMIT :most
    """

    async def _held(self, now: datetime, since: datetime) -> list[FirstPayment]:
        held = []
        for row in await self._tx.rows(self._HELD, most=_MOST):
            said = datetime.fromisoformat(read_document(row["observation"])["said"])
            if read_document(row["reasons"]) == [Reason.NOTHING_PAID] and since <= said <= now:
                number = row["order_number"] or row["order_id"]
                held.append(FirstPayment(row["sale_id"], number, 0))
        return held

    _OPEN: Final = r"""
        SELECT sessions.id FROM sessions JOIN sales ON sales.id = sessions.sale_id
        WHERE sessions.state = 'open' AND sales.id <> :but
            AND sales.lines LIKE :naming_it ESCAPE '\'
        LIMIT 1
    """

    async def is_open(self, product_id: str, *, but: int) -> bool:
        """Whether a link to it is out that isn't paid, of another sale than that one."""
        naming_it = containing(f'"{product_id}"')
        return await self._tx.value(self._OPEN, naming_it=naming_it, but=but) is not None

    _SOLD_ELSEWHERE: Final = r"""
        SELECT id FROM events
        WHERE received_at >= :since AND type = :paid AND outcome = 'unmatched'
            AND order_number LIKE :a_session ESCAPE '\'
        LIMIT 1
    """

    async def is_sold_elsewhere(self, since: datetime, words: EventWords) -> bool:
        """Whether a checkout was paid since then (UTC) that is of nothing that was sold here."""
        found = await self._tx.value(
            self._SOLD_ELSEWHERE, since=since, paid=words.paid, a_session=beginning(words.checkouts)
        )
        return found is not None

    _TOLD: Final = r"""
        SELECT payload FROM events WHERE received_at >= :since AND type LIKE :kind ESCAPE '\' {came_to}
        ORDER BY received_at, id LIMIT :most
    """
    _ALL_TOLD: Final = _TOLD.format(came_to="")
    _TOLD_AND: Final = _TOLD.format(came_to="AND outcome = :outcome")

    async def payloads(
        self, prefix: str, since: datetime, *, outcome: ObservationResult | None = None
    ) -> Sequence[bytes]:
        """What webhooks told since then (UTC), and came to that: by the start of their type."""
        values: dict[str, Any] = {"since": since, "kind": beginning(prefix), "most": _MOST}
        if outcome is None:
            rows = await self._tx.rows(self._ALL_TOLD, **values)
        else:
            rows = await self._tx.rows(self._TOLD_AND, outcome=outcome, **values)
        return [row["payload"] for row in rows]

    _RECONSIDER: Final = r"""
        UPDATE events SET due_at = :now, attempts = 0, applied_at = NULL
        WHERE received_at >= :since AND type LIKE :kind ESCAPE '\' AND outcome = 'unmatched'
    """

    async def reconsider(self, prefix: str, since: datetime, now: datetime) -> None:
        """Have those applied again."""
        await self._tx.execute(self._RECONSIDER, kind=beginning(prefix), since=since, now=now)
        self._tx.mark(Queue.EVENTS)
