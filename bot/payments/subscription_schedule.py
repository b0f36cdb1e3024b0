"""When a subscription is polled, and what its own words say that happened. Nothing here does I/O."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.payments.models import SubscriptionChange, SubscriptionRecord, SubscriptionStatus
from bot.payments.order_changes import subscription_details
from bot.payments.provider import Subscription

DAILY: Final = timedelta(days=1)
AFTER_A_PERIOD: Final = (
    timedelta(minutes=2),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
)
"""When after the end of a period; the store charges for the next one about then."""
WATCHED_AFTER_ITS_END: Final = timedelta(days=1)
"""A cancelled one can be taken up again only before it ends; a day is for clocks that differ."""


def next_subscription_poll(
    subscription: SubscriptionRecord, now: datetime, *, unpaid_plan_since: datetime | None = None
) -> datetime | None:
    """When (UTC) to ask for it next; None when nothing can come of it any more.

    `unpaid_plan_since` is when (UTC) it changed to a plan whose order isn't known yet.
    """
    turns_at = subscription.access_until or subscription.current_period_end
    if subscription.status is SubscriptionStatus.CANCELLED and (
        turns_at is None or turns_at + WATCHED_AFTER_ITS_END <= now
    ):
        return None
    times = [now + DAILY]
    for turn in filter(None, (turns_at, unpaid_plan_since)):
        times += [turn + wait for wait in AFTER_A_PERIOD if turn + wait > now]
    return min(times)


def change_of(known: SubscriptionRecord, given: Subscription) -> SubscriptionChange | None:
    """What happened between what is known and what the store's list shows; None for nothing."""
    now = given.status
    if now is SubscriptionStatus.UNKNOWN:
        return None
    if now is not known.status:
        return _turned(known.status, now)
    if now is SubscriptionStatus.ACTIVE and moved_on(known, given):  # a trial that is longer renews nothing
        return SubscriptionChange.RENEWED
    after = replace(known, **subscription_details(known, given, now))
    return None if after == known else SubscriptionChange.UPDATED


def moved_on(known: SubscriptionRecord, given: Subscription) -> bool:
    """Whether it is in a later period than was known."""
    end = given.current_period_end
    return end is not None and (known.current_period_end is None or end > known.current_period_end)


def _turned(before: SubscriptionStatus, now: SubscriptionStatus) -> SubscriptionChange:
    match now:
        case SubscriptionStatus.CANCELLED:
            return SubscriptionChange.CANCELLED
        case SubscriptionStatus.PAST_DUE:
            return SubscriptionChange.PAST_DUE
        case SubscriptionStatus.PAUSED:
            return SubscriptionChange.PAUSED
    if before in {SubscriptionStatus.PAUSED, SubscriptionStatus.CANCELLED}:
        return SubscriptionChange.RESUMED
    return SubscriptionChange.RENEWED if now is SubscriptionStatus.ACTIVE else SubscriptionChange.UPDATED
