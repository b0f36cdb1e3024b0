"""The SQL of deliveries that were given up, as staff name them. Nothing here commits."""

from datetime import datetime

from sqlalchemy import func, select, update

from bot.jobs.models import JobRecord, Outcome
from bot.jobs.row_repository import record_of
from bot.storage.queues import Queue
from bot.storage.tables import deliveries
from bot.storage.transaction import Transaction


class GivenUpRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def named(self, reference: str) -> JobRecord | None:
        """A job that is given up, or was, by its name in custom_ids."""
        statement = select(deliveries).where(deliveries.c.reference == reference)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else record_of(row)

    async def retry(self, delivery_id: int, now: datetime) -> JobRecord | None:
        """Have a job that was given up tried again; None if it wasn't given up."""
        statement = (
            update(deliveries)
            .where(
                deliveries.c.id == delivery_id,
                func.coalesce(deliveries.c.outcome, "") != Outcome.READY,
                deliveries.c.next_attempt_at.is_(None),
                deliveries.c.done_at.is_(None),
            )
            .values(attempts=1, next_attempt_at=now)  # what may have arrived is looked for
            .returning(deliveries)
        )
        self._mark(Queue.DELIVERIES)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else record_of(row)

    async def name_of(self, job: int) -> str | None:
        """What a job that was given up is called in custom_ids."""
        statement = select(deliveries.c.reference).where(deliveries.c.id == job)
        name: str | None = (await self._connection.execute(statement)).scalar_one()
        return name
