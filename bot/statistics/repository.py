"""The SQL of a shop's figures. Everything is added up by the database; few rows come back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.payments.models import SubscriptionStatus
from bot.storage.transaction import Transaction
from bot.storage.values import Row

SPAN: Final = 900
"""Seconds. Days begin and end with a quarter of an hour in every time zone, so these can be added to days."""
_BASKETS: Final = 2000
"""Of what was bought alike, so many kinds are looked at: those that brought most."""
_RENEWING: Final = (
    SubscriptionStatus.TRIALING.value,
    SubscriptionStatus.ACTIVE.value,
    SubscriptionStatus.PAST_DUE.value,
)
# Its sale is looked up for each order: as a join, a server would read all sales beside them.
_HERE: Final = ":guild_id = (SELECT sales.guild_id FROM sales WHERE sales.id = orders.sale_id)"
_IS_SOLD: Final = "orders.status <> 'given'"
"""What staff gave, or a member took for free, was never sold: `GivingRepository` writes it so."""
_PAID: Final = f"""
    SELECT orders.currency, orders.paid_at / 900000 AS span, count(*) AS number, sum(orders.amount) AS amount
    FROM orders WHERE orders.paid_at >= :since AND {_IS_SOLD} AND {_HERE}
    GROUP BY orders.currency, orders.paid_at / 900000
"""
_RETURNED: Final = f"""
    SELECT orders.currency, count(*) AS number, sum(orders.amount) AS amount
    FROM orders WHERE orders.money IN ('refunded', 'lost') AND orders.changed_at >= :since AND {_HERE}
    GROUP BY orders.currency
"""
_BOUGHT: Final = f"""
    SELECT bought.lines, bought.currency, count(*) AS number, sum(bought.amount) AS amount FROM (
        SELECT (SELECT sales.lines FROM sales WHERE sales.id = orders.sale_id) AS lines,
            orders.currency, orders.amount
        FROM orders WHERE orders.paid_at >= :since AND {_IS_SOLD} AND {_HERE}
    ) AS bought
    GROUP BY bought.lines, bought.currency ORDER BY amount DESC LIMIT :limit
"""
# What was bought on the store's website has a session too, but never had a link.
_LINKS: Final = """
    SELECT count(*) AS number, sum(CASE WHEN EXISTS (
        SELECT 1 FROM orders WHERE orders.sale_id = sales.id AND orders.paid_at IS NOT NULL
    ) THEN 1 ELSE 0 END) AS paid
    FROM sales WHERE sales.guild_id = :guild_id AND sales.id > 0 AND sales.created_at >= :since
    AND EXISTS (
        SELECT 1 FROM sessions WHERE sessions.sale_id = sales.id AND sessions.url IS NOT NULL
    )
"""
_RUNNING: Final = """
    SELECT subscriptions.status, count(*) AS number
    FROM subscriptions JOIN sales ON sales.id = subscriptions.sale_id
    WHERE subscriptions.status IN (:statuses) AND sales.guild_id = :guild_id
    GROUP BY subscriptions.status
"""


class StatisticsRepository:
    """All of one server; `since` is when (UTC) the period begins."""

    def __init__(self, tx: Transaction, guild_id: int, since: datetime) -> None:
        self._tx = tx
        self._of = {"guild_id": guild_id, "since": since}

    async def paid(self) -> Sequence[Row]:
        """`number` and `amount` (cents) by `currency` and `span` (SPAN seconds since 1970)."""
        return await self._tx.rows(_PAID, **self._of)

    async def returned(self) -> Sequence[Row]:
        """`number` and `amount` (cents) by `currency`."""
        return await self._tx.rows(_RETURNED, **self._of)

    async def bought(self) -> Sequence[Row]:
        """`number` and `amount` (cents) by `currency` and the sale's `lines`, what brought most first."""
        return await self._tx.rows(_BOUGHT, **self._of, limit=_BASKETS)

    async def links(self) -> tuple[int, int]:
        """For how many purchases a link was made, and how many of these were paid."""
        [row] = await self._tx.rows(_LINKS, **self._of)
        return row["number"], row["paid"] or 0

    async def running(self) -> dict[str, int]:
        """How many subscriptions renew, by their status; the period doesn't matter."""
        rows = await self._tx.rows(_RUNNING, guild_id=self._of["guild_id"], statuses=_RENEWING)
        return {row["status"]: row["number"] for row in rows}
