"""Failures on purpose: refused, cut and held requests."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.harness.patience import PATIENCE
from tests.wire.changes import NotHappenedError

if TYPE_CHECKING:
    from collections.abc import Callable

Moment = Literal["before", "after"]
Outcome = int | Literal["drop before acting", "drop after acting"]


@dataclass(eq=False)
class LoggedRequest:
    """One REST request of the bot; `path` without the API's prefix, `at` in seconds of the event loop."""

    method: str
    path: str
    route: str
    body: Any
    query: dict[str, str]
    at: float
    reason: str | None = None
    acted: bool = False
    """Whether it took effect (or was answered with an error by its handler), whatever the bot heard of it."""
    status: int | None = None
    answer: Any = None
    took: float | None = None
    """Seconds from its arrival to the answer, held time included."""


def path_matches(pattern: str, path: str) -> bool:
    """Compare a path with a pattern in which `*` and `{name}` stand for one segment each."""
    expression = re.sub(r"\\\*|\\\{\w+\\\}", "[^/]+", re.escape(pattern))
    return re.fullmatch(expression, path) is not None


@dataclass(eq=False)
class Rule:
    method: str
    pattern: str
    where: Callable[[LoggedRequest], bool] | None = None
    left: int = 1

    def takes(self, request: LoggedRequest) -> bool:
        """Say whether this rule is for the request, and count it as used if so."""
        if (
            self.left == 0
            or self.method != request.method
            or not path_matches(self.pattern, request.path)
            or not (self.where is None or self.where(request))
        ):
            return False
        self.left -= 1
        return True


@dataclass(eq=False)
class Failure(Rule):
    outcome: Outcome = 500
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Hold(Rule):
    """A point at which one request stands still until the test lets it go on.

    Held `before`, it has no effect yet, and never will if the bot is killed meanwhile; held `after`,
    it has taken effect but the bot has not heard of it.
    """

    moment: Moment = "before"
    request: LoggedRequest | None = None
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False

    async def arrived(self, *, within: float = PATIENCE) -> LoggedRequest:
        """Wait for the request, `within` in seconds.

        Raises:
            NotHappenedError: it didn't come.
        """
        try:
            async with asyncio.timeout(within):
                await self._arrived.wait()
        except TimeoutError:
            raise NotHappenedError(f"no {self.method} {self.pattern} within {within} s") from None
        assert self.request is not None
        return self.request

    def release(self) -> None:
        """Let the request go on, unless the bot has gone away meanwhile."""
        self.decided.set()

    def drop(self) -> None:
        """Cut the connection: held `before`, the request never takes effect."""
        self.dropped = True
        self.decided.set()

    async def stand(self, request: LoggedRequest) -> None:
        self.request = request
        self._arrived.set()
        await self.decided.wait()


class Faults:
    """The failures that tests have asked for, in the order in which they asked."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.holds: list[Hold] = []

    def failure_for(self, request: LoggedRequest) -> Failure | None:
        return next((rule for rule in self.failures if rule.takes(request)), None)

    def hold_for(self, request: LoggedRequest, moment: Moment) -> Hold | None:
        return next((rule for rule in self.holds if rule.moment == moment and rule.takes(request)), None)

    def let_all_go(self) -> None:
        """Cut whatever still stands, at the end of a test."""
        for hold in self.holds:
            hold.left = 0
            if not hold.decided.is_set():
                hold.drop()
