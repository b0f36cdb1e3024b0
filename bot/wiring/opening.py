"""Opens the database that the bot serves, and frees what a process that is gone had under way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.billing.sealing import is_billing_key, new_billing_key
from bot.catalog.kept import CatalogFile
from bot.checkout.claiming import MAKING_LEASE
from bot.checkout.session_repository import SessionRepository
from bot.checkout.signing import key_from_file
from bot.config import Settings
from bot.errors import BambooError
from bot.jobs.models import LEASE
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.private_files import kept_or_made
from bot.readers.service import Readers
from bot.staff.notes import take_up_notes
from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database
from bot.storage.events import Publish
from bot.storage.leases import free_all_leases
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
                await SessionRepository(tx).free_leases(now, until=now + MAKING_LEASE)
                await JobRepository(tx).free_leases(now, until=now + LEASE)
                await free_all_leases(tx)
        await take_up_notes(database, clock)  # the settings may name a channel now
        yield database


@asynccontextmanager
async def reading(readers: Readers) -> AsyncIterator[Readers]:
    """Who reads in which language, as it was written last; written again at the end. Raises DatabaseError."""
    await readers.load()
    try:
        yield readers
    finally:
        await readers.close()


# --- what lies beside it ------------------------------------------------------------------------------


def beside_the_database(settings: Settings, suffix: str) -> Path:
    """A file that belongs to the database: beside its file, or in this folder if it is on a server."""
    address = settings.storage.url
    file = Path(address.database if address.is_file else "bamboo")
    return file.absolute().with_suffix(suffix)


def billing_key(settings: Settings) -> str:
    """The key in a file beside the database, made on the first start, that seals what members give."""
    key_file = beside_the_database(settings, ".billing-key")
    try:
        key, _is_new = kept_or_made(key_file, new_billing_key)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no text"
        raise BambooError(f"{key_file}: the billing key can't be read or made ({reason})") from error
    if not is_billing_key(key):
        raise BambooError(
            f"{key_file}: this is no billing key. Put back its copy, or delete it: members then type "
            "their billing details anew"
        )
    return key


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
