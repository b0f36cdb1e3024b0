"""The SQL of payments that don't fit. The caller's transaction commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update

from bot.checkout.models import new_reference
from bot.storage.queues import Queue
from bot.storage.tables import quarantine
from bot.storage.transaction import Transaction


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
        self._connection = tx.connection
        self._mark = tx.mark

    async def order(self, order_id: str | None, order_number: str | None) -> QuarantinedPayment | None:
        """The order of that id; without an id the newest of that number."""
        # An order that first came without its id is known by its number.
        known_as = quarantine.c.order_id.in_([order_id, order_number])
        one = known_as if order_id else quarantine.c.order_number == order_number
        statement = select(quarantine).where(one).order_by(quarantine.c.id.desc()).limit(1)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _quarantined(row)

    async def of_sale(self, sale_id: int) -> list[QuarantinedPayment]:
        """Those of a sale that nobody has decided on."""
        statement = select(quarantine).where(quarantine.c.sale_id == sale_id, quarantine.c.decision.is_(None))
        return [_quarantined(row) for row in await self._connection.execute(statement)]

    async def waiting(self, guild_id: int) -> list[str]:
        """The references of what nobody has decided on: this server's, and what is of no sale of ours.

        Oldest first, and the sales' own before what anybody can make up.
        """
        statement = (
            select(quarantine.c.reference)
            .where(quarantine.c.decision.is_(None), _seen_in(guild_id))
            .order_by(quarantine.c.sale_id.is_(None), quarantine.c.id)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def untold(self, *, after: int, limit: int) -> list[QuarantinedPayment]:
        """What is of no sale of ours, that nobody has decided on, and that staff weren't told of.

        Up to `limit` of it, by id, from behind `after`.
        """
        statement = (
            select(quarantine)
            .where(
                quarantine.c.id > after,
                quarantine.c.decision.is_(None),
                quarantine.c.sale_id.is_(None),
                quarantine.c.told_at.is_(None),
            )
            .order_by(quarantine.c.id)
            .limit(limit)
        )
        return [_quarantined(row) for row in await self._connection.execute(statement)]

    async def last_told(self) -> datetime | None:
        """When (UTC) staff were told last of what is of no sale of ours."""
        last: datetime | None = (
            await self._connection.execute(select(func.max(quarantine.c.told_at)))
        ).scalar_one()
        return last

    async def mark_told(self, held: Sequence[int], now: datetime) -> None:
        await self._connection.execute(
            update(quarantine).where(quarantine.c.id.in_(held)).values(told_at=now)
        )

    async def named(self, reference: str, guild_id: int) -> QuarantinedPayment | None:
        statement = select(quarantine).where(and_(quarantine.c.reference == reference, _seen_in(guild_id)))
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _quarantined(row)

    async def put(self, **values: Any) -> QuarantinedPayment:
        if values["sale_id"] is None:
            self._mark(Queue.QUARANTINE)
        statement = insert(quarantine).values(reference=new_reference(), **values).returning(quarantine)
        return _quarantined((await self._connection.execute(statement)).one())

    async def decide(self, quarantined: int, decision: str, *, by: int | None, now: datetime) -> bool:
        """Record a decision unless there is one already, and say whether it counts."""
        statement = (
            update(quarantine)
            .where(quarantine.c.id == quarantined, quarantine.c.decision.is_(None))
            .values(decision=decision, decided_by=by, decided_at=now)
            .returning(quarantine.c.id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def observe_again(self, quarantined: int, **values: Any) -> None:
        await self._connection.execute(
            update(quarantine).where(quarantine.c.id == quarantined).values(**values)
        )


def _seen_in(guild_id: int) -> Any:
    return or_(quarantine.c.guild_id == guild_id, quarantine.c.guild_id.is_(None))


def _quarantined(row: Row[Any]) -> QuarantinedPayment:
    return QuarantinedPayment(
        id=row.id,
        reference=row.reference,
        order_id=row.order_id,
        order_number=row.order_number,
        sale_id=row.sale_id,
        guild_id=row.guild_id,
        member_id=row.member_id,
        reasons=tuple(row.reasons),
        observation=row.observation,
        created_at=row.created_at,
        decision=row.decision,
    )
