"""Which state of a session may follow which, and what a sale's sessions make of it."""

from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.checkout.repository import SaleRepository
from bot.checkout.states import LIVE, TRANSITIONS, SaleStatus, SessionState, sale_status, sources
from tests.bot.checkout.conftest import Rows
from tests.harness.clock import Clock
from tests.harness.counter import Counter

STATES = list(SessionState)
# By hand, from the design: the table must not be able to vouch for itself.
ALLOWED = {
    ("creating", "open"),
    ("creating", "failed"),
    ("creating", "paid"),
    ("open", "paid"),
    ("open", "expired"),
    ("open", "withdrawn"),
    ("open", "superseded"),
    ("failed", "paid"),
    ("expired", "paid"),
    ("withdrawn", "paid"),
    ("superseded", "paid"),
}
STATUS_OF_ALONE = {
    SessionState.CREATING: SaleStatus.OPEN,
    SessionState.OPEN: SaleStatus.OPEN,
    SessionState.PAID: SaleStatus.PAID,
    SessionState.FAILED: SaleStatus.FAILED,
    SessionState.EXPIRED: SaleStatus.EXPIRED,
    SessionState.WITHDRAWN: SaleStatus.WITHDRAWN,
    SessionState.SUPERSEDED: SaleStatus.SUPERSEDED,
}
several_states = some.lists(some.sampled_from(STATES), min_size=1, max_size=6)


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
async def test_a_session_moves_only_where_the_table_lets_it(
    counter: Counter, rows: Rows, before: SessionState, after: SessionState
) -> None:
    await counter.buy()
    set_state(counter, rows, before)

    async with counter.database.write() as tx:
        moved = await SaleRepository(tx).move(1, after)

    allowed = (before.value, after.value) in ALLOWED
    assert moved == allowed
    [session] = rows("SELECT state, status FROM sessions JOIN sales ON sales.id = sale_id")
    expected = after if allowed else before
    assert session["state"] == expected
    if allowed:
        assert session["status"] == STATUS_OF_ALONE[expected]


def set_state(counter: Counter, rows: Rows, state: SessionState) -> None:
    rows("UPDATE sessions SET state = ?", state)
    rows("UPDATE sales SET status = ?", STATUS_OF_ALONE[state])


def test_the_table_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(STATES)


def test_what_may_come_before_is_the_table_read_backwards() -> None:
    assert {(before, after) for after in STATES for before in sources(after)} == {
        (SessionState(before), SessionState(after)) for before, after in ALLOWED
    }


def test_whatever_was_thought_of_a_session_it_can_still_be_paid() -> None:
    assert sources(SessionState.PAID) == set(STATES) - {SessionState.PAID}


# --- the sale -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_one_session_makes_the_status_of_its_sale(state: SessionState) -> None:
    assert sale_status([state]) is STATUS_OF_ALONE[state]


@given(several_states, some.randoms())
def test_one_payment_makes_the_sale_paid_whenever_it_came(states: list[SessionState], chance: Random) -> None:
    states.insert(chance.randrange(len(states) + 1), SessionState.PAID)

    assert sale_status(states) is SaleStatus.PAID


@given(several_states)
def test_a_sale_is_open_exactly_while_a_session_lives_and_none_is_paid(states: list[SessionState]) -> None:
    lives = SessionState.PAID not in states and any(state in LIVE for state in states)

    assert (sale_status(states) is SaleStatus.OPEN) == lives


@given(several_states)
def test_once_nothing_lives_the_last_session_says_what_it_came_to(states: list[SessionState]) -> None:
    ended = [state for state in states if state not in LIVE and state is not SessionState.PAID]
    if ended:
        assert sale_status(ended).value == ended[-1].value


def test_a_sale_without_a_session_has_no_status() -> None:
    with pytest.raises(ValueError, match="without a session"):
        sale_status([])


async def test_a_late_payment_of_an_expired_session_makes_the_sale_paid_beside_the_new_link(
    counter: Counter, clock: Clock, rows: Rows, file: Path
) -> None:
    sale = (await counter.buy()).sale
    clock.pass_time(hours=6)
    await counter.again(sale.reference)

    async with counter.database.write() as tx:
        assert await SaleRepository(tx).move(sale.session.id, SessionState.PAID)

    assert rows("SELECT status FROM sales") == [{"status": "paid"}]
    assert [row["state"] for row in rows("SELECT state FROM sessions ORDER BY id")] == ["paid", "open"]
