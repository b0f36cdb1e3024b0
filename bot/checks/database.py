"""The database: whether it can be used, how new it is, and how much room it has."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.app import wall_clock
from bot.checks.findings import Finding, Findings, counted, failure, fine, warning
from bot.config import Settings
from bot.storage.backup import backups_in
from bot.storage.engine import look_at_database
from bot.storage.inspection import free_space
from bot.storage.migrations import newest_revision
from bot.wiring.backups import backup_folder

_MEGABYTE: Final = 1024 * 1024
_LITTLE: Final = 500 * _MEGABYTE
_TOO_LITTLE: Final = 50 * _MEGABYTE
_LATE: Final = 2
"""Times the span between two backups after which the newest is too old."""


async def check_database(settings: Settings) -> Findings:
    url = settings.storage.url
    where = url.database if url.is_file else str(url)
    revision = await look_at_database(url)
    if revision is None:
        yield fine("Database", f"{where} is new: it is made at the first start.")
    elif revision == newest_revision():
        yield fine("Database", f"{where} is whole and up to date.")
    else:
        copy = "run `bamboo backup`" if url.is_file else "make one with `pg_dump`"
        yield warning(
            "Database",
            f"{where} was written by an older version; the next start brings it up to date.",
            f"Keep a copy before that: {copy}.",
        )
    if revision is not None:
        for found in _backups(settings):
            yield found
    free = free_space(url)
    if free is not None and free < _LITTLE:
        judged = failure if free < _TOO_LITTLE else warning
        yield judged(
            "Disk",
            f"Only {free // _MEGABYTE} MB are free where the database is; without room, sales stop.",
            "Make room, or move the database with storage.url.",
        )


def _backups(settings: Settings) -> Iterator[Finding]:
    every = settings.backup.every_hours
    if every == 0 or not settings.storage.url.is_file:
        return
    made, now = backups_in(backup_folder(settings)), wall_clock()
    if made and now - made[0].made_at <= _LATE * timedelta(hours=every):
        hours = round((now - made[0].made_at) / timedelta(hours=1))
        yield fine("Backups", f"The newest of {len(made)} was made {counted(hours, 'hour')} ago.")
        return
    age = f"the newest is of {made[0].made_at:%Y-%m-%d %H:%M} UTC" if made else "there is none yet"
    yield warning(
        "Backups",
        f"backup.every_hours is {every}, and {age}.",
        "Bamboo makes them while it runs; if it does, its log says why it can't. "
        "`bamboo backup` makes one now.",
    )
