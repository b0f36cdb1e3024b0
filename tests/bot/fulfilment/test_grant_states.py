"""What a grant comes to, for every state of its money and every term."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.checkout.states import MoneyState
from bot.fulfilment.states import GrantState, grant_state, subscription_ends_at
from bot.payments.models import SubscriptionRecord, SubscriptionStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOON = NOW + timedelta(days=1)
AGO = NOW - timedelta(days=1)

UNKEPT = {
    MoneyState.PENDING: GrantState.SUSPENDED,
    MoneyState.CLEARING: GrantState.SUSPENDED,
    MoneyState.PAID: GrantState.LIVE,
    MoneyState.FAILED: GrantState.REVOKED,
    MoneyState.CANCELLED: GrantState.REVOKED,
    MoneyState.REFUNDED: GrantState.REVOKED,
    MoneyState.DISPUTED: GrantState.SUSPENDED,
    MoneyState.LOST: GrantState.REVOKED,
}


@pytest.mark.parametrize(("money", "ends_at"), list(itertools.product(MoneyState, [None, SOON])))
def test_before_its_end_a_grant_follows_its_money(money: MoneyState, ends_at: datetime | None) -> None:
    assert grant_state(money, ends_at, NOW, kept=False) is UNKEPT[money]


@pytest.mark.parametrize(("money", "ends_at"), list(itertools.product(MoneyState, [None, SOON])))
def test_what_is_kept_lives_whatever_becomes_of_the_money(
    money: MoneyState, ends_at: datetime | None
) -> None:
    assert grant_state(money, ends_at, NOW, kept=True) is GrantState.LIVE


@pytest.mark.parametrize(("money", "kept"), list(itertools.product(MoneyState, [True, False])))
@pytest.mark.parametrize("ends_at", [AGO, NOW])
def test_no_grant_lives_on_at_its_end(money: MoneyState, ends_at: datetime, *, kept: bool) -> None:
    assert grant_state(money, ends_at, NOW, kept=kept) in {GrantState.ENDED, GrantState.REVOKED}


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_a_subscription_gives_access_until_its_end_is_known(status: SubscriptionStatus) -> None:
    ends_at = subscription_ends_at(_subscription(status, current_period_end=SOON), NOW)

    assert ends_at == (SOON if status is SubscriptionStatus.CANCELLED else None)


def test_a_subscription_that_was_cancelled_at_once_ends_at_once() -> None:
    subscription = _subscription(SubscriptionStatus.CANCELLED, current_period_end=SOON, ends_at=AGO)

    assert subscription_ends_at(subscription, NOW) == AGO


def test_a_subscription_whose_end_nobody_told_ends_when_that_is_learned() -> None:
    assert subscription_ends_at(_subscription(SubscriptionStatus.CANCELLED), NOW) == NOW


def test_a_paused_subscription_gives_access_until_staff_end_it() -> None:
    paused = replace(_subscription(SubscriptionStatus.PAUSED, current_period_end=AGO), stopped_at=AGO)

    assert subscription_ends_at(paused, NOW) == AGO
    assert subscription_ends_at(replace(paused, stopped_at=None), NOW) is None


def _subscription(
    status: SubscriptionStatus,
    *,
    current_period_end: datetime | None = None,
    ends_at: datetime | None = None,
) -> SubscriptionRecord:
    return SubscriptionRecord(
        id=1,
        subscription_id="sub_1",
        sale_id=1,
        order_number=None,
        status=status,
        product_id=None,
        current_period_end=current_period_end,
        trial_end=None,
        ends_at=ends_at,
        cancelled_at=None,
    )
