"""The states of an invoice, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class InvoiceState(StrEnum):
    DRAFT = "draft"
    """Only its issuer sees it."""
    AWAITING_APPROVAL = "awaiting"
    REFUSED = "refused"
    """A second staff member would not have it sent."""
    OPEN = "open"
    OVERDUE = "overdue"
    """Past its due date, and still payable."""
    DECLINED = "declined"
    CANCELLED = "cancelled"
    PAID = "paid"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    LOST = "lost"
    """The payer's bank gave the money back for good: nothing is in dispute any more, or ever was."""


_MONEY: Final = frozenset(
    {InvoiceState.PAID, InvoiceState.REFUNDED, InvoiceState.DISPUTED, InvoiceState.LOST}
)
"""What the store says; of a refund or a dispute it may tell before it tells of the payment."""
# A payment always wins: an issued page outlives what staff or the member think of the invoice.
TRANSITIONS: Final[Mapping[InvoiceState, frozenset[InvoiceState]]] = {
    InvoiceState.DRAFT: frozenset(
        {InvoiceState.AWAITING_APPROVAL, InvoiceState.OPEN, InvoiceState.CANCELLED}
    ),
    InvoiceState.AWAITING_APPROVAL: frozenset(
        {InvoiceState.OPEN, InvoiceState.REFUSED, InvoiceState.CANCELLED}
    ),
    InvoiceState.REFUSED: frozenset(),
    InvoiceState.OPEN: frozenset(
        {
            # Back to where it was, when the store would not make the first payment link.
            InvoiceState.DRAFT,
            InvoiceState.AWAITING_APPROVAL,
            InvoiceState.OVERDUE,
            InvoiceState.DECLINED,
            InvoiceState.CANCELLED,
        }
    )
    | _MONEY,
    InvoiceState.OVERDUE: frozenset({InvoiceState.DECLINED, InvoiceState.CANCELLED}) | _MONEY,
    InvoiceState.DECLINED: _MONEY,
    InvoiceState.CANCELLED: _MONEY,
    # Of two sessions one may be refunded and the other paid.
    **{each: _MONEY - {each} for each in _MONEY},
}

PAYABLE: Final = frozenset({InvoiceState.OPEN, InvoiceState.OVERDUE})
"""A payment link may be asked for."""
CLOSED_UNPAID: Final = frozenset({InvoiceState.DECLINED, InvoiceState.CANCELLED})
"""Nothing more is asked for, but a page that was issued before can still be paid until it expires."""
CANCELLABLE: Final = frozenset({InvoiceState.AWAITING_APPROVAL, InvoiceState.OPEN, InvoiceState.OVERDUE})


def sources(target: InvoiceState) -> frozenset[InvoiceState]:
    """The states from which an invoice may get to `target`."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)
