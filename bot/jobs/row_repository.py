"""Deliveries as rows, and back."""

from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row

from bot.jobs.models import Delivery, JobKind, Outcome, PlannedStep, Reply

REPLY: Final = TypeAdapter(Reply | None)


def planned_of(row: Row[Any]) -> PlannedStep:
    return PlannedStep(
        id=row.id,
        sale_id=row.sale_id,
        step=JobKind(row.step),
        target=row.target,
        created_at=row.created_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        next_attempt=row.next_attempt_at,
        done_at=row.done_at,
        reference=row.reference,
    )


def delivery_of(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        sale_id=row.sale_id,
        step=JobKind(row.step),
        target=row.target,
        created_at=row.created_at,
        attempts=row.attempts,
        lease=row.next_attempt_at,
        reply=REPLY.validate_python(row.reply),
        bulk=row.bulk,
    )
