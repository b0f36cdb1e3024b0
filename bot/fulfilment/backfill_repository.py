"""The SQL of giving a benefit to those who paid before it was there. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, String, and_, cast, exists, func, select, update

from bot.checkout.states import MoneyState, SaleStatus
from bot.fulfilment.models import Benefit
from bot.storage.fulfilment_tables import benefits, grants, past_buyer_runs
from bot.storage.queues import Queue
from bot.storage.tables import orders, sales
from bot.storage.transaction import Transaction
from bot.storage.types import upsert

_UNDER_WAY: Final = past_buyer_runs.c.finished_at.is_(None)


@dataclass(frozen=True, slots=True)
class BackfillRun:
    """A benefit that is being given to past buyers: to those whose id is up to `reached`, it has been."""

    id: int
    benefit_id: int
    reached: int
    given: int


@dataclass(frozen=True, slots=True)
class PaidSale:
    """A sale of the benefit's product that is paid, and by which nobody has the benefit's role.

    `order_id` is the row of the newest order that pays for it.
    """

    sale_id: int
    recipient_id: int
    order_id: int


class BackfillRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def start(self, benefit_id: int, now: datetime) -> None:
        """Have the benefit given, unless it is being given already."""
        await self._connection.execute(
            upsert(self._connection, past_buyer_runs)
            .values(benefit_id=benefit_id, reached=0, asked_at=now)
            .on_conflict_do_nothing(index_elements=["benefit_id"], index_where=_UNDER_WAY)
        )
        self._mark(Queue.BACKFILLS)

    async def under_way(self) -> list[BackfillRun]:
        """Oldest first."""
        statement = select(past_buyer_runs).where(_UNDER_WAY).order_by(past_buyer_runs.c.id)
        return list(map(_run, await self._connection.execute(statement)))

    async def take(self, run: BackfillRun, *, reached: int) -> bool:
        """Have the buyers up to that id be the caller's to give it to; False if another was faster."""
        return await self._change(run, reached=reached)

    async def count(self, run: BackfillRun, given: int) -> None:
        """Record to how many more it was given."""
        await self._connection.execute(
            update(past_buyer_runs)
            .where(past_buyer_runs.c.id == run.id)
            .values(given=past_buyer_runs.c.given + given)
        )

    async def finish(self, run: BackfillRun, now: datetime) -> bool:
        """Record that it is over; False if another process has done so meanwhile."""
        return await self._change(run, finished_at=now)

    async def _change(self, run: BackfillRun, **values: Any) -> bool:
        statement = (
            update(past_buyer_runs)
            .where(past_buyer_runs.c.id == run.id, past_buyer_runs.c.reached == run.reached, _UNDER_WAY)
            .values(**values)
            .returning(past_buyer_runs.c.id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def buyers(self, benefit: Benefit, *, after: int, limit: int) -> list[int]:
        """Who may get it: users with a higher id than `after`, lowest first."""
        statement = (
            select(sales.c.recipient_id)
            .where(*_may_earn(benefit), sales.c.recipient_id > after)
            .group_by(sales.c.recipient_id)
            .order_by(sales.c.recipient_id)
            .limit(limit)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def sales_of(self, benefit: Benefit, buyers: Sequence[int]) -> list[PaidSale]:
        """What they have paid for and would have earned the benefit by, oldest first."""
        newest_order = (
            select(func.max(orders.c.id))
            .where(orders.c.sale_id == sales.c.id, orders.c.money == MoneyState.PAID)
            .scalar_subquery()
        )
        statement = (
            select(sales.c.id, sales.c.recipient_id, sales.c.lines, newest_order.label("order_id"))
            .where(*_may_earn(benefit), sales.c.recipient_id.in_(buyers))
            .order_by(sales.c.id)
        )
        return [
            PaidSale(row.id, row.recipient_id, row.order_id)
            for row in await self._connection.execute(statement)
            if row.order_id is not None and _earns(row.lines, benefit)
        ]


def _may_earn(benefit: Benefit) -> tuple[ColumnElement[bool], ...]:
    """Paid sales that name the product, and that no role of it came from."""
    earned_already = exists().where(
        and_(
            grants.c.sale_id == sales.c.id,
            grants.c.role_id == benefit.terms.role_id,
            benefits.c.id == grants.c.benefit_id,
            benefits.c.product_id == benefit.product_id,
        )
    )
    return (
        sales.c.guild_id == benefit.guild_id,
        sales.c.status == SaleStatus.PAID,
        # Only narrows it down: which of the lines' texts is the product's id, each line says.
        cast(sales.c.lines, String).contains(f'"{benefit.product_id}"', autoescape=True),
        ~earned_already,
    )


def _earns(lines: Sequence[dict[str, Any]], benefit: Benefit) -> bool:
    return any(
        line.get("product_id") == benefit.product_id and benefit.variant_id in (None, line.get("variant_id"))
        for line in lines
    )


def _run(row: Row[Any]) -> BackfillRun:
    return BackfillRun(row.id, row.benefit_id, row.reached, row.given)
