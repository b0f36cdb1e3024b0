"""Jobs as rows, and back."""

from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from bot.jobs.models import Job, JobRecord, Lane, NewJob, Outcome, Priority, Reply, lane_of, priority_of
from bot.storage.values import Row, document, instant, instant_or_none, read_document

_REPLY: Final = TypeAdapter(Reply)


def new_row(job: NewJob, now: datetime, *, bulk: bool = False) -> dict[str, Any]:
    """The values of a new row, due at once."""
    return {
        "lane": lane_of(job.kind),
        "kind": job.kind,
        "key": job.key,
        "sale_id": job.sale_id,
        "priority": int(Priority.BULK if bulk else priority_of(job.kind)),
        "payload": document(job.payload),
        "now": now,
        "due": now,
        "outcome": None,
    }


def job_of(row: Row) -> Job:
    return Job(
        id=row["id"],
        lane=Lane(row["lane"]),
        kind=row["kind"],
        key=row["key"],
        sale=row["sale_id"],
        payload=read_document(row["payload"]),
        created_at=instant(row["created_at"]),
        attempts=row["attempts"],
        lease=instant(row["next_attempt_at"]),
        reply=None if row["reply"] is None else reply_of(row["reply"]),
        bulk=row["priority"] == Priority.BULK,
    )


def record_of(row: Row) -> JobRecord:
    return JobRecord(
        id=row["id"],
        sale_id=row["sale_id"],
        kind=row["kind"],
        key=row["key"],
        created_at=instant(row["created_at"]),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        next_attempt=instant_or_none(row["next_attempt_at"]),
        done_at=instant_or_none(row["done_at"]),
        reference=row["reference"],
    )


def reply_text(reply: Reply | None) -> str | None:
    return None if reply is None else document(_REPLY.dump_python(reply, mode="json"))


def reply_of(text: Any) -> Reply:
    return _REPLY.validate_python(read_document(text))
