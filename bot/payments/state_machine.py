"""What an event does to an order's money. One table; what isn't in it changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.checkout.states import MoneyState
from bot.payments.models import PaymentEvent, SubscriptionChange, SubscriptionRecord, SubscriptionStatus


class OrderingRule(StrEnum):
    """Which of two events that contradict each other counts; only the table below says it."""

    ANY = "any"
    """It holds whenever it comes: the store doesn't take it back."""
    LATER = "later"
    """It holds only if the store said it after what is known."""
    UNLESS_CLOSED = "unless_closed"
    """It holds unless the store has already said how it ended, and said that later."""


@dataclass(frozen=True, slots=True)
class Transition:
    """Where an event leads, what is told on of it, and whether it may come late."""

    money: MoneyState
    news: PaymentEvent | None
    rule: OrderingRule = OrderingRule.ANY


_M, _E = MoneyState, PaymentEvent
_PAID: Final = Transition(_M.PAID, _E.PAID)
_REFUNDED: Final = Transition(_M.REFUNDED, _E.REFUNDED)
_DISPUTED: Final = Transition(_M.DISPUTED, _E.DISPUTED)
_CHARGED_BACK: Final = Transition(_M.DISPUTED, _E.CHARGED_BACK)
_LOST: Final = Transition(_M.LOST, _E.DISPUTE_LOST)
# The card network gave it back to the payer before there was a dispute, and nothing more follows.
_PREVENTED: Final = Transition(_M.LOST, _E.DISPUTE_PREVENTED)
# Won: the money is the shop's, though nobody had said yet that it was paid.
_UNHEARD: Final[Mapping[PaymentEvent, Transition]] = {
    _E.PAID: _PAID,
    _E.REFUNDED: _REFUNDED,
    _E.DISPUTED: _DISPUTED,
    _E.CHARGED_BACK: _CHARGED_BACK,
    _E.DISPUTE_WON: _PAID,
    _E.DISPUTE_LOST: _LOST,
    _E.DISPUTE_PREVENTED: _PREVENTED,
}

# What is told again changes nothing, but moves the time after which something else has to come.
TRANSITIONS: Final[Mapping[MoneyState, Mapping[PaymentEvent, Transition]]] = {
    _M.PENDING: {
        **_UNHEARD,
        _E.CLEARING: Transition(_M.CLEARING, _E.CLEARING),
        _E.FAILED: Transition(_M.FAILED, _E.FAILED),
        _E.CANCELLED: Transition(_M.CANCELLED, _E.CANCELLED),
    },
    _M.CLEARING: {
        **_UNHEARD,
        _E.CLEARING: Transition(_M.CLEARING, None),
        _E.FAILED: Transition(_M.FAILED, _E.FAILED, OrderingRule.LATER),
        _E.CANCELLED: Transition(_M.CANCELLED, _E.CANCELLED),
    },
    # A payment always wins, even one that comes after "declined".
    _M.FAILED: {
        **_UNHEARD,
        _E.CLEARING: Transition(_M.CLEARING, _E.CLEARING, OrderingRule.LATER),
        _E.FAILED: Transition(_M.FAILED, None),
        _E.CANCELLED: Transition(_M.CANCELLED, None),
    },
    _M.CANCELLED: _UNHEARD,
    _M.PAID: {
        _E.REFUNDED: _REFUNDED,
        _E.DISPUTED: Transition(_M.DISPUTED, _E.DISPUTED, OrderingRule.UNLESS_CLOSED),
        _E.CHARGED_BACK: Transition(_M.DISPUTED, _E.CHARGED_BACK, OrderingRule.UNLESS_CLOSED),
        _E.DISPUTE_WON: Transition(_M.PAID, None),
        _E.DISPUTE_LOST: _LOST,
        _E.DISPUTE_PREVENTED: _PREVENTED,
    },
    _M.DISPUTED: {
        _E.REFUNDED: _REFUNDED,
        _E.DISPUTED: Transition(_M.DISPUTED, None),
        _E.CHARGED_BACK: Transition(_M.DISPUTED, None),
        _E.DISPUTE_WON: Transition(_M.PAID, _E.DISPUTE_WON, OrderingRule.LATER),
        _E.DISPUTE_LOST: _LOST,
        _E.DISPUTE_PREVENTED: _PREVENTED,
    },
    _M.LOST: {_E.REFUNDED: Transition(_M.REFUNDED, None)},
    _M.REFUNDED: {},
}


def next_transition(
    money: MoneyState, event: PaymentEvent, *, said: datetime, known: datetime | None, dispute_closed: bool
) -> Transition | None:
    """What the event does, or None when it changes nothing.

    `said` is when (UTC) the store said it, `known` when it said what is known already, None for an order
    that is new. `dispute_closed` is whether `known` ended a dispute.
    """
    found = TRANSITIONS[money].get(event)
    if found is None or known is None:
        return found
    match found.rule:
        case OrderingRule.LATER if said < known:
            return None
        case OrderingRule.UNLESS_CLOSED if dispute_closed and said <= known:
            return None
    return found


# --- subscriptions ------------------------------------------------------------------------------------

_S, _SC = SubscriptionStatus, SubscriptionChange
_UPDATED: Final = SubscriptionChange.UPDATED
_ALIVE: Final[Mapping[SubscriptionChange, SubscriptionStatus | None]] = {
    _SC.CREATED: None,
    _SC.RENEWED: _S.ACTIVE,
    _SC.PAST_DUE: _S.PAST_DUE,
    _SC.CANCELLED: _S.CANCELLED,
    _SC.PAUSED: _S.PAUSED,
    _SC.RESUMED: _S.ACTIVE,
    _SC.UPDATED: None,
    _SC.TRIAL_ENDING: None,
    _SC.RENEWING: None,
}
# None: the status that was told with it, else the one that it had.
SUBSCRIPTION_TRANSITIONS: Final[
    Mapping[SubscriptionStatus, Mapping[SubscriptionChange, SubscriptionStatus | None]]
] = {
    **dict.fromkeys((_S.TRIALING, _S.ACTIVE, _S.PAST_DUE, _S.PAUSED, _S.UNKNOWN), _ALIVE),
    # Cancelled ends it, unless it is paid again or taken up again.
    _S.CANCELLED: {
        _SC.RENEWED: _S.ACTIVE,
        _SC.RESUMED: _S.ACTIVE,
        _SC.UPDATED: None,
        _SC.CANCELLED: _S.CANCELLED,
    },
}


def subscription_status(
    status: SubscriptionStatus, change: SubscriptionChange, told: SubscriptionStatus
) -> SubscriptionStatus | None:
    """Where the change leads, or None when it can't follow; `told` is what was told with it."""
    allowed = SUBSCRIPTION_TRANSITIONS[status]
    if change not in allowed:
        return None
    target = allowed[change]
    if target is not None:
        return target
    return status if told is _S.UNKNOWN else told


_NEWS: Final[Mapping[SubscriptionStatus, SubscriptionChange]] = {
    _S.PAST_DUE: _SC.PAST_DUE,
    _S.CANCELLED: _SC.CANCELLED,
    _S.PAUSED: _SC.PAUSED,
}


def news(
    before: SubscriptionRecord, after: SubscriptionRecord, change: SubscriptionChange
) -> SubscriptionChange:
    """What the change comes to for its people, whichever event brought it: UPDATED if nothing is new to them.

    Past due is news once in each period, and a cancellation again when its end has moved.
    """
    if after.status in _NEWS:
        return _UPDATED if _matter(before) == _matter(after) else _NEWS[after.status]
    if change is _SC.RESUMED:
        return _UPDATED if before.status is after.status else change
    return _SC.RESUMED if before.status is _S.PAUSED and change is _UPDATED else change


def _matter(subscription: SubscriptionRecord) -> tuple[SubscriptionStatus, datetime | None]:
    if subscription.status is _S.PAUSED:
        return subscription.status, None
    return subscription.status, subscription.access_until or subscription.current_period_end
