"""Adds up how a shop did."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, tzinfo

from bot.checkout.row_repository import lines_of
from bot.jobs.worker import Clock
from bot.payments.models import SubscriptionStatus
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.staff.periods import ReportPeriod
from bot.statistics.models import ProductSales, Revenue, Summary
from bot.statistics.repository import SPAN, StatisticsRepository
from bot.storage.transaction import UnitOfWork
from bot.storage.values import Row


class Statistics:
    """Days are those of the `zone`."""

    def __init__(self, database: UnitOfWork, audit: Audit, zone: tzinfo, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._zone = zone
        self._clock = clock

    async def summary(self, guild_id: int, period: ReportPeriod, *, by: int) -> Summary:
        """How the server's shop did in the period, which has a beginning; `by` is who asks."""
        now = self._clock()
        last = now.astimezone(self._zone).date()
        first = period.first_day(now, self._zone) or last
        since = datetime.combine(first, time(), self._zone).astimezone(UTC)
        async with self._database.read() as tx:
            figures = StatisticsRepository(tx, guild_id, since)
            paid, returned = await figures.paid(), await figures.returned()
            bought, running = await figures.bought(), await figures.running()
            links, paid_links = await figures.links()
        async with self._database.write() as tx:
            details = {"period": period.value}
            await self._audit.write(tx, AuditEntry(guild_id, AuditAction.STATISTICS, by, details=details))
        return Summary(
            period,
            first,
            last,
            revenue=tuple(self._revenue(paid, returned)),
            products=_products(bought),
            links=links,
            paid_links=paid_links,
            running=sum(running.values()),
            trials=running.get(SubscriptionStatus.TRIALING, 0),
        )

    def _revenue(self, paid: Sequence[Row], returned: Sequence[Row]) -> Iterable[Revenue]:
        """Of each currency, that with the most payments first."""
        back = {row["currency"]: row for row in returned}
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in paid:
            rows[row["currency"]].append(row)
        currencies = sorted(
            rows.keys() | back.keys(), key=lambda each: (-sum(row["number"] for row in rows[each]), each)
        )
        for currency in currencies:
            by_day: dict[date, int] = defaultdict(int)
            for row in rows[currency]:
                by_day[datetime.fromtimestamp(row["span"] * SPAN, self._zone).date()] += row["amount"]
            gone = back.get(currency)
            yield Revenue(
                currency,
                payments=sum(row["number"] for row in rows[currency]),
                amount=sum(row["amount"] for row in rows[currency]),
                refunds=gone["number"] if gone else 0,
                returned=gone["amount"] if gone else 0,
                by_day=dict(by_day),
            )


def _products(bought: Sequence[Row]) -> tuple[ProductSales, ...]:
    """What each brought, the most first. What was paid for several is shared by their prices."""
    found: dict[tuple[str, str], list[int]] = {}
    titles: dict[tuple[str, str], str] = {}
    for row in bought:
        lines = lines_of(row["lines"])
        prices = [line.amount or 0 for line in lines]
        whole, left = sum(prices), int(row["amount"])
        for place, (line, price) in enumerate(zip(lines, prices, strict=True)):
            is_last = place == len(lines) - 1
            part = left if is_last or not whole else int(row["amount"]) * price // whole
            left -= part
            key = (line.product_id or line.title, row["currency"])
            titles.setdefault(key, line.title)
            units_and_amount = found.setdefault(key, [0, 0])
            units_and_amount[0] += line.quantity * row["number"]
            units_and_amount[1] += part
    products = (ProductSales(titles[key], units, amount, key[1]) for key, (units, amount) in found.items())
    return tuple(sorted(products, key=lambda each: (-each.amount, -each.units, each.title)))
