"""When a subscription is asked for, and what two sights of it make of each other."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.pandabase import orders
from bot.pandabase.schemas.orders import StoreOrder, StoreSubscription
from bot.payments.models import OrderItem, SubscriptionChange, SubscriptionRecord, SubscriptionStatus
from bot.payments.order_changes import subscription_details
from bot.payments.provider import Order, Subscription
from bot.payments.state_machine import subscription_status
from bot.payments.subscription_matching import begun_by, renewed_by
from bot.payments.subscription_schedule import AFTER_A_PERIOD, DAILY, change_of, next_subscription_poll
from tests.harness.books import START

STATUSES = list(SubscriptionStatus)
MOMENTS = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda span: START + span)
MAYBE = st.none() | MOMENTS


def _record(**values: Any) -> SubscriptionRecord:
    filled: dict[str, Any] = {
        "id": 1,
        "subscription_id": "sub_1",
        "sale_id": 1,
        "order_number": "cs_1",
        "status": SubscriptionStatus.ACTIVE,
        "product_id": "prd_1",
        "current_period_end": None,
        "trial_end": None,
        "ends_at": None,
        "cancelled_at": None,
    }
    return SubscriptionRecord(**{**filled, **values})


RECORDS = st.builds(
    _record,
    status=st.sampled_from(STATUSES),
    current_period_end=MAYBE,
    trial_end=MAYBE,
    ends_at=MAYBE,
    cancelled_at=MAYBE,
)
SIGHTS = st.builds(
    Subscription,
    id=st.just("sub_1"),
    status=st.sampled_from(STATUSES),
    current_period_end=MAYBE,
    trial_end=MAYBE,
    ends_at=MAYBE,
    cancelled_at=MAYBE,
)


@given(RECORDS, MOMENTS)
def test_a_look_lies_ahead_within_a_day_unless_nothing_can_come(
    record: SubscriptionRecord, now: datetime
) -> None:
    poll_at = next_subscription_poll(record, now)

    if poll_at is None:
        assert record.status is SubscriptionStatus.CANCELLED
        assert record.access_until is None or record.access_until < now
    else:
        assert now < poll_at <= now + DAILY


@given(RECORDS.filter(lambda record: record.current_period_end is not None), MOMENTS)
def test_a_look_comes_soon_after_a_period_ended(record: SubscriptionRecord, now: datetime) -> None:
    end = record.access_until or record.current_period_end
    assert end is not None
    looks, moment = [], min(now, end)
    while (following := next_subscription_poll(record, moment)) is not None and following <= end + DAILY:
        looks.append(following - end)
        moment = following

    assert set(AFTER_A_PERIOD) <= set(looks)


@given(RECORDS, SIGHTS)
def test_what_was_seen_is_no_news_the_next_time(record: SubscriptionRecord, sight: Subscription) -> None:
    first = change_of(record, sight)
    after = _taken_in(record, sight)
    if first is SubscriptionChange.RESUMED and sight.status == SubscriptionStatus.TRIALING:
        after = _taken_in(after, sight)  # resumed is active by the table, and then it is read that it tries

    assert after == _taken_in(after, sight)


def _taken_in(record: SubscriptionRecord, sight: Subscription) -> SubscriptionRecord:
    change = change_of(record, sight)
    status = subscription_status(record.status, change, sight.status) if change else None
    return record if status is None else _record(status=status, **subscription_details(record, sight, status))


# --- ties ---------------------------------------------------------------------------------------------

SPANS = st.timedeltas(timedelta(0), timedelta(days=3))


def _sight(number: int, created_at: datetime, start: datetime, **values: Any) -> Subscription:
    shown = {
        "id": f"sub_{number}",
        "status": "ACTIVE",
        "billingInterval": "WEEKLY",
        "product": {"id": "prd_1"},
        "customer": {"id": "cus_1"},
        "createdAt": created_at.isoformat(),
        "currentPeriodStart": start.isoformat(),
    }
    return orders.subscription(StoreSubscription.model_validate({**shown, **values}))


def _order(created_at: datetime, **values: Any) -> Order:
    shown = {
        "id": "ord_1",
        "orderNumber": "cs_1",
        "status": "COMPLETED",
        "amount": 500,
        "customer": {"id": "cus_1"},
        "createdAt": created_at.isoformat(),
    }
    order = orders.order(StoreOrder.model_validate({**shown, **values}))
    return replace(order, items=(OrderItem(product_id="prd_1", quantity=1),))


@given(SPANS, st.integers(-8, 8))
def test_an_order_began_what_was_made_with_it_or_when_a_slow_bank_paid(wait: timedelta, minutes: int) -> None:
    paid = START + wait
    order = _order(START, updatedAt=paid.isoformat())
    began = _sight(1, paid + timedelta(minutes=minutes), paid)
    before, long_after = START - timedelta(days=1), paid + timedelta(days=1)
    others = [_sight(2, before, before), _sight(3, long_after, long_after)]
    strangers = [
        _sight(4, paid, paid, customer={"id": "cus_2"}),
        _sight(5, paid, paid, product={"id": "prd_2"}),
    ]

    assert begun_by(order, "prd_1", [*others, began, *strangers], now=paid) == began
    assert begun_by(order, "prd_1", [*others, *strangers], now=paid) is None


@given(st.integers(1, 50), st.integers(1, 6), st.timedeltas(timedelta(0), timedelta(hours=9)))
def test_a_renewal_is_of_the_subscription_whose_period_begins_then(
    weeks: int, apart: int, late: timedelta
) -> None:
    week = timedelta(days=7)
    other_start = START + timedelta(days=apart)
    ours = _sight(1, START, START + weeks * week)
    other = _sight(2, other_start, other_start + weeks * week)

    for number in range(1, weeks + 1):
        order = _order(START + number * week + late)
        assert renewed_by(order, [other, ours]) == ours
        assert renewed_by(order, [other, ours][::-1]) == ours


def test_a_first_order_a_trial_and_a_strangers_order_renew_nothing() -> None:
    ours = _sight(1, START, START + timedelta(days=7))
    later = START + timedelta(days=7)

    assert renewed_by(_order(START), [ours]) is None
    assert renewed_by(_order(later, amount=0), [ours]) is None
    assert renewed_by(_order(later, customer=None), [ours]) is None
    assert renewed_by(_order(later, customer={"id": "cus_2"}), [ours]) is None
    assert renewed_by(_order(later), [ours, _sight(2, later, later)]) is None
    assert renewed_by(replace(_order(later), items=None), [ours]) is None
    assert renewed_by(_order(later), [ours]) == ours
