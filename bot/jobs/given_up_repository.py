"""The SQL of deliveries that were given up, as staff name them. Nothing here commits."""

from datetime import datetime

from sqlalchemy import select, update

from bot.jobs.models import JobKind, PlannedStep
from bot.jobs.row_repository import planned_of
from bot.storage.queues import Queue
from bot.storage.tables import deliveries
from bot.storage.transaction import Transaction


class GivenUpRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def named(self, reference: str) -> PlannedStep | None:
        """A delivery that is given up, or was, by its name in custom_ids."""
        statement = select(deliveries).where(deliveries.c.reference == reference)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else planned_of(row)

    async def retry(self, delivery_id: int, now: datetime) -> PlannedStep | None:
        """Have a delivery that was given up tried again; None if it wasn't given up."""
        statement = (
            update(deliveries)
            .where(
                deliveries.c.id == delivery_id,
                deliveries.c.step != JobKind.KEYS,
                deliveries.c.next_attempt_at.is_(None),
                deliveries.c.done_at.is_(None),
            )
            .values(attempts=1, next_attempt_at=now)  # what may have arrived is looked for
            .returning(deliveries)
        )
        self._mark(Queue.DELIVERIES)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else planned_of(row)

    async def name_of(self, delivery: int) -> str | None:
        """What a delivery that was given up is called in custom_ids."""
        statement = select(deliveries.c.reference).where(deliveries.c.id == delivery)
        name: str | None = (await self._connection.execute(statement)).scalar_one()
        return name
