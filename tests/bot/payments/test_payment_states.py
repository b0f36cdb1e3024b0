"""The transition tables, entry by entry: what isn't said here must not happen."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.checkout.states import TRANSITIONS as SESSION_TRANSITIONS
from bot.checkout.states import MoneyState, SaleStatus, SessionState, sale_status
from bot.payments.models import PaymentEvent, SubscriptionChange, SubscriptionStatus
from bot.payments.state_machine import TRANSITIONS, next_transition, subscription_status

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)

# Where each event leads from each state, in the order of the events' names below; "-" is nowhere.
EVENTS = [
    PaymentEvent.PENDING,
    PaymentEvent.CLEARING,
    PaymentEvent.PAID,
    PaymentEvent.FAILED,
    PaymentEvent.CANCELLED,
    PaymentEvent.REFUNDED,
    PaymentEvent.DISPUTED,
    PaymentEvent.DISPUTE_WON,
    PaymentEvent.DISPUTE_LOST,
    PaymentEvent.DISPUTE_PREVENTED,
    PaymentEvent.CHARGED_BACK,
]
EXPECTED = {
    MoneyState.PENDING: "- clearing paid failed cancelled refunded disputed paid lost lost disputed",
    MoneyState.CLEARING: "- clearing paid failed cancelled refunded disputed paid lost lost disputed",
    MoneyState.FAILED: "- clearing paid failed cancelled refunded disputed paid lost lost disputed",
    MoneyState.CANCELLED: "- - paid - - refunded disputed paid lost lost disputed",
    MoneyState.PAID: "- - - - - refunded disputed paid lost lost disputed",
    MoneyState.DISPUTED: "- - - - - refunded disputed paid lost lost disputed",
    MoneyState.LOST: "- - - - - refunded - - - - -",
    MoneyState.REFUNDED: "- - - - - - - - - - -",
}
ENTRIES = [
    (state, event, target)
    for state, row in EXPECTED.items()
    for event, target in zip(EVENTS, row.split(), strict=True)
]


def test_every_state_and_every_event_is_expected_here() -> None:
    assert set(EXPECTED) == set(MoneyState) == set(TRANSITIONS)
    assert set(EVENTS) == set(PaymentEvent)


@pytest.mark.parametrize(("state", "event", "target"), ENTRIES)
def test_a_later_event_leads_where_the_table_says(
    state: MoneyState, event: PaymentEvent, target: str
) -> None:
    found = next_transition(state, event, said=LATER, known=NOW, dispute_closed=False)

    assert (found.money if found else "-") == target


# What an older event doesn't do any more, because a later one contradicts it.
OUTDATED = {
    (MoneyState.CLEARING, PaymentEvent.FAILED),
    (MoneyState.FAILED, PaymentEvent.CLEARING),
    (MoneyState.DISPUTED, PaymentEvent.DISPUTE_WON),
}


@pytest.mark.parametrize(("state", "event", "target"), ENTRIES)
def test_an_older_event_does_the_same_unless_it_is_outdated(
    state: MoneyState, event: PaymentEvent, target: str
) -> None:
    found = next_transition(state, event, said=EARLIER, known=NOW, dispute_closed=False)

    assert (found.money if found else "-") == ("-" if (state, event) in OUTDATED else target)


@pytest.mark.parametrize(
    ("said", "closed", "counts"),
    [(EARLIER, True, False), (NOW, True, False), (LATER, True, True), (EARLIER, False, True)],
)
def test_a_dispute_counts_unless_its_end_is_known(*, said: datetime, closed: bool, counts: bool) -> None:
    for event in (PaymentEvent.DISPUTED, PaymentEvent.CHARGED_BACK):
        found = next_transition(MoneyState.PAID, event, said=said, known=NOW, dispute_closed=closed)

        assert (found is not None) is counts


@pytest.mark.parametrize("state", list(MoneyState))
def test_what_leads_nowhere_new_is_not_told(state: MoneyState) -> None:
    told = {event for event, found in TRANSITIONS[state].items() if found.money is state and found.news}

    assert told == set()


def test_money_that_was_paid_or_given_back_is_never_told_as_paid_anew() -> None:
    told = {
        (state, event)
        for state, events in TRANSITIONS.items()
        for event, found in events.items()
        if found.news is PaymentEvent.PAID
    }

    assert {state for state, _ in told} == {
        MoneyState.PENDING,
        MoneyState.CLEARING,
        MoneyState.FAILED,
        MoneyState.CANCELLED,
    }


def test_from_every_state_of_a_session_a_payment_leads_to_paid() -> None:
    assert {state for state in SessionState if SessionState.PAID in SESSION_TRANSITIONS[state]} == set(
        SessionState
    ) - {SessionState.PAID}
    assert SESSION_TRANSITIONS[SessionState.PAID] == frozenset()


STATUS_BY_MONEY = {
    MoneyState.PENDING: None,
    MoneyState.CLEARING: SaleStatus.CLEARING,
    MoneyState.PAID: SaleStatus.PAID,
    MoneyState.FAILED: None,
    MoneyState.CANCELLED: None,
    MoneyState.REFUNDED: SaleStatus.REFUNDED,
    MoneyState.DISPUTED: SaleStatus.DISPUTED,
    MoneyState.LOST: SaleStatus.DISPUTED,
}


@pytest.mark.parametrize("session", list(SessionState))
@pytest.mark.parametrize("money", list(MoneyState))
def test_a_sales_status_is_its_moneys_and_without_any_its_sessions(
    session: SessionState, money: MoneyState
) -> None:
    assert sale_status([session], [money]) is (STATUS_BY_MONEY[money] or sale_status([session]))


def test_of_several_payments_the_one_that_is_there_counts() -> None:
    paid, refunded = MoneyState.PAID, MoneyState.REFUNDED
    assert sale_status([SessionState.PAID], [refunded, paid]) is SaleStatus.PAID
    assert sale_status([SessionState.PAID], [paid, MoneyState.FAILED]) is SaleStatus.PAID
    with pytest.raises(ValueError, match="without a session"):
        sale_status([], [paid])


# In the order of SubscriptionChange: created renewed past_due cancelled paused resumed updated
# trial_ending renewing; "=" keeps the status, "-" can't follow.
LIVING = "= ACTIVE PAST_DUE CANCELLED PAUSED ACTIVE = = ="
SUBSCRIPTIONS = {
    **dict.fromkeys(set(SubscriptionStatus) - {SubscriptionStatus.CANCELLED}, LIVING),
    SubscriptionStatus.CANCELLED: "- ACTIVE - CANCELLED - ACTIVE = - -",
}


@pytest.mark.parametrize("status", list(SubscriptionStatus))
def test_a_subscriptions_changes_lead_where_the_table_says(status: SubscriptionStatus) -> None:
    for change, target in zip(SubscriptionChange, SUBSCRIPTIONS[status].split(), strict=True):
        found = subscription_status(status, change, SubscriptionStatus.UNKNOWN)
        assert (found or "-") == (status if target == "=" else target), change
        if target == "=":
            for told in set(SubscriptionStatus) - {SubscriptionStatus.UNKNOWN}:
                assert subscription_status(status, change, told) is told
