"""The SQL of jobs and of the messages that live. Nothing here commits: the caller's unit of work does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.jobs.job_rows import job_of, new_row, record_of
from bot.jobs.models import (
    OUTDATED,
    SHOWS_WHAT_COMES,
    TO_BE_REPLACED,
    Job,
    JobKind,
    JobRecord,
    Lane,
    LiveMessage,
    NewJob,
    Outcome,
    Priority,
    Result,
    lane_of,
)
from bot.jobs.planning_repository import refresh, write_again, write_once
from bot.references import new_reference
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, WriteAll
from bot.storage.values import document, instant_or_none

QUEUES: Final[Mapping[Lane, Queue]] = {
    Lane.PEOPLE: Queue.JOBS,
    Lane.NOTES: Queue.STAFF_NOTES,
    Lane.AUDIT: Queue.AUDIT_LINES,
}
"""What a lane's worker is woken by."""

# One that is on its way now may have been written before: it is looked for, and brought up to date.
_SHOW_AGAIN: Final = """
    UPDATE jobs SET next_attempt_at = :now, done_at = NULL,
        attempts = CASE WHEN done_at IS NULL THEN attempts ELSE 0 END
    WHERE sale_id = :sale_id AND kind = :kind AND key IN (:keys)
        AND (outcome = 'dm' OR (outcome IS NULL AND next_attempt_at IS NOT NULL))
    RETURNING id
"""
_REFRESH_REMINDERS: Final = """
    UPDATE jobs SET attempts = 0, next_attempt_at = :now, done_at = NULL
    WHERE sale_id = :sale_id AND kind = 'reminder' AND outcome = 'dm' RETURNING id
"""
_PLANNED: Final = "SELECT id FROM jobs WHERE kind = :kind AND key = :key"
_REVEALED: Final = """
    UPDATE jobs SET done_at = :now, outcome = 'revealed'
    WHERE kind = 'keys' AND key = :key AND done_at IS NULL
"""
_TAKE: Final = """
    UPDATE jobs SET next_attempt_at = :lease, attempts = attempts + 1
    WHERE next_attempt_at <= :now AND id IN (
        SELECT id FROM jobs WHERE lane = :lane AND next_attempt_at <= :now
        AND (priority <> 2 OR NOT EXISTS (
            SELECT 1 FROM jobs AS given WHERE given.sale_id = jobs.sale_id AND given.priority = 1
            AND given.outcome IS NULL AND given.last_error IS NULL AND (
                given.next_attempt_at <= :now
                OR given.next_attempt_at > :just_leased AND given.next_attempt_at <= :lease
            )
        ))
        ORDER BY priority, next_attempt_at, id LIMIT :limit
    )
    RETURNING *
"""
# One question for each priority: so none reads all that is due.
_NEXT_DUE: Final = """
    SELECT min(due) FROM (
        SELECT (
            SELECT min(next_attempt_at) FROM jobs
            WHERE lane = :lane AND priority = priorities.priority AND next_attempt_at IS NOT NULL
        ) AS due
        FROM (SELECT 0 AS priority UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS priorities
    ) AS found
"""
_FREE_LEASES: Final = """
    UPDATE jobs SET next_attempt_at = :now
    WHERE lane IN (:lanes) AND priority IN (:priorities)
    AND next_attempt_at > :now AND next_attempt_at <= :until
"""
_FINISH: Final = """
    UPDATE jobs SET outcome = :outcome, next_attempt_at = :next_attempt_at, done_at = :done_at,
        last_error = NULL, payload = coalesce(:payload, payload),
        reply = CASE WHEN :answered THEN NULL ELSE reply END,
        reply_until = CASE WHEN :answered THEN NULL ELSE reply_until END,
        reference = coalesce(reference, :reference)
    WHERE id = :id AND next_attempt_at = :lease
    RETURNING (SELECT status FROM sales WHERE sales.id = jobs.sale_id)
"""
_FAIL: Final = """
    UPDATE jobs SET last_error = :error, next_attempt_at = :next_attempt_at,
        reference = coalesce(reference, :reference)
    WHERE id = :id AND next_attempt_at = :lease
"""
# What may have arrived is looked for.
_RETRY: Final = """
    UPDATE jobs SET attempts = 1, next_attempt_at = :now
    WHERE id = :id AND next_attempt_at IS NULL AND done_at IS NULL AND coalesce(outcome, '') <> 'ready'
    RETURNING *
"""
_RETRY_UNDELIVERED: Final = """
    UPDATE jobs SET attempts = 1, next_attempt_at = :now, done_at = NULL, outcome = NULL
    WHERE outcome = 'undelivered' AND kind IN (:kinds) AND sale_id IN (
        SELECT id FROM sales WHERE guild_id = :guild_id AND buyer_id = :user_id
        UNION ALL
        SELECT id FROM sales
        WHERE guild_id = :guild_id AND recipient_id = :user_id AND recipient_id <> buyer_id
    )
"""
_OF_SALE: Final = "SELECT * FROM jobs WHERE sale_id = :sale_id ORDER BY id"
_OF_SALES: Final = "SELECT * FROM jobs WHERE sale_id IN (:sale_ids) AND kind IN (:kinds) ORDER BY id"
_FORGET_REPLIES: Final = """
    UPDATE jobs SET reply = NULL, reply_until = NULL
    WHERE id IN (SELECT id FROM jobs WHERE reply_until <= :now LIMIT :limit) RETURNING id
"""
_KEEP_MESSAGE: Final = """
    INSERT INTO messages (sale_id, channel_id, message_id, shows, created_at)
    VALUES (:sale_id, :channel_id, :message_id, :shows, :now)
    ON CONFLICT (sale_id) DO UPDATE SET
        channel_id = excluded.channel_id, message_id = excluded.message_id, shows = excluded.shows
"""
_COLLECT: Final = "UPDATE jobs SET outcome = 'collected' WHERE id IN (:ids) AND outcome = 'undelivered'"


class JobRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # --- what is to be done ---------------------------------------------------------------------------

    async def plan(self, sale_id: int, kind: str, key: str, now: datetime, *, bulk: bool = False) -> None:
        """Write what has to be done once, unless it is written already.

        Like all that is planned, it is written at the end of the transaction, together with the rest.
        """
        await self.plan_all([NewJob(kind, key, sale_id)], now, bulk=bulk)

    async def plan_again(
        self, sale_id: int, kind: str, key: str, now: datetime, *, bulk: bool = False
    ) -> None:
        """Write what has to be done, also if it was done before or is being done."""
        await self.plan_all_again([NewJob(kind, key, sale_id)], now, bulk=bulk)

    async def is_planned(self, kind: str, key: str) -> bool:
        """Whether there is such a job, carried out or not; not yet, if this transaction planned it."""
        return await self._tx.value(_PLANNED, kind=kind, key=key) is not None

    async def plan_all(self, jobs: Iterable[NewJob], now: datetime, *, bulk: bool = True) -> None:
        """Like `plan`, for many at once that nobody waits for."""
        for job in jobs:
            self._gather(write_once, job, now, bulk=bulk)

    async def plan_all_again(self, jobs: Iterable[NewJob], now: datetime, *, bulk: bool = True) -> None:
        """Like `plan_again`, for many at once that nobody waits for."""
        for job in jobs:
            self._gather(write_again, job, now, bulk=bulk)

    async def refresh_log(self, sale_id: int, now: datetime) -> None:
        """Write that the sales log has to show what is true of the sale now."""
        await self.plan_again(sale_id, JobKind.LOG, str(sale_id), now)

    async def refresh_messages(self, sale_ids: Sequence[int], now: datetime) -> None:
        """Write that these sales' live messages, where they have one, have to show what is true now."""
        for sale_id in sale_ids:
            self._tx.gather(refresh, sale_id, (sale_id, now))

    async def show_again(self, sale_id: int, kind: str, keys: Sequence[str], now: datetime) -> None:
        """Write that these direct messages, where they were sent, have to show what is true now."""
        if keys and await self._tx.rows(_SHOW_AGAIN, sale_id=sale_id, kind=kind, keys=keys, now=now):
            self._tx.mark(Queue.JOBS)

    async def refresh_reminders(self, sale_id: int, now: datetime) -> None:
        """Write that the reminders of the sale that were sent have to show what is true now."""
        if await self._tx.rows(_REFRESH_REMINDERS, sale_id=sale_id, now=now):
            self._tx.mark(Queue.JOBS)

    def _gather(self, write: WriteAll[dict[str, Any]], job: NewJob, now: datetime, *, bulk: bool) -> None:
        self._tx.mark(QUEUES[lane_of(job.kind)])
        self._tx.gather(write, (job.kind, job.key), new_row(job, now, bulk=bulk))

    async def forget_replies(self, now: datetime, *, limit: int) -> int:
        """Remove up to `limit` answers that can't be given any more; returns how many."""
        return len(await self._tx.rows(_FORGET_REPLIES, now=now, limit=limit))

    # --- what is opened by its reader -----------------------------------------------------------------

    async def ready(self, sale_id: int, key: str, now: datetime) -> None:
        """Write that keys wait to be revealed: nothing to carry out, only to be opened."""
        row = new_row(NewJob(JobKind.KEYS, key, sale_id), now)
        row |= {"due": None, "outcome": Outcome.READY}
        self._tx.gather(write_once, (JobKind.KEYS, key), row)

    async def revealed(self, key: str, now: datetime) -> None:
        """Record that the keys were opened; the first time stands."""
        await self._tx.execute(_REVEALED, key=key, now=now)

    # --- carrying out ---------------------------------------------------------------------------------

    async def take_due(
        self, lane: Lane, now: datetime, *, lease: datetime, limit: int, ends: bool = False
    ) -> tuple[list[Job], datetime | None]:
        """Lease up to `limit` due jobs of a lane, in their order; one UPDATE decides who gets them.

        Returns also when (UTC) the lane's next job is to be tried. `ends`: the transaction ends with it.
        """
        just_leased = lease - SHOWS_WHAT_COMES
        rows, [next_due] = await self._tx.rows_of_each(
            _TAKE,
            _NEXT_DUE,
            ends=ends,
            lane=lane,
            now=now,
            lease=lease,
            just_leased=just_leased,
            limit=limit,
        )
        taken = list(map(job_of, sorted(rows, key=lambda row: (row["priority"], row["id"]))))
        return taken, instant_or_none(next_due[0])

    async def next_due(self, lane: Lane) -> datetime | None:
        """When (UTC) the lane's next job is to be tried."""
        return instant_or_none(await self._tx.value(_NEXT_DUE, lane=lane))

    async def free_leases(self, now: datetime, *, until: datetime) -> None:
        """Have done now what a process that is gone had leased, for `until` (UTC) at the longest.

        A lease is the time of the next attempt: one that was planned for so soon comes a little early.
        """
        await self._tx.execute(
            _FREE_LEASES, lanes=list(Lane), priorities=[int(each) for each in Priority], now=now, until=until
        )

    async def finish(
        self, job: Job, result: Result, *, next_attempt: datetime | None, now: datetime
    ) -> str | None:
        """Record how an attempt ended, unless the job was asked for anew meanwhile.

        One that was to be tried again and has no next attempt is given up. Returns the status of its sale;
        None where it is of none, or was asked for anew.
        """
        status: str | None = await self._tx.value(
            _FINISH,
            id=job.id,
            lease=job.lease,
            outcome=result.outcome,
            next_attempt_at=next_attempt,
            done_at=now if result.is_the_end else None,
            payload=None if result.payload is None else document(result.payload),
            answered=result.answered,
            reference=new_reference() if result.retry and next_attempt is None else None,
        )
        self._look_at(job, next_attempt)
        if result.message is not None:
            await self.keep_message(job.sale_id, result.message, now)
        return status

    async def fail(self, job: Job, error: str, *, next_attempt: datetime | None) -> None:
        """Record that an attempt failed; without a next one it is given up."""
        reference = new_reference() if next_attempt is None else None
        await self._tx.execute(
            _FAIL, id=job.id, lease=job.lease, error=error, next_attempt_at=next_attempt, reference=reference
        )
        self._look_at(job, next_attempt)

    def _look_at(self, job: Job, next_attempt: datetime | None) -> None:
        if next_attempt is not None:
            self._tx.mark(QUEUES[job.lane], next_attempt)

    # --- given up, and tried again --------------------------------------------------------------------

    async def named(self, reference: str) -> JobRecord | None:
        """A job that is given up, or was, by its name in custom_ids."""
        row = await self._tx.row("SELECT * FROM jobs WHERE reference = :reference", reference=reference)
        return None if row is None else record_of(row)

    async def name_of(self, job_id: int) -> str | None:
        """What a job that was given up is called in custom_ids."""
        name: str | None = await self._tx.value("SELECT reference FROM jobs WHERE id = :id", id=job_id)
        return name

    async def retry(self, job_id: int, now: datetime) -> JobRecord | None:
        """Have a job that was given up tried again; None if it wasn't given up."""
        self._tx.mark(Queue.JOBS)
        row = await self._tx.row(_RETRY, id=job_id, now=now)
        return None if row is None else record_of(row)

    async def retry_undelivered(
        self, guild_id: int, user_id: int, kinds: Sequence[str], now: datetime
    ) -> None:
        """Have what could not be brought to the people of somebody's sales tried again."""
        self._tx.mark(Queue.JOBS)
        await self._tx.execute(_RETRY_UNDELIVERED, guild_id=guild_id, user_id=user_id, kinds=kinds, now=now)

    # --- how it stands --------------------------------------------------------------------------------

    async def of_sale(self, sale_id: int) -> list[JobRecord]:
        """How the sale's jobs stand, oldest first."""
        return list(map(record_of, await self._tx.rows(_OF_SALE, sale_id=sale_id)))

    async def of_sales(self, sale_ids: Sequence[int], kinds: Sequence[str]) -> list[JobRecord]:
        """How the sales' jobs of these kinds stand, oldest first."""
        return list(map(record_of, await self._tx.rows(_OF_SALES, sale_ids=sale_ids, kinds=kinds)))

    async def collect(self, job_ids: Sequence[int]) -> None:
        """Their reader has been shown what never reached them."""
        await self._tx.execute(_COLLECT, ids=job_ids)

    # --- messages that live ---------------------------------------------------------------------------

    async def replace_message(self, sale_id: int) -> None:
        """Have the sale's next message sent as a new one; the one that there is goes then."""
        statement = "UPDATE messages SET shows = :shows WHERE sale_id = :sale_id"
        await self._tx.execute(statement, shows=TO_BE_REPLACED, sale_id=sale_id)

    async def outdate_message(self, sale_id: int) -> None:
        """Have the sale's message edited at its next refresh, though the sale stands as it did."""
        statement = "UPDATE messages SET shows = :shows WHERE sale_id = :sale_id AND shows <> :replaced"
        await self._tx.execute(statement, shows=OUTDATED, sale_id=sale_id, replaced=TO_BE_REPLACED)

    async def keep_message(self, sale_id: int, message: LiveMessage, now: datetime) -> None:
        """Record the sale's live message, in place of an earlier one."""
        values: dict[str, Any] = {
            "channel_id": message.channel_id,
            "message_id": message.message_id,
            "shows": message.shows,
        }
        await self._tx.execute(_KEEP_MESSAGE, sale_id=sale_id, now=now, **values)

    async def message_of(self, sale_id: int) -> LiveMessage | None:
        row = await self._tx.row("SELECT * FROM messages WHERE sale_id = :sale_id", sale_id=sale_id)
        return None if row is None else LiveMessage(row["channel_id"], row["message_id"], row["shows"])

    async def other_message(self, message_id: int, sale_id: int) -> LiveMessage | None:
        """The message of that id, if it is another sale's."""
        statement = "SELECT * FROM messages WHERE message_id = :id AND sale_id <> :sale_id"
        row = await self._tx.row(statement, id=message_id, sale_id=sale_id)
        return None if row is None else LiveMessage(row["channel_id"], row["message_id"], row["shows"])

    async def forget_message(self, message_id: int) -> None:
        """The message was deleted in Discord."""
        await self._tx.execute("DELETE FROM messages WHERE message_id = :id", id=message_id)
