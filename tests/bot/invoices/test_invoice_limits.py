"""What an invoice may ask for."""

from zoneinfo import ZoneInfo

import pytest

from bot.catalog.availability import Line
from bot.catalog.models import BillingInterval, PricingModel, ProductType
from bot.checkout.models import CustomLine
from bot.invoices.limits import InvoiceLimits, check_total, with_line
from bot.invoices.models import MOST_LINES
from bot.money import Money
from tests.harness.saying import refused


def custom(cents: int, quantity: int = 1) -> CustomLine:
    return CustomLine("Logo", cents, quantity, "USD")


def subscription() -> Line:
    return Line("prd_1", None, "Rank", 500, 1, "USD", ProductType.SUBSCRIPTION, PricingModel.STANDARD,
                billing_interval=BillingInterval.MONTHLY)  # fmt: skip


def rules(**limits: int) -> InvoiceLimits:
    return InvoiceLimits("USD", ZoneInfo("UTC"), **limits)


def test_there_are_ten_lines_at_most() -> None:
    lines = tuple(custom(100) for _ in range(MOST_LINES))

    with refused("too_many_invoice_lines"):
        with_line(lines, custom(100))
    assert len(with_line(lines[:-1], custom(100))) == MOST_LINES


@pytest.mark.parametrize(
    ("lines", "line"), [((subscription(),), custom(100)), ((custom(100),), subscription())]
)
def test_a_subscription_stands_alone(lines: tuple[Line | CustomLine, ...], line: Line | CustomLine) -> None:
    with refused("subscription_stands_alone"):
        with_line(lines, line)
    assert with_line((), subscription()) == (subscription(),)


def test_a_price_that_the_payer_would_choose_is_no_charge() -> None:
    chosen = Line("prd_2", None, "Tip", None, 1, "USD", ProductType.ONE_TIME, PricingModel.PAY_WHAT_YOU_WANT)

    with refused("payer_would_choose"):
        with_line((), chosen)


@pytest.mark.parametrize(
    ("cents", "kind"),
    [(99, "invoice_total_too_small"), (100, None), (1_000_000, None), (1_000_001, "invoice_total_too_large")],
)
def test_the_total_is_from_one_to_ten_thousand(cents: int, kind: str | None) -> None:
    if kind is None:
        check_total((custom(cents),))
        return
    with refused(kind):
        check_total((custom(cents),))


def test_nothing_is_no_charge() -> None:
    with refused("no_invoice_lines"):
        check_total(())


def test_a_cap_is_reached_by_what_is_above_it() -> None:
    capped = rules(invoice_cap=500)

    capped.check_cap(Money(500, "USD"))
    with refused("invoice_above_cap"):
        capped.check_cap(Money(501, "USD"))


def test_a_day_holds_what_is_left_of_it() -> None:
    capped = rules(daily_cap=1000)

    capped.check_day(Money(400, "USD"), asked_today=600)
    with refused("daily_cap_reached", match="4\\.00"):
        capped.check_day(Money(401, "USD"), asked_today=600)


def test_approval_is_asked_for_above_the_threshold_and_zero_asks_for_all() -> None:
    assert not rules(approval_above=500).need_approval(Money(500, "USD"))
    assert rules(approval_above=500).need_approval(Money(501, "USD"))
    assert rules(approval_above=0).need_approval(Money(100, "USD"))
    assert not rules().need_approval(Money(1_000_000, "USD"))
