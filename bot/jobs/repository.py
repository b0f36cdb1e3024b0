"""The SQL of the outbox and the messages that live. Nothing here commits: the caller's unit of work does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, select, union_all, update

from bot.checkout.models import new_reference
from bot.checkout.row_repository import parts_of
from bot.jobs.models import (
    TO_BE_REPLACED,
    Job,
    JobKind,
    JobRecord,
    LiveMessage,
    NewJob,
    Outcome,
    Reply,
    Result,
)
from bot.jobs.row_repository import REPLY, job_of, record_of
from bot.storage.queues import Queue
from bot.storage.tables import deliveries, messages
from bot.storage.transaction import Transaction
from bot.storage.types import upsert

_EDITS: Final = (JobKind.LOG, JobKind.MESSAGE)
"""Show what the other steps came to."""
_NO_REPLY: Final = {"reply": None, "reply_until": None}


class JobRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def plan_link(self, sale_id: int, session_id: int, reply: Reply | None, now: datetime) -> None:
        """Write that a session's link will have to reach its buyer, and who waits for it; not due yet."""
        values = {
            "reply": REPLY.dump_python(reply, mode="json"),
            "reply_until": reply.until if reply is not None else None,
        }
        await self._connection.execute(
            upsert(self._connection, deliveries)
            .values(sale_id=sale_id, step=JobKind.LINK, target=str(session_id), created_at=now, **values)
            .on_conflict_do_update(index_elements=["sale_id", "step", "target"], set_=values)
        )

    async def start_link(self, sale_id: int, session_id: int, *, lease: datetime, attempts: int) -> Job:
        """Have a session's link brought, or told that there is none.

        That is the caller's to do until `lease` (UTC), and anybody's from then on.
        """
        statement = (
            update(deliveries)
            .where(*_link_of(sale_id, session_id))
            .values(next_attempt_at=lease, attempts=attempts)
            .returning(deliveries)
        )
        self._mark(Queue.DELIVERIES, lease)
        return job_of((await self._connection.execute(statement)).one())

    async def bring_again(self, sale_id: int, session_id: int, *, lease: datetime) -> Job | None:
        """Have a session's link brought once more, by the caller until `lease` (UTC).

        None while somebody else brings it.
        """
        statement = (
            update(deliveries)
            .where(*_link_of(sale_id, session_id), deliveries.c.next_attempt_at.is_(None))
            .values(next_attempt_at=lease, attempts=1, done_at=None, outcome=None)
            .returning(deliveries)
        )
        self._mark(Queue.DELIVERIES, lease)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else job_of(row)

    async def replace_message(self, sale_id: int) -> None:
        """Have the sale's next message sent as a new one; the one that there is goes then."""
        await self._connection.execute(
            update(messages).where(messages.c.sale_id == sale_id).values(shows=TO_BE_REPLACED)
        )

    async def refresh_messages(self, sale_ids: Sequence[int], now: datetime) -> None:
        """Write that these sales' live messages, where they have one, have to show what is true now."""
        live = select(messages.c.sale_id).where(messages.c.sale_id.in_(sale_ids))
        rows = [
            {
                "sale_id": sale_id,
                "step": JobKind.MESSAGE,
                "target": "",
                "created_at": now,
                "next_attempt_at": now,
            }
            for sale_id in (await self._connection.execute(live)).scalars()
        ]
        if not rows:
            return
        self._mark(Queue.DELIVERIES)
        again = {"attempts": 0, "next_attempt_at": now, "done_at": None, "outcome": None}
        await self._connection.execute(
            upsert(self._connection, deliveries).on_conflict_do_update(
                index_elements=["sale_id", "step", "target"], set_=again
            ),
            rows,
        )

    async def plan(self, sale_id: int, kind: str, key: str, now: datetime, *, bulk: bool = False) -> None:
        """Write what has to be done once, unless it is written already."""
        await self.plan_all([NewJob(sale_id, kind, key)], now, bulk=bulk)

    async def plan_again(
        self, sale_id: int, kind: str, key: str, now: datetime, *, bulk: bool = False
    ) -> None:
        """Write what has to be done, also if it was done before or is being done."""
        await self.plan_all_again([NewJob(sale_id, kind, key)], now, bulk=bulk)

    async def plan_all(self, work: Sequence[NewJob], now: datetime, *, bulk: bool = True) -> None:
        """Like `plan`, for many at once that nobody waits for."""
        statement = upsert(self._connection, deliveries).on_conflict_do_nothing(
            index_elements=["sale_id", "step", "target"]
        )
        if work:
            self._mark(Queue.DELIVERIES)
            await self._connection.execute(statement, _rows(work, now, bulk=bulk))

    async def plan_all_again(self, work: Sequence[NewJob], now: datetime, *, bulk: bool = True) -> None:
        """Like `plan_again`, for many at once that nobody waits for."""
        # An attempt whose outcome isn't known must still be looked for.
        unknown = case((and_(deliveries.c.done_at.is_(None), deliveries.c.attempts > 0), 1), else_=0)
        again = {"attempts": unknown, "next_attempt_at": now, "bulk": bulk, "done_at": None, "outcome": None}
        statement = upsert(self._connection, deliveries).on_conflict_do_update(
            index_elements=["sale_id", "step", "target"], set_=again
        )
        if work:
            self._mark(Queue.DELIVERIES)
            await self._connection.execute(statement, _rows(work, now, bulk=bulk))

    async def ready(self, sale_id: int, target: str, now: datetime) -> None:
        """Write that keys wait to be revealed: nothing to carry out, only to be opened."""
        await self._connection.execute(
            upsert(self._connection, deliveries)
            .values(sale_id=sale_id, step=JobKind.KEYS, target=target, created_at=now, outcome=Outcome.READY)
            .on_conflict_do_nothing(index_elements=["sale_id", "step", "target"])
        )

    async def revealed(self, sale_id: int, target: str, now: datetime) -> None:
        """Record that the keys were opened; the first time stands."""
        await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.sale_id == sale_id,
                deliveries.c.step == JobKind.KEYS,
                deliveries.c.target == target,
                deliveries.c.done_at.is_(None),
            )
            .values(done_at=now, outcome=Outcome.REVEALED)
        )

    async def of_sale(self, sale_id: int) -> list[JobRecord]:
        """How the sale's jobs stand, oldest first."""
        statement = select(deliveries).where(deliveries.c.sale_id == sale_id).order_by(deliveries.c.id)
        return list(map(record_of, await self._connection.execute(statement)))

    async def retry_undelivered(
        self, guild_id: int, user_id: int, kinds: Sequence[str], now: datetime
    ) -> None:
        """Have what could not be brought to the people of somebody's sales tried again."""
        await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.sale_id.in_(union_all(*parts_of(guild_id, user_id))),
                deliveries.c.step.in_(kinds),
                deliveries.c.outcome == Outcome.UNDELIVERED,
            )
            .values(attempts=1, next_attempt_at=now, done_at=None, outcome=None)
        )
        self._mark(Queue.DELIVERIES)

    async def link_is_under_way(self, sale_id: int) -> bool:
        """Whether a link of the sale is being brought to its buyer, or is to be brought again."""
        statement = select(deliveries.c.id).where(
            deliveries.c.sale_id == sale_id,
            deliveries.c.step == JobKind.LINK,
            deliveries.c.next_attempt_at.is_not(None),
        )
        return (await self._connection.execute(statement.limit(1))).first() is not None

    async def take_due(self, now: datetime, *, lease: datetime, limit: int) -> list[Job]:
        """Lease up to `limit` due deliveries, edits after the rest, and after all what nobody waits for.

        One UPDATE decides who gets them.
        """
        waited_for = select(deliveries.c.id).order_by(
            deliveries.c.step.in_(_EDITS), deliveries.c.step, deliveries.c.next_attempt_at
        )
        taken = await self._take(waited_for.where(~deliveries.c.bulk), now, lease, limit)
        if len(taken) < limit:
            in_bulk = select(deliveries.c.id).order_by(deliveries.c.next_attempt_at, deliveries.c.id)
            taken += await self._take(in_bulk.where(deliveries.c.bulk), now, lease, limit - len(taken))
        return taken

    async def _take(
        self, candidates: Select[tuple[int]], now: datetime, lease: datetime, limit: int
    ) -> list[Job]:
        due = candidates.where(deliveries.c.next_attempt_at <= now).limit(limit)
        statement = (
            update(deliveries)
            .where(deliveries.c.id.in_(due), deliveries.c.next_attempt_at <= now)
            .values(next_attempt_at=lease, attempts=deliveries.c.attempts + 1)
            .returning(deliveries)
        )
        return [job_of(row) for row in await self._connection.execute(statement)]

    async def free_leases(self, now: datetime, *, until: datetime) -> None:
        """Have done now what a process that is gone had leased, for `until` (UTC) at the longest.

        A lease is the time of the next attempt: one that was planned for so soon comes a little early.
        """
        due = deliveries.c.next_attempt_at
        await self._connection.execute(
            update(deliveries).where(due > now, due <= until).values(next_attempt_at=now)
        )

    async def next_due(self) -> datetime | None:
        """When (UTC) the next job is to be tried."""
        statement = select(func.min(deliveries.c.next_attempt_at)).where(
            deliveries.c.next_attempt_at.is_not(None)
        )
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    async def finish(self, job: Job, result: Result, *, next_attempt: datetime | None, now: datetime) -> None:
        """Record how an attempt ended, unless the job was asked for anew meanwhile.

        One that was to be tried again and has no next attempt is given up.
        """
        await self._record(
            job,
            outcome=result.outcome,
            next_attempt_at=next_attempt,
            done_at=None if result.retry else now,
            last_error=None,
            **(_NO_REPLY if result.answered else {}),
            **(_named() if result.retry and next_attempt is None else {}),
        )
        if result.message is not None:
            await self.keep_message(job.sale_id, result.message, now)

    async def fail(self, job: Job, error: str, *, next_attempt: datetime | None) -> None:
        """Record that an attempt failed; without a next one it is given up."""
        named = _named() if next_attempt is None else {}
        await self._record(job, last_error=error, next_attempt_at=next_attempt, **named)

    async def forget_replies(self, now: datetime, *, limit: int) -> int:
        """Remove up to `limit` answers that can't be given any more; returns how many."""
        over = select(deliveries.c.id).where(deliveries.c.reply_until <= now).limit(limit)
        statement = (
            update(deliveries).where(deliveries.c.id.in_(over)).values(**_NO_REPLY).returning(deliveries.c.id)
        )
        return len((await self._connection.execute(statement)).all())

    async def of_sales(self, sale_ids: Sequence[int], kinds: Sequence[str]) -> list[JobRecord]:
        """How the sales' jobs of these kinds stand, oldest first."""
        statement = (
            select(deliveries)
            .where(deliveries.c.sale_id.in_(sale_ids), deliveries.c.step.in_(kinds))
            .order_by(deliveries.c.id)
        )
        return list(map(record_of, await self._connection.execute(statement)))

    async def collect(self, delivery_ids: Sequence[int]) -> None:
        """Their reader has been shown what never reached them."""
        await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(delivery_ids), deliveries.c.outcome == Outcome.UNDELIVERED)
            .values(outcome=Outcome.COLLECTED)
        )

    async def _record(self, job: Job, *, next_attempt_at: datetime | None, **values: Any) -> None:
        ours = (deliveries.c.id == job.id, deliveries.c.next_attempt_at == job.lease)
        await self._connection.execute(
            update(deliveries).where(*ours).values(next_attempt_at=next_attempt_at, **values)
        )
        if next_attempt_at is not None:
            self._mark(Queue.DELIVERIES, next_attempt_at)

    async def keep_message(self, sale_id: int, message: LiveMessage, now: datetime) -> None:
        """Record the sale's live message, in place of an earlier one."""
        values = {"channel_id": message.channel_id, "message_id": message.message_id, "shows": message.shows}
        await self._connection.execute(
            upsert(self._connection, messages)
            .values(sale_id=sale_id, created_at=now, **values)
            .on_conflict_do_update(index_elements=["sale_id"], set_=values)
        )

    async def message_of(self, sale_id: int) -> LiveMessage | None:
        row = (await self._connection.execute(select(messages).where(messages.c.sale_id == sale_id))).first()
        return None if row is None else LiveMessage(row.channel_id, row.message_id, row.shows)

    async def forget_message(self, message_id: int) -> None:
        """The message was deleted in Discord."""
        await self._connection.execute(delete(messages).where(messages.c.message_id == message_id))


def _rows(work: Sequence[NewJob], now: datetime, *, bulk: bool) -> list[dict[str, Any]]:
    return [
        {
            "sale_id": each.sale_id,
            "step": each.kind,
            "target": each.key,
            "bulk": bulk,
            "created_at": now,
            "next_attempt_at": now,
        }
        for each in work
    ]


def _named() -> dict[str, Any]:
    """A name for what staff may press a button about; one that it has by now stays."""
    return {"reference": func.coalesce(deliveries.c.reference, new_reference())}


def _link_of(sale_id: int, session_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.sale_id == sale_id,
        deliveries.c.step == JobKind.LINK,
        deliveries.c.target == str(session_id),
    )
