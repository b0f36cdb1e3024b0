"""What an invoice may ask for, and what of it needs a second staff member."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.checkout.models import AnyLine
from bot.invoices.models import MOST_LINES
from bot.invoices.refusals import (
    daily_cap_reached,
    invoice_above_cap,
    invoice_total_too_large,
    invoice_total_too_small,
    no_invoice_lines,
    payer_would_choose,
    subscription_stands_alone,
    too_many_invoice_lines,
)
from bot.money import MAXIMUM_TOTAL, MINIMUM_TOTAL, Money


@dataclass(frozen=True, slots=True)
class InvoiceLimits:
    """What the owner set for staff: cents of the store's currency, None for no limit."""

    currency: str
    timezone: ZoneInfo
    invoice_cap: int | None = None
    daily_cap: int | None = None
    approval_above: int | None = None

    def need_approval(self, subtotal: Money) -> bool:
        """Whether a second staff member has to approve it."""
        return self.approval_above is not None and subtotal.amount > self.approval_above

    def check_cap(self, subtotal: Money) -> None:
        """Raises invoice_above_cap."""
        if self.invoice_cap is not None and subtotal.amount > self.invoice_cap:
            raise invoice_above_cap(subtotal, self._money(self.invoice_cap))

    def check_day(self, subtotal: Money, asked_today: int) -> None:
        """`asked_today` is what the staff member asked for before, in cents. Raises daily_cap_reached."""
        if self.daily_cap is not None and asked_today + subtotal.amount > self.daily_cap:
            left = max(0, self.daily_cap - asked_today)
            raise daily_cap_reached(subtotal, self._money(left), self._money(self.daily_cap))

    def _money(self, cents: int) -> Money:
        return Money(cents, self.currency)


def with_line(lines: Sequence[AnyLine], line: AnyLine) -> tuple[AnyLine, ...]:
    """The lines and one more.

    Raises payer_would_choose, too_many_invoice_lines, subscription_stands_alone or invoice_total_too_large.
    """
    if line.amount is None:
        raise payer_would_choose(line.title)
    if len(lines) >= MOST_LINES:
        raise too_many_invoice_lines(MOST_LINES)
    together = (*lines, line)
    if len(together) > 1 and any(each.is_subscription for each in together):
        raise subscription_stands_alone()
    total = total_of(together)
    if total.amount > MAXIMUM_TOTAL:
        raise invoice_total_too_large(total, Money(MAXIMUM_TOTAL, total.currency))
    return together


def check_total(lines: Sequence[AnyLine]) -> None:
    """Raises no_invoice_lines, invoice_total_too_small or invoice_total_too_large."""
    if not lines:
        raise no_invoice_lines()
    total = total_of(lines)
    if total.amount < MINIMUM_TOTAL:
        raise invoice_total_too_small(total, Money(MINIMUM_TOTAL, total.currency))
    if total.amount > MAXIMUM_TOTAL:
        raise invoice_total_too_large(total, Money(MAXIMUM_TOTAL, total.currency))


def total_of(lines: Sequence[AnyLine]) -> Money:
    return Money(sum(line.amount or 0 for line in lines), lines[0].currency)
