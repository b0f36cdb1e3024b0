"""What a member bought, or meant to, in one server."""

from dataclasses import dataclass
from datetime import datetime

from bot.alarm import Clock
from bot.sales.models import Sale
from bot.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`number` counts from 0. `waiting` messages could not be delivered by DM and are shown here."""

    sales: tuple[Sale, ...]
    number: int
    pages: int
    waiting: int
    now: datetime
    """What it was true at, in UTC."""


class History:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, buyer_id: int, guild_id: int, number: int, *, size: int) -> HistoryPage:
        """A page of the buyer's sales, those with an open link first, then newest first.

        What waited for the buyer counts as seen from here on.
        """
        now = self._clock()
        async with self._database.read() as tx:
            total = await tx.sales.count_of_buyer(buyer_id, guild_id)
            pages = max(1, -(-total // size))
            number = min(max(number, 0), pages - 1)
            sales = await tx.sales.page_of_buyer(buyer_id, guild_id, offset=number * size, limit=size)
            waiting = await tx.outbox.waiting_for(buyer_id, guild_id, now)
        if waiting:
            async with self._database.write() as tx:
                await tx.outbox.collect(buyer_id, guild_id)
        return HistoryPage(tuple(sales), number, pages, waiting, now)

    async def waiting(self, buyer_id: int, guild_id: int) -> int:
        """How many messages could not be delivered to the buyer, and still matter."""
        async with self._database.read() as tx:
            return await tx.outbox.waiting_for(buyer_id, guild_id, self._clock())
