"""Opens the database that the bot serves, and frees what a process that is gone had under way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.catalog.kept import CatalogFile
from bot.checkout.claiming import MAKING_LEASE
from bot.checkout.repository import SaleRepository
from bot.checkout.signing import key_from_file
from bot.config import Settings
from bot.errors import BambooError
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


# --- what lies beside it ------------------------------------------------------------------------------


def beside_the_database(settings: Settings, suffix: str) -> Path:
    """A file that belongs to the database: beside its file, or in this folder if it is on a server."""
    address = settings.storage.url
    file = Path(address.database if address.is_file else "bamboo")
    return file.absolute().with_suffix(suffix)


def catalog_file(settings: Settings) -> CatalogFile:
    """What the store sells, as it was read last."""
    store = settings.pandabase
    return CatalogFile(beside_the_database(settings, ".catalog"), store.base_url, store.store_id)


def signing_key(settings: Settings) -> str:
    """The key of the settings, else the one in a file beside the database, made on the first start."""
    key = settings.checkout.signing_key
    if key is not None:
        return key.get_secret_value()
    key_file = beside_the_database(settings, ".signing-key")
    try:
        return key_from_file(key_file)
    except OSError as error:
        raise BambooError(f"{key_file}: the signing key can't be read or made ({error.strerror})") from error
