"""How long tests wait, in this one place: for the event itself, however busy the machine is meanwhile."""

import os
from typing import Final

PATIENCE: Final = 100.0
"""Seconds after which what is waited for counts as never happening. pytest's own time-out is longer."""
_MOST: Final = 3.0


def _busy() -> float:
    """How many times slower than alone a process runs here now, by how many want to."""
    wanting = os.getloadavg()[0] if hasattr(os, "getloadavg") else 1.0
    return min(_MOST, max(1.0, 1.5 * wanting / (os.cpu_count() or 1)))


BUSY: Final = _busy()


def allowed(seconds: float) -> float:
    """What may be measured here of something that is promised within so many seconds."""
    return seconds * BUSY
