"""Tells staff of payments in quarantine that are of no sale of ours, gathered."""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from bot.jobs.worker import Clock, Worker
from bot.payments.quarantine import observation_of
from bot.payments.quarantine_repository import QuarantinedPayment, QuarantineRepository
from bot.snowflakes import snowflake
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork
from bot.texts import Text, ntext

TOLD_EVERY: Final = timedelta(minutes=30)
"""The first is told at once, and what comes meanwhile together."""
_AT_ONCE: Final = 500
"""Payments that are read in one go: there may be any number, and a statement takes only so many values."""


class QuarantineNotes:
    """`servers` are those that are served."""

    def __init__(self, database: UnitOfWork, servers: Callable[[], Collection[int]], clock: Clock) -> None:
        self._database = database
        self._servers = servers
        self._clock = clock
        self.worker = Worker(
            self.tell,
            name="notes of the quarantine",
            clock=clock,
            queue=Queue.QUARANTINE,
            needs_servers=True,
        )

    async def tell(self) -> datetime | None:
        """Write the notes that are due; returns when (UTC) the next ones are."""
        async with self._database.read() as tx:
            page = await QuarantineRepository(tx).untold(after=0, limit=_AT_ONCE)
            last = await QuarantineRepository(tx).last_told()
        if not page:
            return None
        now = self._clock()
        if not self._servers():
            return now + TOLD_EVERY
        if last is not None and last + TOLD_EVERY > now:
            return last + TOLD_EVERY
        counts: Counter[int] = Counter()
        told: list[list[int]] = []
        while page:
            counts.update(guild_id for quarantined in page for guild_id in self._told_of(quarantined))
            told.append([quarantined.id for quarantined in page])
            async with self._database.read() as tx:
                page = await QuarantineRepository(tx).untold(after=page[-1].id, limit=_AT_ONCE)
        async with self._database.write() as tx:
            for guild_id, count in counts.items():
                await StaffRepository(tx).write_note(StaffNote(guild_id, "held", _text(count)), now)
            for ids in told:
                await QuarantineRepository(tx).mark_told(ids, now)
        return None

    def _told_of(self, quarantined: QuarantinedPayment) -> Collection[int]:
        """The server that it names, if that is one of ours, else all of them."""
        order = observation_of(quarantined).order
        named = snowflake(order.metadata.get("discord_guild_id", "")) if order else None
        servers = self._servers()
        return [named] if named is not None and named in servers else servers


def _text(count: int) -> Text:
    # It may name this server, another one, or none.
    return ntext(
        "A payment claims to be from this bot, but matches no purchase. Decide about it "
        "in /store quarantine.",
        "{count} payments claim to be from this bot, but match no purchase. Decide about "
        "them in /store quarantine.",
        count,
    )
