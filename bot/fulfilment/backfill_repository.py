"""The SQL of giving a benefit to those who paid before it was there. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.fulfilment.models import Benefit
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import Row, containing, read_document

# Paid sales that name the product, and that no role of it came from; what staff gave for a time is left as
# it was given. What is in the text only narrows it down: which of the lines' texts is the product's id, each
# line says.
_MAY_EARN: Final = r"""
    sales.guild_id = :guild_id AND sales.status = 'paid' AND sales.given_days IS NULL
    AND sales.lines LIKE :naming_it ESCAPE '\'
    AND NOT EXISTS (
        SELECT 1 FROM grants JOIN benefits ON benefits.id = grants.benefit_id
        WHERE grants.sale_id = sales.id AND grants.role_id = :role_id AND benefits.product_id = :product_id
    )
"""


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
        self._tx = tx

    _START: Final = """
        INSERT INTO past_buyer_runs (benefit_id, reached, asked_at) VALUES (:benefit_id, 0, :now)
        ON CONFLICT (benefit_id) WHERE finished_at IS NULL DO NOTHING
    """

    async def start(self, benefit_id: int, now: datetime) -> None:
        """Have the benefit given, unless it is being given already."""
        await self._tx.execute(self._START, benefit_id=benefit_id, now=now)
        self._tx.mark(Queue.BACKFILLS)

    _UNDER_WAY: Final = "SELECT * FROM past_buyer_runs WHERE finished_at IS NULL ORDER BY id"

    async def under_way(self) -> list[BackfillRun]:
        """Oldest first."""
        return list(map(_run, await self._tx.rows(self._UNDER_WAY)))

    _TAKE: Final = """
        UPDATE past_buyer_runs SET reached = :reached
        WHERE id = :id AND reached = :before AND finished_at IS NULL
        RETURNING id
    """

    async def take(self, run: BackfillRun, *, reached: int) -> bool:
        """Have the buyers up to that id be the caller's to give it to; False if another was faster."""
        taken = await self._tx.value(self._TAKE, id=run.id, before=run.reached, reached=reached)
        return taken is not None

    _COUNT: Final = "UPDATE past_buyer_runs SET given = given + :given WHERE id = :id"

    async def count(self, run: BackfillRun, given: int) -> None:
        """Record to how many more it was given."""
        await self._tx.execute(self._COUNT, id=run.id, given=given)

    _FINISH: Final = """
        UPDATE past_buyer_runs SET finished_at = :now
        WHERE id = :id AND reached = :before AND finished_at IS NULL
        RETURNING id
    """

    async def finish(self, run: BackfillRun, now: datetime) -> bool:
        """Record that it is over; False if another process has done so meanwhile."""
        return await self._tx.value(self._FINISH, id=run.id, before=run.reached, now=now) is not None

    _BUYERS: Final = f"""
        SELECT sales.recipient_id FROM sales WHERE {_MAY_EARN} AND sales.recipient_id > :after
        GROUP BY sales.recipient_id ORDER BY sales.recipient_id LIMIT :most
    """

    async def buyers(self, benefit: Benefit, *, after: int, limit: int) -> list[int]:
        """Who may get it: users with a higher id than `after`, lowest first."""
        rows = await self._tx.rows(self._BUYERS, after=after, most=limit, **_of(benefit))
        return [row["recipient_id"] for row in rows]

    _SALES: Final = f"""
        SELECT sales.id, sales.recipient_id, sales.lines, (
            SELECT max(orders.id) FROM orders WHERE orders.sale_id = sales.id AND orders.money = 'paid'
        ) AS order_id
        FROM sales WHERE {_MAY_EARN} AND sales.recipient_id IN (:buyers)
        ORDER BY sales.id
    """

    async def sales_of(self, benefit: Benefit, buyers: Sequence[int]) -> list[PaidSale]:
        """What they have paid for and would have earned the benefit by, oldest first."""
        return [
            PaidSale(row["id"], row["recipient_id"], row["order_id"])
            for row in await self._tx.rows(self._SALES, buyers=buyers, **_of(benefit))
            if row["order_id"] is not None and _earns(read_document(row["lines"]), benefit)
        ]


def _of(benefit: Benefit) -> dict[str, Any]:
    return {
        "guild_id": benefit.guild_id,
        "product_id": benefit.product_id,
        "naming_it": containing(f'"{benefit.product_id}"'),
        "role_id": benefit.terms.role_id,
    }


def _earns(lines: Sequence[dict[str, Any]], benefit: Benefit) -> bool:
    return any(
        line.get("product_id") == benefit.product_id and benefit.variant_id in (None, line.get("variant_id"))
        for line in lines
    )


def _run(row: Row) -> BackfillRun:
    return BackfillRun(row["id"], row["benefit_id"], row["reached"], row["given"])
