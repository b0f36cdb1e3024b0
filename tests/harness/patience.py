"""How long tests wait, in this one place: for the event itself, however slow and busy the machine is."""

from typing import Final

PATIENCE: Final = 120.0
"""Seconds after which what is waited for counts as never happening. pytest's own time-out is longer."""
_SLOWER: Final = 5
"""How many times slower than a quiet machine of today one may be that runs the tests."""


def allowed(seconds: float) -> float:
    """What may be measured of something that a quiet machine does within so many seconds."""
    return seconds * _SLOWER
