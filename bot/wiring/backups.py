"""Backups by the clock, beside the work of the bot."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.config import Settings
from bot.errors import BambooError
from bot.jobs.worker import Clock, Worker
from bot.storage.backup import back_up_into, backups_in, file_of

log = logging.getLogger(__name__)
_AFTER_A_FAILURE: Final = timedelta(minutes=30)


def backup_folder(settings: Settings) -> Path:
    """Where backups are kept; a relative one is in the folder that the bot is started in."""
    return Path(settings.backup.folder)


def backups(settings: Settings, clock: Clock) -> Sequence[Worker]:
    """What makes them; nothing where none are wanted, or PostgreSQL keeps its own."""
    every = settings.backup.every_hours
    if every == 0 or not settings.storage.url.is_file:
        return ()
    database, folder = file_of(settings.storage.url), backup_folder(settings)

    async def work() -> datetime:
        now = clock()
        made = await asyncio.to_thread(backups_in, folder)
        due = made[0].made_at + timedelta(hours=every) if made else now
        if due > now:
            return due
        try:
            path = await asyncio.to_thread(back_up_into, database, folder, now, keep=settings.backup.keep)
        except BambooError as error:
            log.error("No backup was made: %s", error)
            return now + _AFTER_A_FAILURE
        log.info("Backed up the database to %s", path)
        return now + timedelta(hours=every)

    return (Worker(work, name="backups", clock=clock),)
