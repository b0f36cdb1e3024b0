"""The API's rate limit: so many requests in each window of a minute, by the sandbox's clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

WINDOW: Final = 60
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request is told: `reset` is in epoch seconds, as in the X-RateLimit-Reset header."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
            "X-RateLimit-Type": "ip",
        }


class RateLimit:
    """Counts requests; `limit` may be changed at any time."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._window = 0
        self._used = 0

    def take(self, now: datetime) -> Allowance:
        """Count one request at `now` (UTC) and say whether it is still within the limit."""
        window = int(now.timestamp()) // WINDOW
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        return Allowance(
            allowed=self._used <= self.limit,
            limit=self.limit,
            remaining=max(0, self.limit - self._used),
            reset=(window + 1) * WINDOW,
        )
