"""What came of what the store told, and of what was held back."""

from enum import StrEnum


class Verdict(StrEnum):
    """What came of an observation."""

    ASKED = "asked"
    """It leaves something open that the store is asked for first; it is applied a little later."""
    APPLIED = "applied"
    KNOWN = "known"
    """It changed nothing: it was told before, or is older than what is known."""
    UNMATCHED = "unmatched"
    """It isn't of a session of ours, as far as we know by now."""
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"
    """Staff decided that it doesn't count."""
    EMPTY = "empty"
    """It doesn't say which order or subscription it is about."""


class OpenQuestion(Exception):
    """A webhook leaves open whether an order is paid in full; the order itself may say it."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class Decision(StrEnum):
    """What became of a payment in quarantine. Without anybody, where the store told more of it."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    FITS = "fits"
    REFUNDED = "refunded"
