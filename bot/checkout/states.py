"""The states of a session and of a sale, and which may follow which."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class SessionState(StrEnum):
    """What became of a checkout session's link. Money is the order's matter."""

    CREATING = "creating"
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class MoneyState(StrEnum):
    """What became of an order's money."""

    PENDING = "pending"
    CLEARING = "clearing"
    """On its way, which takes days with some banks: longer than its session lives."""
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    LOST = "lost"
    """The dispute was decided for the payer."""


GIVEN_BACK: Final = frozenset({MoneyState.REFUNDED, MoneyState.LOST})
"""The payer has their money again."""
PAID_ONCE: Final = frozenset({MoneyState.PAID, MoneyState.DISPUTED}) | GIVEN_BACK
"""It arrived, whatever became of it since."""


class SaleKind(StrEnum):
    """How a sale came about. Stored with its row."""

    PURCHASE = "purchase"
    """A member chose it, here or on the store's website."""
    INVOICE = "invoice"
    """Staff charged for it."""
    GIVEN = "given"
    """Staff gave it: it cost nothing."""
    FREE = "free"
    """A member took what is free."""


class SaleStatus(StrEnum):
    """Where a sale stands; the claim's unique index counts the `open` ones."""

    OPEN = "open"
    CLEARING = "clearing"
    PAID = "paid"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


# A payment always wins: the store's page outlives whatever we think of the link.
TRANSITIONS: Final[Mapping[SessionState, frozenset[SessionState]]] = {
    SessionState.CREATING: frozenset({SessionState.OPEN, SessionState.FAILED, SessionState.PAID}),
    SessionState.OPEN: frozenset(
        {SessionState.PAID, SessionState.EXPIRED, SessionState.WITHDRAWN, SessionState.SUPERSEDED}
    ),
    SessionState.FAILED: frozenset({SessionState.PAID}),
    SessionState.EXPIRED: frozenset({SessionState.PAID}),
    SessionState.WITHDRAWN: frozenset({SessionState.PAID}),
    SessionState.SUPERSEDED: frozenset({SessionState.PAID}),
    SessionState.PAID: frozenset(),
}

LIVE: Final = frozenset({SessionState.CREATING, SessionState.OPEN})


def is_lost(money: Iterable[MoneyState]) -> bool:
    """Whether the payer has money of these back for good, and none of it is disputed still."""
    known = set(money)
    return MoneyState.LOST in known and MoneyState.DISPUTED not in known


def sources(target: SessionState) -> frozenset[SessionState]:
    """The states from which a session may get to `target`."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)


# What an order makes of its sale, by weight: one that is paid outweighs another that was refunded.
_BY_MONEY: Final[Mapping[MoneyState, SaleStatus]] = {
    MoneyState.PAID: SaleStatus.PAID,
    MoneyState.DISPUTED: SaleStatus.DISPUTED,
    MoneyState.LOST: SaleStatus.DISPUTED,
    MoneyState.REFUNDED: SaleStatus.REFUNDED,
    MoneyState.CLEARING: SaleStatus.CLEARING,
}
SETTLED: Final = frozenset({SaleStatus.PAID, SaleStatus.REFUNDED, SaleStatus.DISPUTED})
"""Was paid once; what became of the money later doesn't make it payable again."""


def sale_status(sessions: Iterable[SessionState], money: Iterable[MoneyState] = ()) -> SaleStatus:
    """The status that sessions' states, oldest first, and the states of its orders' money make.

    Money decides where there is any; else it is alive, or what the last session came to. Raises
    ValueError without a session: a sale is written together with its first one.
    """
    states = list(sessions)
    if not states:
        raise ValueError("a sale without a session has no status")
    known = set(money)
    for state, status in _BY_MONEY.items():
        if state in known:
            return status
    if SessionState.PAID in states:
        return SaleStatus.PAID
    if LIVE.intersection(states):
        return SaleStatus.OPEN
    return SaleStatus(states[-1].value)
