"""Jobs as rows, and back."""

from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row

from bot.jobs.models import Job, JobRecord, Outcome, Reply

REPLY: Final = TypeAdapter(Reply | None)


def record_of(row: Row[Any]) -> JobRecord:
    return JobRecord(
        id=row.id,
        sale_id=row.sale_id,
        kind=row.step,
        key=row.target,
        created_at=row.created_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        next_attempt=row.next_attempt_at,
        done_at=row.done_at,
        reference=row.reference,
    )


def job_of(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        sale_id=row.sale_id,
        kind=row.step,
        key=row.target,
        created_at=row.created_at,
        attempts=row.attempts,
        lease=row.next_attempt_at,
        reply=REPLY.validate_python(row.reply),
        bulk=row.bulk,
    )
