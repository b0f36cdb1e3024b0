"""Measures how things stand, for `/metrics` and `/readyz`."""

import asyncio
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.jobs.worker import Clock, Worker
from bot.storage.backup import backups_in
from bot.storage.inspection import LIVE_SESSIONS, OPEN_QUARANTINE, QUEUES, free_space, rows
from bot.storage.values import instant
from bot.web.metrics import Measures, Metrics
from bot.wiring.backups import backup_folder

_GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Measuring:
    """Asks the database on a connection of its own, which reads only: whoever scrapes holds up nobody."""

    settings: Settings
    bot: ShopBot
    catalog: Catalog
    clock: Clock

    async def __call__(self) -> Measures:
        """Raises DatabaseError when the database can't be read."""
        url, now = self.settings.storage.url, self.clock()
        sessions = {row["state"]: row["number"] for row in await rows(url, LIVE_SESSIONS)}
        queues = {row["queue"]: (row["number"], _overdue(row["due"], now)) for row in await rows(url, QUEUES)}
        [quarantine] = await rows(url, OPEN_QUARANTINE)
        made = await asyncio.to_thread(backups_in, backup_folder(self.settings))
        age = self.catalog.age()
        latency = self.bot.latency
        return Measures(
            sessions={"creating": 0, "open": 0, **sessions},
            queues={name: found for name, found in queues.items() if name != _GIVEN_UP},
            workers=_by_state(self.bot.workers),
            quarantined=quarantine["number"],
            given_up=queues[_GIVEN_UP][0],
            is_connected=self.bot.is_connected,
            latency=latency if math.isfinite(latency) else None,
            servers=len(self.bot.served()),
            products=len(self.catalog.snapshot.products),
            catalog_age=age.total_seconds() if age is not None else None,
            backup_age=(now - made[0].made_at).total_seconds() if made else None,
            free_bytes=free_space(url),
        )


def _by_state(workers: Iterable[Worker]) -> Mapping[str, int]:
    states = {"busy": 0, "idle": 0, "stopped": 0}
    for worker in workers:
        states["stopped" if not worker.is_running else "idle" if worker.is_idle else "busy"] += 1
    return states


def _overdue(due: int | None, now: datetime) -> float:
    return 0.0 if due is None else max((now - instant(due)) / timedelta(seconds=1), 0.0)


@contextmanager
def counted_records(metrics: Metrics) -> Iterator[None]:
    """Count the log's warnings and errors as long as the block lasts."""
    root = logging.getLogger()
    root.addHandler(metrics.counting)
    try:
        yield
    finally:
        root.removeHandler(metrics.counting)
