"""Orders whose rows are gone, after a power cut or with the database: our signature brings them back."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import PandabaseError
from bot.jobs.worker import Clock, Worker
from bot.payments.models import LISTED_AS_PAID_ONCE, PaymentEvent
from bot.payments.polling.repository import PollingRepository
from bot.payments.polling.store import StoreLists
from bot.payments.provider import Order
from bot.storage.transaction import UnitOfWork

log = logging.getLogger(__name__)

WHOLE_DATABASE: Final = timedelta(days=30)
"""How far back is looked where there is no session at all: as long as the store gives refunds."""
LAST_MOMENTS: Final = timedelta(hours=1)
"""How far before the newest session that is there."""
SAYS_NOTHING: Final = timedelta(days=1)
"""How old a session is that says that what was before it isn't lost.

A younger one may be of a process that was still looking when it ended.
"""
STILL_PAYABLE: Final = timedelta(hours=7)
"""How long after the start links are paid that the start didn't find: they live for six hours."""
POLLS_AFTER_START: Final = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6.5),
    *(timedelta(days=days) for days in range(1, 16)),
)
"""When the list is polled again; the slowest bank transfers take two weeks."""
_READ_AT_ONCE: Final = 20
"""Orders that are read in one go: a process that is asked to end waits for it."""
_KEPT_FREE: Final = 0.6
"""The share of the store's rate limit that is left to purchases and to links that are known.

Polling those, which are being waited for, may take a little more.
"""
_SETTLED: Final = LISTED_AS_PAID_ONCE | {PaymentEvent.CANCELLED}


@dataclass(frozen=True, slots=True)
class _Window:
    """When (UTC) the process began, and since when orders may be lost."""

    started: datetime
    since: datetime

    @property
    def until(self) -> datetime:
        return self.started + STILL_PAYABLE

    def holds(self, order: Order) -> bool:
        return order.created_at is None or self.since <= order.created_at <= self.until


class _Pass:
    """One pass through the list, newest first; `unsettled_since` is how far back (UTC) the next has to go."""

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.page = 1
        self.is_listed = False
        self.waiting = deque[Order]()
        self.unsettled_since = began - LAST_MOMENTS


class LostOrders:
    """Looks at the start, and then for as long as a link can be paid that the start didn't know.

    Every order that isn't known here is read by itself: the store sells elsewhere too, and the list doesn't
    say what is ours. `observe` applies what the list says of an order, and says whether that could be done.
    """

    def __init__(
        self,
        database: UnitOfWork,
        lists: StoreLists,
        observe: Callable[[Order], Awaitable[bool]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._lists = lists
        self._observe = observe
        self._clock = clock
        self._window: _Window | None = None
        self._due: datetime | None = None
        self._reading: _Pass | None = None
        self._settled_until: datetime | None = None
        self._read: dict[str, tuple[str, str]] = {}
        self.worker = Worker(self.poll, name="lost orders", clock=clock)

    async def begin(self, since: datetime | None = None) -> None:
        """Find out since when orders may be lost, before this process sells or applies anything.

        `since` (UTC) says it instead, for who knows better than the database.
        """
        window = await self._find_window()
        if since is not None:
            self._window = _Window(window.started, since)

    @property
    def has_read_once(self) -> bool:
        """Whether it has been through the list once."""
        return self._settled_until is not None

    async def poll(self) -> datetime | None:
        """Look a little further; returns when (UTC) to go on, None once nothing can come any more."""
        window, now = await self._find_window(), self._clock()
        if self._due is None or self._due > now:
            return self._due
        reading = self._reading = self._reading or _Pass(now)
        try:
            is_over = await self._step(window, reading)
        except PandabaseError as error:
            return self._lists.orders_again_at(error)
        if is_over:
            self._reading, self._settled_until = None, reading.unsettled_since
            self._due = _next_poll(window, reading)
        return self._due

    async def _find_window(self) -> _Window:
        if self._window is None:
            now = self._clock()
            async with self._database.read() as tx:
                newest = await PollingRepository(tx).newest_session(now - SAYS_NOTHING)
            whole = now - WHOLE_DATABASE
            self._window = _Window(now, whole if newest is None else max(newest - LAST_MOMENTS, whole))
            self._due = now
        return self._window

    async def _step(self, window: _Window, reading: _Pass) -> bool:
        """Read some of the orders that wait, else the list's next page; says whether that was the last."""
        if reading.waiting:
            await self._read_some(window, reading)
        elif not reading.is_listed:
            self._lists.keep_free(_KEPT_FREE)
            since = max(window.since, self._settled_until or window.since)
            # New orders push the others to later pages: some are shown twice then, none is left out.
            page, reading.is_listed = await self._lists.page_of_orders(reading.page, since)
            reading.page += 1
            reading.waiting.extend(await self._unread(window, reading, page))
        return reading.is_listed and not reading.waiting

    async def _read_some(self, window: _Window, reading: _Pass) -> None:
        for order in list(reading.waiting)[:_READ_AT_ONCE]:
            self._lists.keep_free(_KEPT_FREE)
            if await self._observe(order):
                self._read[order.id or ""] = _words(order)
            else:
                _leave_for_later(window, reading, order)
            reading.waiting.popleft()  # whoever has to wait for the store goes on from here

    async def _unread(self, window: _Window, reading: _Pass, page: Sequence[Order]) -> list[Order]:
        """Those of the page that nothing is known of, and that say something new."""
        numbers = [order.order_number for order in page if order.order_number]
        async with self._database.read() as tx:
            known = await PollingRepository(tx).known_numbers(numbers)
        unknown = [order for order in page if order.order_number not in known and window.holds(order)]
        for order in unknown:
            if order.event not in _SETTLED:
                _leave_for_later(window, reading, order)
        return [order for order in unknown if order.id and self._read.get(order.id) != _words(order)]


def _leave_for_later(window: _Window, reading: _Pass, order: Order) -> None:
    reading.unsettled_since = min(reading.unsettled_since, order.created_at or window.since)


def _next_poll(window: _Window, reading: _Pass) -> datetime | None:
    """When (UTC) to poll next; None when every order that may be lost is settled."""
    if reading.unsettled_since > window.until:
        return None
    times = [window.started + wait for wait in POLLS_AFTER_START]
    return next((time for time in times if time > reading.began), None)


def _words(order: Order) -> tuple[str, str]:
    """What an order says of itself: it is read again once that changes."""
    return order.status, order.payment_status
