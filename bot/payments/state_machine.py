"""What a fact does to an order's money. One table; what isn't in it changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.checkout.states import MoneyState
from bot.payments.models import Change, SubscriptionChange, SubscriptionRecord, SubscriptionStatus


class PaymentEvent(StrEnum):
    """What the store says of an order, by a webhook's event or by the order's own words."""

    PENDING = "pending"
    CLEARING = "clearing"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"
    """By the order's own words: it is disputed, or the card network has given it back for good."""
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_PREVENTED = "dispute_prevented"


class OrderingRule(StrEnum):
    """Which of two facts that contradict each other counts."""

    ANY = "any"
    """It holds whenever it comes: the store doesn't take it back."""
    LATER = "later"
    """It holds only if the store said it after what is known."""
    UNLESS_CLOSED = "unless_closed"
    """It holds unless the store has already said how it ended, and said that later."""


@dataclass(frozen=True, slots=True)
class Transition:
    """Where a fact leads, what is told of it, and whether it may come late."""

    money: MoneyState
    change: Change | None
    order: OrderingRule = OrderingRule.ANY


_M, _F, _C = MoneyState, PaymentEvent, Change
_PAID: Final = Transition(_M.PAID, _C.PAID)
_REFUNDED: Final = Transition(_M.REFUNDED, _C.REFUNDED)
_DISPUTED: Final = Transition(_M.DISPUTED, _C.DISPUTED)
_CHARGED_BACK: Final = Transition(_M.DISPUTED, _C.CHARGED_BACK)
_LOST: Final = Transition(_M.LOST, _C.DISPUTE_LOST)
# The card network gave it back to the payer before there was a dispute, and nothing more follows.
_PREVENTED: Final = Transition(_M.LOST, _C.DISPUTE_PREVENTED)
# Won: the money is the shop's, though nobody had said yet that it was paid.
_UNHEARD: Final[Mapping[PaymentEvent, Transition]] = {
    _F.PAID: _PAID,
    _F.REFUNDED: _REFUNDED,
    _F.DISPUTED: _DISPUTED,
    _F.CHARGED_BACK: _CHARGED_BACK,
    _F.DISPUTE_WON: _PAID,
    _F.DISPUTE_LOST: _LOST,
    _F.DISPUTE_PREVENTED: _PREVENTED,
}

# What is told again changes nothing, but moves the time after which something else has to come.
TRANSITIONS: Final[Mapping[MoneyState, Mapping[PaymentEvent, Transition]]] = {
    _M.PENDING: {
        **_UNHEARD,
        _F.CLEARING: Transition(_M.CLEARING, _C.CLEARING),
        _F.FAILED: Transition(_M.FAILED, _C.FAILED),
        _F.CANCELLED: Transition(_M.CANCELLED, _C.CANCELLED),
    },
    _M.CLEARING: {
        **_UNHEARD,
        _F.CLEARING: Transition(_M.CLEARING, None),
        _F.FAILED: Transition(_M.FAILED, _C.FAILED, OrderingRule.LATER),
        _F.CANCELLED: Transition(_M.CANCELLED, _C.CANCELLED),
    },
    # A payment always wins, even one that comes after "declined".
    _M.FAILED: {
        **_UNHEARD,
        _F.CLEARING: Transition(_M.CLEARING, _C.CLEARING, OrderingRule.LATER),
        _F.FAILED: Transition(_M.FAILED, None),
        _F.CANCELLED: Transition(_M.CANCELLED, None),
    },
    _M.CANCELLED: _UNHEARD,
    _M.PAID: {
        _F.REFUNDED: _REFUNDED,
        _F.DISPUTED: Transition(_M.DISPUTED, _C.DISPUTED, OrderingRule.UNLESS_CLOSED),
        _F.CHARGED_BACK: Transition(_M.DISPUTED, _C.CHARGED_BACK, OrderingRule.UNLESS_CLOSED),
        _F.DISPUTE_WON: Transition(_M.PAID, None),
        _F.DISPUTE_LOST: _LOST,
        _F.DISPUTE_PREVENTED: _PREVENTED,
    },
    _M.DISPUTED: {
        _F.REFUNDED: _REFUNDED,
        _F.DISPUTED: Transition(_M.DISPUTED, None),
        _F.CHARGED_BACK: Transition(_M.DISPUTED, None),
        _F.DISPUTE_WON: Transition(_M.PAID, _C.DISPUTE_WON, OrderingRule.LATER),
        _F.DISPUTE_LOST: _LOST,
        _F.DISPUTE_PREVENTED: _PREVENTED,
    },
    _M.LOST: {_F.REFUNDED: Transition(_M.REFUNDED, None)},
    _M.REFUNDED: {},
}

CLOSES_A_DISPUTE: Final = frozenset({PaymentEvent.DISPUTE_WON})


def next_transition(
    money: MoneyState, fact: PaymentEvent, *, said: datetime, known: datetime | None, dispute_closed: bool
) -> Transition | None:
    """What the fact does, or None when it changes nothing.

    `said` is when (UTC) the store said it, `known` when it said what is known already, None for an order
    that is new. `dispute_closed` is whether `known` ended a dispute.
    """
    found = TRANSITIONS[money].get(fact)
    if found is None or known is None:
        return found
    match found.order:
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
# None: the status that the store's own word names, else the one that it had.
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
    status: SubscriptionStatus, change: SubscriptionChange, word: str
) -> SubscriptionStatus | None:
    """Where the change leads, or None when it can't follow; `word` is the store's own, maybe empty."""
    allowed = SUBSCRIPTION_TRANSITIONS[status]
    if change not in allowed:
        return None
    target = allowed[change]
    if target is not None:
        return target
    said = as_status(word)
    return status if said is _S.UNKNOWN else said


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


def as_status(word: str) -> SubscriptionStatus:
    """The store's word, UNKNOWN for one that is empty or new."""
    return _S(word) if word in set(_S) else _S.UNKNOWN
