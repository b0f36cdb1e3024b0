"""How a shop did in a period, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.money import Money
from bot.staff.periods import ReportPeriod


@dataclass(frozen=True, slots=True)
class Revenue:
    """What was paid in one currency, before tax; amounts are cents.

    `returned` is what was refunded or lost in the period, also of what was paid before it. `by_day` has the
    days (of the shop's time zone) on which anything was paid.
    """

    currency: str
    payments: int
    amount: int
    refunds: int
    returned: int
    by_day: Mapping[date, int]

    @property
    def paid(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def given_back(self) -> Money:
        return Money(self.returned, self.currency)

    @property
    def best_day(self) -> date | None:
        return max(self.by_day, key=lambda day: (self.by_day[day], day), default=None)


@dataclass(frozen=True, slots=True)
class ProductSales:
    """A product's part of what was paid; `amount` is cents."""

    title: str
    units: int
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Summary:
    """`links` are the purchases for which a payment link was made, `paid_links` those of them that were paid.

    `running` are the subscriptions that renew, `trials` those of them that are still free.
    """

    period: ReportPeriod
    first_day: date
    last_day: date
    revenue: tuple[Revenue, ...]
    products: tuple[ProductSales, ...]
    links: int
    paid_links: int
    running: int
    trials: int

    @property
    def is_empty(self) -> bool:
        return not (self.revenue or self.links or self.running)
