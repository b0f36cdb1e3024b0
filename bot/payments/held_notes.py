"""Tells staff of payments in quarantine that are of no sale of ours, gathered: anybody can make those."""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from bot.alarm import Alarm, Clock
from bot.fulfilment.models import StaffNote
from bot.payments.quarantine import observation_of
from bot.payments.quarantine_repository import QuarantinedPayment
from bot.snowflakes import snowflake
from bot.storage.unit_of_work import UnitOfWork

TOLD_EVERY: Final = timedelta(minutes=30)
"""The first is told at once, and what comes meanwhile together."""
_AT_ONCE: Final = 500
"""Payments that are read in one go: there may be any number, and a statement takes only so many values."""


class HeldNotes:
    """`servers` are those that are served; `changed` is called after notes were written."""

    def __init__(
        self,
        database: UnitOfWork,
        servers: Callable[[], Collection[int]],
        *,
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._servers = servers
        self._changed = changed
        self._clock = clock
        self.alarm = Alarm(self.tell, name="notes of the quarantine", clock=clock, needs_servers=True)

    async def tell(self) -> datetime | None:
        """Write the notes that are due; returns when (UTC) the next ones are."""
        async with self._database.read() as tx:
            page = await tx.quarantine.untold(after=0, limit=_AT_ONCE)
            last = await tx.quarantine.last_told()
        if not page or not self._servers():
            return None
        now = self._clock()
        if last is not None and last + TOLD_EVERY > now:
            return last + TOLD_EVERY
        counts: Counter[int] = Counter()
        told: list[list[int]] = []
        while page:
            counts.update(guild_id for held in page for guild_id in self._told_of(held))
            told.append([held.id for held in page])
            async with self._database.read() as tx:
                page = await tx.quarantine.untold(after=page[-1].id, limit=_AT_ONCE)
        async with self._database.write() as tx:
            for guild_id, count in counts.items():
                await tx.staff.write_note(StaffNote(guild_id, "held", _text(count)), now)
            for ids in told:
                await tx.quarantine.mark_told(ids, now)
        self._changed()
        return None

    def _told_of(self, held: QuarantinedPayment) -> Collection[int]:
        """The server that it names, if that is one of ours, else all of them."""
        order = observation_of(held).order
        named = snowflake(order.metadata.get("discord_guild_id", "")) if order else None
        servers = self._servers()
        return [named] if named is not None and named in servers else servers


def _text(count: int) -> str:
    # It may name this server, another one, or none.
    what = "A payment claims" if count == 1 else f"{count} payments claim"
    which = "it. It waits" if count == 1 else "them. They wait"
    return f"{what} to be from this bot, but no purchase fits {which} for you in `/store quarantine`."
