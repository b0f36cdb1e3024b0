"""Who looks at what in the storefront: kept while Discord lets their private message be edited, no longer."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from bot.jobs.models import Reply
from bot.jobs.worker import Clock, Worker
from bot.storage.queues import Mark, Queue

CLOSES_BEFORE: Final = timedelta(minutes=1)
"""A page switches itself off this long before Discord stops taking edits of it."""
MOST_SESSIONS: Final = 10_000
"""Pages open at once; beyond that the oldest are forgotten, and their buttons say that they have closed."""
_AT_ONCE: Final = 10
"""Pages switched off at once: a busy minute's worth of them has to be done before their tokens end."""
_KEY_BYTES: Final = 6


@dataclass(frozen=True, slots=True)
class Listing:
    """Which products are listed. `page` counts from 0, and so does the page of the category menu."""

    category: str | None = None
    search: str = ""
    page: int = 0
    category_page: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a product is about to be bought. `variant_page` is the page of the variants' menu, from 0.

    `is_read` says that all of its description is shown; `mistyped` was typed as a quantity, and is none.
    """

    product_id: str
    variant_id: str | None = None
    quantity: int = 1
    coupon: str | None = None
    variant_page: int = 0
    variant_search: str = ""
    is_read: bool = False
    mistyped: str = ""


@dataclass(slots=True)
class StorefrontSession:
    """One private storefront message: the listing, and over it a product's page while there is a choice."""

    user_id: int
    guild_id: int
    reply: Reply
    listing: Listing = field(default_factory=Listing)
    choice: Choice | None = None
    key: str = field(default_factory=lambda: secrets.token_urlsafe(_KEY_BYTES))
    turning: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a click is answered: what is shown last is what was clicked last."""

    @property
    def closes_at(self) -> datetime:
        """In UTC."""
        return self.reply.until - CLOSES_BEFORE

    def turn(self, **changes: object) -> None:
        """Change what is listed."""
        self.listing = replace(self.listing, **changes)  # type: ignore[arg-type]  # dataclass checks the names

    def choose(self, **changes: object) -> None:
        """Change what is about to be bought."""
        if self.choice is not None:
            changes.setdefault("mistyped", "")
            self.choice = replace(self.choice, **changes)  # type: ignore[arg-type]  # the same


class StorefrontSessions:
    """`close` switches a page off; it is called once for each session that nobody came back to."""

    def __init__(
        self, close: Callable[[StorefrontSession], Awaitable[None]], mark: Mark, clock: Clock
    ) -> None:
        self._close = close
        self._mark = mark
        self._clock = clock
        self._open: dict[str, StorefrontSession] = {}
        self.worker = Worker(self._close_due, name="storefront pages", clock=clock, queue=Queue.STOREFRONTS)

    def begin(self, session: StorefrontSession) -> None:
        self._open[session.key] = session
        if len(self._open) > MOST_SESSIONS:
            del self._open[next(iter(self._open))]
        self._mark(Queue.STOREFRONTS, session.closes_at)

    def find(self, key: str) -> StorefrontSession | None:
        """The session, or None when it has closed."""
        return self._open.get(key)

    def prolong(self, session: StorefrontSession, reply: Reply) -> None:
        """Have the session live as long as this later reply."""
        session.reply = reply
        self._open.pop(session.key, None)
        self._open[session.key] = session  # at the end: they stand in the order in which they close

    async def _close_due(self) -> datetime | None:
        now = self._clock()
        overdue = takewhile(lambda session: session.closes_at <= now, self._open.values())
        due = list(islice(overdue, _AT_ONCE))
        for session in due:
            del self._open[session.key]
        await asyncio.gather(*map(self._close, due))
        return min((session.closes_at for session in islice(self._open.values(), 1)), default=None)
