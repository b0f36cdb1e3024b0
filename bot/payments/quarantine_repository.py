"""The SQL of payments that don't fit. The caller's transaction commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

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


@dataclass(frozen=True, slots=True)
class QuarantinedPayment:
    """A payment that claims to be ours and doesn't fit. `observation` is what was seen, as JSON."""

    id: int
    reference: str
    order_id: str
    order_number: str | None
    sale_id: int | None
    guild_id: int | None
    member_id: int | None
    reasons: tuple[str, ...]
    observation: dict[str, Any]
    created_at: datetime
    decision: str | None


class QuarantineRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # An order that first came without its id is known by its number.
    _KNOWN: Final = "SELECT * FROM quarantine WHERE order_id IN (:known_as) ORDER BY id DESC LIMIT 1"
    _NUMBERED: Final = "SELECT * FROM quarantine WHERE order_number = :order_number ORDER BY id DESC LIMIT 1"

    async def order(self, order_id: str | None, order_number: str | None) -> QuarantinedPayment | None:
        """The order of that id; without an id the newest of that number."""
        if order_id:
            row = await self._tx.row(self._KNOWN, known_as=[order_id, order_number])
        else:
            row = await self._tx.row(self._NUMBERED, order_number=order_number)
        return None if row is None else _quarantined(row)

    _OF_SALE: Final = "SELECT * FROM quarantine WHERE sale_id = :sale_id AND decision IS NULL"

    async def of_sale(self, sale_id: int) -> list[QuarantinedPayment]:
        """Those of a sale that nobody has decided on."""
        return list(map(_quarantined, await self._tx.rows(self._OF_SALE, sale_id=sale_id)))

    _HELD: Final = "SELECT sale_id FROM quarantine WHERE sale_id IN (:sale_ids) AND decision IS NULL"

    async def held(self, sale_ids: Sequence[int]) -> set[int]:
        """Which of these sales have a payment that nobody has decided on."""
        return {row["sale_id"] for row in await self._tx.rows(self._HELD, sale_ids=sale_ids)}

    _WAITING: Final = """
        SELECT reference FROM quarantine
        WHERE decision IS NULL AND (guild_id = :guild_id OR guild_id IS NULL)
        ORDER BY sale_id IS NULL, id
    """

    async def waiting(self, guild_id: int) -> list[str]:
        """The references of what nobody has decided on: this server's, and what is of no sale of ours.

        Oldest first, and the sales' own before what anybody can make up.
        """
        return [row["reference"] for row in await self._tx.rows(self._WAITING, guild_id=guild_id)]

    _UNTOLD: Final = """
        SELECT * FROM quarantine
        WHERE id > :after AND decision IS NULL AND sale_id IS NULL AND told_at IS NULL
        ORDER BY id LIMIT :most
    """

    async def untold(self, *, after: int, limit: int) -> list[QuarantinedPayment]:
        """What is of no sale of ours, that nobody has decided on, and that staff weren't told of.

        Up to `limit` of it, by id, from behind `after`.
        """
        return list(map(_quarantined, await self._tx.rows(self._UNTOLD, after=after, most=limit)))

    _LAST_TOLD: Final = "SELECT max(told_at) FROM quarantine"

    async def last_told(self) -> datetime | None:
        """When (UTC) staff were told last of what is of no sale of ours."""
        return instant_or_none(await self._tx.value(self._LAST_TOLD))

    _MARK_TOLD: Final = "UPDATE quarantine SET told_at = :now WHERE id IN (:quarantined)"

    async def mark_told(self, quarantined: Sequence[int], now: datetime) -> None:
        await self._tx.execute(self._MARK_TOLD, quarantined=quarantined, now=now)

    _NAMED: Final = """
        SELECT * FROM quarantine
        WHERE reference = :reference AND (guild_id = :guild_id OR guild_id IS NULL)
    """

    async def named(self, reference: str, guild_id: int) -> QuarantinedPayment | None:
        row = await self._tx.row(self._NAMED, reference=reference, guild_id=guild_id)
        return None if row is None else _quarantined(row)

    _PUT: Final = "INSERT INTO quarantine ({columns}) VALUES ({places}) RETURNING *"

    async def put(self, **values: Any) -> QuarantinedPayment:
        if values["sale_id"] is None:
            self._tx.mark(Queue.QUARANTINE)
        values = _columns(values) | {"reference": new_reference()}
        statement = self._PUT.format(columns=columns(values), places=places(values))
        [row] = await self._tx.rows(statement, **values)
        return _quarantined(row)

    _DECIDE: Final = """
        UPDATE quarantine SET decision = :decision, decided_by = :decided_by, decided_at = :now
        WHERE id = :id AND decision IS NULL
        RETURNING id
    """

    async def decide(self, quarantined: int, decision: str, *, by: int | None, now: datetime) -> bool:
        """Record a decision unless there is one already, and say whether it counts."""
        decided = await self._tx.value(
            self._DECIDE, id=quarantined, decision=decision, decided_by=by, now=now
        )
        return decided is not None

    _OBSERVE_AGAIN: Final = "UPDATE quarantine SET {assignments} WHERE id = :id"

    async def observe_again(self, quarantined: int, **values: Any) -> None:
        values = _columns(values)
        statement = self._OBSERVE_AGAIN.format(assignments=assignments(values))
        await self._tx.execute(statement, id=quarantined, **values)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    documents = {"reasons", "observation"}
    return {name: document(value) if name in documents else value for name, value in values.items()}


def _quarantined(row: Row) -> QuarantinedPayment:
    return QuarantinedPayment(
        id=row["id"],
        reference=row["reference"],
        order_id=row["order_id"],
        order_number=row["order_number"],
        sale_id=row["sale_id"],
        guild_id=row["guild_id"],
        member_id=row["member_id"],
        reasons=tuple(read_document(row["reasons"])),
        observation=read_document(row["observation"]),
        created_at=instant(row["created_at"]),
        decision=row["decision"],
    )
