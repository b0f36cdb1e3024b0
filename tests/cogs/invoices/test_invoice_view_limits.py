"""However much staff write on an invoice, Discord takes every message about it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from bot.checkout.models import AnyLine, Basket, Charge, CustomLine, Sale, Session
from bot.checkout.states import SaleStatus, SessionState
from bot.invoices.limits import InvoiceLimits
from bot.invoices.models import (
    LONGEST_COUPON,
    LONGEST_DESCRIPTION,
    LONGEST_ITEM,
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_TITLE,
    MOST_LINES,
    Invoice,
    InvoicePage,
    Person,
)
from bot.invoices.queries import InvoiceDetails
from bot.invoices.reminders import BEFORE, OVERDUE
from bot.invoices.service import Closed
from bot.invoices.states import InvoiceState
from bot.jobs.models import LiveMessage
from bot.money import MAXIMUM_TOTAL
from bot.staff.models import AuditAction, AuditEntry
from bot.texts import markdown
from cogs.catalog.product_text import ProductText
from cogs.invoices.actions import PER_PAGE
from cogs.invoices.staff_view import StaffInvoiceView
from cogs.invoices.view import InvoiceView
from tests.harness.catalogs import written_once
from tests.harness.longest import assert_fits, longest_line, words_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SNOWFLAKE = 2**63 - 1
NAME = 32
PATTERNS = ["*", "a", "竹", "[a](https://b.example) ", "<@1> 1. "]
SERVER = 100
"""Characters of a server's name; source: Discord's guild reference."""
RULES = InvoiceLimits("BRL", ZoneInfo("UTC"), 1, 1, 1)
STAFF = [
    StaffInvoiceView(InvoiceView(test=True, sees_payments=seen), ProductText("BRL"), RULES)
    for seen in (True, False)
]


@pytest.fixture(autouse=True, scope="module")
def _every_text_and_amount_is_written_once() -> Iterator[None]:
    with written_once():
        yield


def long(pattern: str, length: int) -> str:
    return (pattern * length)[:length]


def custom(character: str) -> tuple[AnyLine, ...]:
    return (CustomLine(long(character, LONGEST_ITEM), MAXIMUM_TOTAL // 999, 999, "BRL"),) * MOST_LINES


def subscription(character: str) -> tuple[AnyLine, ...]:
    line = longest_line(title=long(character, LONGEST_ITEM), quantity=1)
    return (line,)


def invoice(state: InvoiceState, character: str, lines: tuple[AnyLine, ...]) -> Invoice:
    return Invoice(
        id=1,
        reference="abcdefghjk",
        number=None if state is InvoiceState.DRAFT else 999_999_999,
        guild_id=SNOWFLAKE,
        guild_name=long(character, SERVER),
        channel_id=SNOWFLAKE,
        issuer=Person(SNOWFLAKE, long(character, NAME)),
        payer=Person(SNOWFLAKE, long(character, NAME)),
        lines=lines,
        currency="BRL",
        state=state,
        created_at=NOW,
        coupon=long(character, LONGEST_COUPON),
        title=long(character, LONGEST_TITLE),
        description=long(character, LONGEST_DESCRIPTION),
        note=long(character, LONGEST_NOTE),
        due_at=NOW + timedelta(days=3),
        approver_id=SNOWFLAKE,
        reason=long(character, LONGEST_REASON),
        sale_id=1,
        sent_at=NOW,
    )


def sale_of(charged: Invoice, status: SaleStatus) -> Sale:
    session = Session(
        id=1,
        state=SessionState.OPEN,
        created_at=NOW,
        session_id="cs_1",
        url="https://checkout.pandabase.io/c/cs_" + "x" * 60,
        amount=MAXIMUM_TOTAL,
        discount=MAXIMUM_TOTAL - 1,
        expires_at=NOW + timedelta(hours=6),
    )
    charge = Charge(charged.number or 1, SNOWFLAKE)
    basket = Basket(charged.lines, charged.coupon, charge=charge)
    return Sale(1, "abcdefghjk", SNOWFLAKE, SNOWFLAKE, SNOWFLAKE, basket, status, session)


@pytest.mark.parametrize("lines", [custom, subscription])
@pytest.mark.parametrize("character", PATTERNS)
@pytest.mark.parametrize("state", InvoiceState)
def test_every_message_about_the_longest_invoice_fits(
    state: InvoiceState, character: str, lines: Callable[[str], tuple[AnyLine, ...]]
) -> None:
    charged = invoice(state, character, lines(character))
    for staff in STAFF:
        payer = staff.payer
        for status in (SaleStatus.OPEN, SaleStatus.CLEARING):
            sale = sale_of(charged, status)
            for show in (payer.live, payer.private, partial(payer.instead_of_a_dm, closed=True)):
                assert_fits(show(charged, sale, NOW))
        for what in (BEFORE, OVERDUE):
            assert_fits(payer.reminder(charged, MAXIMUM_TOTAL - 1, what))
        for problem in (None, markdown("The coupon didn't work: " + "x" * 300)):
            assert_fits(staff.drafts.preview(charged, MAXIMUM_TOTAL - 1, problem))


@pytest.mark.parametrize("character", PATTERNS)
@pytest.mark.parametrize("state", InvoiceState)
def test_what_staff_see_of_the_longest_invoice_fits_with_its_history(
    state: InvoiceState, character: str
) -> None:
    charged = invoice(state, character, custom(character))
    details = {"reason": long(character, LONGEST_REASON), "payable_until": NOW.isoformat()}
    history = tuple(
        AuditEntry(SNOWFLAKE, AuditAction.CANCELLED, SNOWFLAKE, 1, details, NOW, n) for n in range(20)
    )
    for status in (SaleStatus.OPEN, SaleStatus.CLEARING):
        for message in (None, LiveMessage(1, 2, "open")):
            for staff in STAFF:
                details = InvoiceDetails(charged, sale_of(charged, status), message, history)
                card = staff.details(details, NOW)
                assert_fits(card)
                assert "was cancelled" in words_of(card)
    for staff in STAFF:
        listed = tuple(replace(charged, reference=f"abcdefgh{number:02}") for number in range(PER_PAGE))
        assert_fits(staff.page(InvoicePage(listed, 3, 99, 999_999), SNOWFLAKE, state))
        assert_fits(staff.cancelled(Closed(charged, NOW, clearing=False)))
        assert_fits(staff.not_delivered(charged))


def test_a_longest_invoice_in_plain_words_is_shown_whole() -> None:
    charged = invoice(InvoiceState.OPEN, "a", custom("a"))

    shown = words_of(STAFF[0].payer.live(charged, sale_of(charged, SaleStatus.OPEN), NOW))

    assert "a" * LONGEST_DESCRIPTION in shown
    assert f"Note: {'a' * LONGEST_NOTE}" in shown
