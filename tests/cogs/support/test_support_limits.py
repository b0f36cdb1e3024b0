"""However much a purchase holds, the head of its thread fits, open and closed, for payer and recipient."""

import pytest

from bot.checkout.models import Basket, Charge, Sale, Session
from bot.checkout.states import SaleStatus, SessionState
from bot.fulfilment.models import SaleFacts
from bot.jobs.models import JobKind, JobRecord, Outcome
from bot.support.models import SupportCase
from cogs.checkout.view import SaleView
from cogs.support.view import SupportView
from tests.harness.catalogs import NOW
from tests.harness.longest import WIDE, assert_fits, longest_line, paid_order, words_of


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("gift_to", [None, WIDE - 1])
def test_the_head_of_ten_longest_lines_over_years_fits(closed: bool, gift_to: int | None) -> None:  # noqa: FBT001
    basket = Basket((longest_line(),) * 10, "*" * 64, gift_to, Charge(10**6, WIDE))
    session = Session(id=1, state=SessionState.PAID, created_at=NOW, amount=1)
    sale = Sale(1, "abcdefghjk", WIDE, WIDE, WIDE, basket, SaleStatus.PAID, session)
    jobs = tuple(
        JobRecord(
            id=number,
            sale_id=1,
            kind=JobKind.RECEIPT,
            key=str(number),
            created_at=NOW,
            outcome=Outcome.UNDELIVERED,
            next_attempt=None,
            done_at=NOW,
        )
        for number in range(1, 61)
    )
    facts = SaleFacts(sale, None, None, None, jobs, (paid_order(),) * 60, (), {})
    case = SupportCase(
        1, "abcdefghjk", 1, WIDE, sale.recipient_id, WIDE, WIDE, NOW, NOW if closed else None, WIDE
    )

    head = SupportView(SaleView(test=True)).head(case, facts)

    assert_fits(head)
    assert "What happened so far" in words_of(head)
    assert ("Closed by" in words_of(head)) is closed
