"""Opens the database that the bot serves, and frees what a process that is gone had under way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.checkout.repository import SaleRepository
from bot.checkout.service import MAKING_LEASE
from bot.jobs.models import LEASE
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.staff.notes import take_up_notes
from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database
from bot.storage.events import Publish
from bot.storage.queues import Mark
from bot.storage.transaction import UnitOfWork


@asynccontextmanager
async def opening(
    address: DatabaseAddress, mark: Mark, publish: Publish, clock: Clock
) -> AsyncIterator[UnitOfWork]:
    """The database at the address, for this process alone if it is a file. Raises DatabaseError.

    `mark` hears which queues each commit has written for, `publish` what happens in each transaction.
    """
    async with open_database(address, alone=True) as opened:
        database = UnitOfWork(opened, mark, publish)
        if opened.is_ours_alone:
            now = clock()
            async with database.write() as tx:
                await SaleRepository(tx).free_leases(now, until=now + MAKING_LEASE)
                await JobRepository(tx).free_leases(now, until=now + LEASE)
        await take_up_notes(database, clock)  # the settings may name a channel now
        yield database
