"""Who looks at what in the storefront: kept while Discord lets their private message be edited, no longer."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from bot.alarm import Alarm, Clock
from bot.outbox.models import Reply

CLOSES_BEFORE: Final = timedelta(minutes=1)
"""A page switches itself off this long before Discord stops taking edits of it."""
MOST_VISITS: Final = 10_000
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
    """What of a product is about to be bought. `variant_page` is the page of the variants' menu, from 0."""

    product_id: str
    variant_id: str | None = None
    quantity: int = 1
    coupon: str | None = None
    variant_page: int = 0
    variant_search: str = ""


@dataclass(slots=True)
class Visit:
    """One private storefront message: the listing, and over it a product's page while there is a choice."""

    user_id: int
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
            self.choice = replace(self.choice, **changes)  # type: ignore[arg-type]  # the same


class Visits:
    """`close` switches a page off; it is called once for each visit that nobody came back to."""

    def __init__(self, close: Callable[[Visit], Awaitable[None]], clock: Clock) -> None:
        self._close = close
        self._clock = clock
        self._open: dict[str, Visit] = {}
        self.alarm = Alarm(self._close_due, name="storefront pages", clock=clock)

    def begin(self, visit: Visit) -> None:
        self._open[visit.key] = visit
        if len(self._open) > MOST_VISITS:
            del self._open[next(iter(self._open))]
        self.alarm.at(visit.closes_at)

    def find(self, key: str) -> Visit | None:
        """The visit, or None when it has closed."""
        return self._open.get(key)

    def prolong(self, visit: Visit, reply: Reply) -> None:
        """Have the visit live as long as this later reply."""
        visit.reply = reply
        self._open.pop(visit.key, None)
        self._open[visit.key] = visit  # at the end: the dictionary is in the order in which visits close

    async def _close_due(self) -> datetime | None:
        now = self._clock()
        overdue = takewhile(lambda visit: visit.closes_at <= now, self._open.values())
        due = list(islice(overdue, _AT_ONCE))
        for visit in due:
            del self._open[visit.key]
        await asyncio.gather(*map(self._close, due))
        return min((visit.closes_at for visit in islice(self._open.values(), 1)), default=None)
