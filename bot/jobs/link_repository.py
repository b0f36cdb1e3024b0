"""The SQL of the jobs that bring payment links, which somebody waits for. Nothing here commits."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.jobs.job_rows import job_of, new_row, reply_text
from bot.jobs.models import Job, JobKind, NewJob, Reply
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction

_PLAN: Final = """
    INSERT INTO jobs (lane, kind, key, sale_id, priority, payload, created_at, attempts, reply, reply_until)
    VALUES (:lane, :kind, :key, :sale_id, :priority, :payload, :now, 0, :reply, :reply_until)
    ON CONFLICT (kind, key) DO UPDATE SET reply = excluded.reply, reply_until = excluded.reply_until
"""
_PLAN_OF_NONCE: Final = """
    INSERT INTO jobs (lane, kind, key, sale_id, priority, payload, created_at, attempts, reply, reply_until)
    SELECT :lane, :kind, CAST(id AS VARCHAR(96)), sale_id, :priority, :payload, :now, 0, :reply, :reply_until
    FROM sessions WHERE nonce = :nonce
    RETURNING id, key, sale_id, (
        SELECT billing.sealed FROM billing WHERE billing.user_id = :buyer_id
    ) AS sealed
"""
_START: Final = """
    UPDATE jobs SET next_attempt_at = :lease, attempts = :attempts WHERE kind = 'link' AND key = :key
    RETURNING *
"""
_START_PLANNED: Final = "UPDATE jobs SET next_attempt_at = :lease, attempts = :attempts WHERE id = :id"
_BRING_AGAIN: Final = """
    UPDATE jobs SET next_attempt_at = :lease, attempts = 1, done_at = NULL, outcome = NULL
    WHERE kind = 'link' AND key = :key AND next_attempt_at IS NULL RETURNING *
"""
_UNDER_WAY: Final = """
    SELECT id FROM jobs WHERE sale_id = :sale_id AND kind = 'link' AND next_attempt_at IS NOT NULL LIMIT 1
"""


class LinkRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def plan(self, sale_id: int, session_id: int, reply: Reply | None, now: datetime) -> None:
        """Write that a session's link will have to reach its buyer, and who waits for it; not due yet."""
        await self._tx.execute(_PLAN, **_row(NewJob(JobKind.LINK, str(session_id), sale_id), reply, now))

    async def plan_of_nonce(
        self, nonce: str, buyer_id: int, reply: Reply | None, now: datetime, *, ends: bool
    ) -> tuple[Job, str | None] | None:
        """The same for the session with that nonce, which may have been written in the same trip.

        With it comes what the buyer gave for the bill, sealed. None where there is no such session; with one,
        the transaction ends if it `ends`.
        """
        row = _row(NewJob(JobKind.LINK, ""), reply, now)
        [found] = await self._tx.rows_of_each(
            _PLAN_OF_NONCE, ends=ends, **row, nonce=nonce, buyer_id=buyer_id
        )
        if not found:
            return None
        [written] = found
        job = NewJob(JobKind.LINK, written["key"], written["sale_id"])
        planned = Job(
            id=written["id"],
            lane=row["lane"],
            kind=job.kind,
            key=job.key,
            sale=job.sale_id,
            payload=job.payload,
            created_at=now,
            attempts=0,
            lease=now,
            reply=reply,
        )
        return planned, written["sealed"]

    async def start(self, session_id: int, *, lease: datetime, attempts: int) -> Job:
        """Have a session's link brought, or told that there is none.

        That is the caller's to do until `lease` (UTC), and anybody's from then on. Raises LookupError for a
        link that isn't planned.
        """
        row = await self._tx.row(_START, key=str(session_id), lease=lease, attempts=attempts)
        if row is None:
            raise LookupError(f"the link of session {session_id}")
        self._tx.mark(Queue.JOBS, lease)
        return job_of(row)

    async def start_planned(self, job: Job, *, lease: datetime, attempts: int) -> Job:
        """The same for who has planned it, and so needn't read it."""
        await self._tx.execute(_START_PLANNED, id=job.id, lease=lease, attempts=attempts)
        self._tx.mark(Queue.JOBS, lease)
        return replace(job, lease=lease, attempts=attempts)

    async def bring_again(self, session_id: int, *, lease: datetime) -> Job | None:
        """Have a session's link brought once more, by the caller until `lease` (UTC).

        None while somebody else brings it.
        """
        self._tx.mark(Queue.JOBS, lease)
        row = await self._tx.row(_BRING_AGAIN, key=str(session_id), lease=lease)
        return None if row is None else job_of(row)

    async def is_under_way(self, sale_id: int) -> bool:
        """Whether a link of the sale is being brought to its buyer, or is to be brought again."""
        return await self._tx.row(_UNDER_WAY, sale_id=sale_id) is not None


def _row(job: NewJob, reply: Reply | None, now: datetime) -> dict[str, Any]:
    waits = {"reply": reply_text(reply), "reply_until": None if reply is None else reply.until}
    return new_row(job, now) | waits
