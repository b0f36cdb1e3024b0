"""Which state of an invoice may follow which."""

from itertools import product

import pytest

from bot.invoices.states import CANCELLABLE, CLOSED_UNPAID, PAYABLE, TRANSITIONS, InvoiceState, sources

S = InvoiceState
ALLOWED = {
    (S.DRAFT, S.AWAITING_APPROVAL),
    (S.DRAFT, S.OPEN),
    (S.DRAFT, S.CANCELLED),
    (S.AWAITING_APPROVAL, S.OPEN),
    (S.AWAITING_APPROVAL, S.REFUSED),
    (S.AWAITING_APPROVAL, S.CANCELLED),
    (S.OPEN, S.DRAFT),
    (S.OPEN, S.AWAITING_APPROVAL),
    (S.OPEN, S.OVERDUE),
    (S.OPEN, S.DECLINED),
    (S.OPEN, S.CANCELLED),
    (S.OPEN, S.PAID),
    (S.OPEN, S.REFUNDED),
    (S.OPEN, S.DISPUTED),
    (S.OVERDUE, S.DECLINED),
    (S.OVERDUE, S.CANCELLED),
    (S.OVERDUE, S.PAID),
    (S.OVERDUE, S.REFUNDED),
    (S.OVERDUE, S.DISPUTED),
    (S.DECLINED, S.PAID),
    (S.DECLINED, S.REFUNDED),
    (S.DECLINED, S.DISPUTED),
    (S.CANCELLED, S.PAID),
    (S.CANCELLED, S.REFUNDED),
    (S.CANCELLED, S.DISPUTED),
    (S.PAID, S.REFUNDED),
    (S.PAID, S.DISPUTED),
    (S.REFUNDED, S.PAID),
    (S.REFUNDED, S.DISPUTED),
    (S.DISPUTED, S.PAID),
    (S.DISPUTED, S.REFUNDED),
    (S.OPEN, S.LOST),
    (S.OVERDUE, S.LOST),
    (S.DECLINED, S.LOST),
    (S.CANCELLED, S.LOST),
    (S.PAID, S.LOST),
    (S.REFUNDED, S.LOST),
    (S.DISPUTED, S.LOST),
    (S.LOST, S.PAID),
    (S.LOST, S.REFUNDED),
    (S.LOST, S.DISPUTED),
}


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_every_pair_of_states_is_allowed_or_not_as_written_here(before: S, after: S) -> None:
    assert (after in TRANSITIONS[before]) == ((before, after) in ALLOWED)


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(S)


@pytest.mark.parametrize("target", list(S))
def test_sources_are_the_table_read_backwards(target: S) -> None:
    assert sources(target) == {before for before, after in ALLOWED if after is target}


@pytest.mark.parametrize("money", [S.PAID, S.REFUNDED, S.DISPUTED, S.LOST])
def test_money_wins_over_everything_for_which_a_page_was_issued(money: S) -> None:
    assert sources(money) >= PAYABLE | CLOSED_UNPAID


def test_what_can_be_cancelled_can_get_there() -> None:
    assert sources(S.CANCELLED) >= CANCELLABLE
