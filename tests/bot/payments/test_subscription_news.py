"""What people are told of a subscription follows from what it was and is, not from the event's name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.payments.models import SubscriptionChange, SubscriptionRecord, SubscriptionStatus
from bot.payments.state_machine import news

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACTIVE = SubscriptionRecord(
    id=1,
    subscription_id="sub_1",
    sale_id=1,
    order_number=None,
    status=SubscriptionStatus.ACTIVE,
    product_id=None,
    current_period_end=NOW,
    trial_end=None,
    ends_at=None,
    cancelled_at=None,
)
TOLD = {
    SubscriptionStatus.PAST_DUE: SubscriptionChange.PAST_DUE,
    SubscriptionStatus.CANCELLED: SubscriptionChange.CANCELLED,
    SubscriptionStatus.PAUSED: SubscriptionChange.PAUSED,
}


@pytest.mark.parametrize("change", SubscriptionChange)
@pytest.mark.parametrize("status", TOLD)
def test_a_new_status_is_told_once_by_whichever_event(
    status: SubscriptionStatus, change: SubscriptionChange
) -> None:
    after = replace(ACTIVE, status=status)

    assert news(ACTIVE, after, change) is TOLD[status]
    assert news(after, after, change) is SubscriptionChange.UPDATED


@pytest.mark.parametrize("status", [SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELLED])
def test_another_period_or_another_end_is_told_again(status: SubscriptionStatus) -> None:
    before = replace(ACTIVE, status=status)
    after = replace(before, current_period_end=NOW + timedelta(days=7))

    assert news(before, after, SubscriptionChange.UPDATED) is TOLD[status]


@pytest.mark.parametrize("change", [SubscriptionChange.RESUMED, SubscriptionChange.UPDATED])
def test_what_was_paused_goes_on_by_either_event(change: SubscriptionChange) -> None:
    paused = replace(ACTIVE, status=SubscriptionStatus.PAUSED)

    assert news(paused, ACTIVE, change) is SubscriptionChange.RESUMED
    assert news(ACTIVE, ACTIVE, change) is SubscriptionChange.UPDATED


def test_a_renewal_is_a_renewal() -> None:
    past_due = replace(ACTIVE, status=SubscriptionStatus.PAST_DUE)

    assert news(past_due, ACTIVE, SubscriptionChange.RENEWED) is SubscriptionChange.RENEWED
