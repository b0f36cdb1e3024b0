"""The SQL of what somebody has bought or was given. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.row_repository import NEWEST, SALE, sale_of
from bot.checkout.states import MoneyState
from bot.fulfilment.steps.registry import reader_of
from bot.storage.transaction import Transaction
from bot.storage.values import instant_or_none

_PAYABLE: Final = "invoices.sale_id = sales.id AND invoices.state IN ('open', 'overdue')"
# A sale whose last link could not be made may have had one before; an invoice is there without.
_TOLD_OF: Final = """
    (
        sales.status <> 'failed'
        OR EXISTS (SELECT 1 FROM sessions WHERE sessions.sale_id = sales.id AND sessions.url IS NOT NULL)
        OR EXISTS (
            SELECT 1 FROM invoices WHERE invoices.sale_id = sales.id AND invoices.sent_at IS NOT NULL
        )
    )
"""
# What can be paid comes first.
_SHOWN: Final = f"""
    SELECT sales.id, CASE
        WHEN sales.status = 'open' THEN 0
        WHEN sales.kind = 'invoice' AND EXISTS (SELECT 1 FROM invoices WHERE {_PAYABLE}) THEN 0
        ELSE 1
    END AS settled
    FROM sales
"""
# Two questions rather than one with OR: each has an index of its own. Before it is paid, a gift is nobody's
# business but the payer's.
_LISTED: Final = f"""
    {_SHOWN} WHERE sales.buyer_id = :user_id AND sales.guild_id = :guild_id AND {_TOLD_OF}
    UNION ALL
    {_SHOWN} WHERE sales.recipient_id = :user_id AND sales.recipient_id <> sales.buyer_id
        AND sales.guild_id = :guild_id AND sales.status IN ('paid', 'refunded', 'disputed')
"""
_COUNT: Final = f"SELECT count(*) FROM ({_LISTED}) AS listed"
# Sales and sessions are read for this page only, not for all that are sorted.
_PAGE: Final = f"""
    SELECT {SALE}
    FROM (
        SELECT id, settled FROM ({_LISTED}) AS listed
        ORDER BY settled, id DESC LIMIT :most OFFSET :skipped
    ) AS here
    JOIN sales ON sales.id = here.id
    JOIN sessions ON {NEWEST}
    ORDER BY here.settled, here.id DESC
"""
_PAYMENTS: Final = "SELECT sale_id, money, paid_at FROM orders WHERE sale_id IN (:sale_ids) ORDER BY id"
# While a payment clears, nothing is to be paid.
_CHARGED: Final = f"EXISTS (SELECT 1 FROM invoices WHERE {_PAYABLE})"
_UNDELIVERED: Final = f"""
    SELECT jobs.kind, jobs.key, sales.buyer_id, sales.recipient_id
    FROM jobs JOIN sales ON sales.id = jobs.sale_id
    WHERE sales.guild_id = :guild_id AND jobs.outcome = 'undelivered'
        AND (
            jobs.kind <> 'link'
            OR (
                sales.status <> 'clearing'
                AND jobs.key = (
                    SELECT CAST(max(newest.id) AS VARCHAR) FROM sessions AS newest
                    WHERE newest.sale_id = sales.id
                )
                AND (
                    EXISTS (
                        SELECT 1 FROM sessions
                        WHERE sessions.sale_id = sales.id AND sessions.state = 'open'
                            AND sessions.expires_at > :now
                    )
                    OR {_CHARGED}
                )
            )
        )
        AND (jobs.kind <> 'reminder' OR (sales.status <> 'clearing' AND {_CHARGED}))
"""
_WAITING: Final = f"""
    {_UNDELIVERED} AND sales.buyer_id = :reader_id
    UNION ALL
    {_UNDELIVERED} AND sales.recipient_id = :reader_id AND sales.recipient_id <> sales.buyer_id
"""


@dataclass(frozen=True, slots=True)
class Payment:
    """`paid_at` is aware UTC; None where it never was."""

    sale_id: int
    money: MoneyState
    paid_at: datetime | None


class HistoryRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def count(self, user_id: int, guild_id: int) -> int:
        """How many sales of the server somebody has bought, or got as gifts that are paid.

        Those that never got a link don't count, unless staff charged for them.
        """
        count: int = await self._tx.value(_COUNT, user_id=user_id, guild_id=guild_id)
        return count

    async def page(self, user_id: int, guild_id: int, *, offset: int, limit: int) -> list[Sale]:
        """The same sales, those that can be paid first, then newest first."""
        rows = await self._tx.rows(_PAGE, user_id=user_id, guild_id=guild_id, most=limit, skipped=offset)
        return list(map(sale_of, rows))

    async def payments(self, sale_ids: Sequence[int]) -> list[Payment]:
        """What became of the money of these sales' orders, oldest first."""
        rows = await self._tx.rows(_PAYMENTS, sale_ids=sale_ids)
        return [
            Payment(row["sale_id"], MoneyState(row["money"]), instant_or_none(row["paid_at"])) for row in rows
        ]

    async def waiting_for(self, reader_id: int, guild_id: int, now: datetime) -> int:
        """How many messages never reached their reader, and still matter.

        A link or a reminder matters only while what it is about can be paid.
        """
        rows = await self._tx.rows(_WAITING, reader_id=reader_id, guild_id=guild_id, now=now)
        return sum(
            reader_of(row["kind"], row["key"], row["buyer_id"], row["recipient_id"]) == reader_id
            for row in rows
        )
