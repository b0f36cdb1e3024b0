"""Queues on a real file, whose jobs the test itself carries out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from bot.fulfilment.live_messages import message_of_job
from bot.fulfilment.service import log_of_job
from bot.jobs.events import JobAttempted, JobGivenUp
from bot.jobs.handlers import Handler
from bot.jobs.models import Job, JobKind, Lane, Outcome, Result
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Workers
from bot.storage.engine import open_database
from bot.storage.events import Events, on
from bot.storage.queues import Queue
from bot.storage.transaction import UnitOfWork
from tests.harness.clock import Clock
from tests.harness.database import address_of, put_database, run
from tests.harness.instants import milliseconds


class Hangs:
    """The end of an attempt that has none."""


class Carrier:
    """Carries out what it is given, and remembers it; the next attempts end as `ends` says."""

    def __init__(self) -> None:
        self.carried: list[Job] = []
        self.ends: list[Result | Exception | Hangs] = []

    async def __call__(self, delivery: Job) -> Result:
        self.carried.append(delivery)
        end = self.ends.pop(0) if self.ends else Result(Outcome.UPDATED)
        if isinstance(end, Exception):
            raise end
        if isinstance(end, Hangs):
            await asyncio.get_running_loop().create_future()
            assert isinstance(end, Result), "nothing ends what hangs"
        return end


class MarkedQueues(Workers):
    """Remembers which queues were written for."""

    def __init__(self) -> None:
        super().__init__()
        self.queues = set[Queue]()

    def mark(self, queue: Queue, due: datetime | None = None) -> None:
        self.queues.add(queue)
        super().mark(queue, due)


class Process:
    """One process's queue."""

    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.carrier = Carrier()
        self.queue = JobQueue(database, dict.fromkeys(JobKind, Handler(self.carrier)), clock)

    async def work(self) -> datetime | None:
        """Work until nothing is due; returns when something is."""
        while (due := await self.queue.work(Lane.PEOPLE)) is not None and due <= self.clock():
            pass
        return due


@asynccontextmanager
async def open_process(file: Path, clock: Clock) -> AsyncIterator[Process]:
    await put_database(file)
    async with open_database(address_of(file)) as database:
        events = Events()
        events.handle(on(JobAttempted, log_of_job, message_of_job), on(JobGivenUp))
        yield Process(UnitOfWork(database, publish=events.publish), clock)


def add_sales(file: Path, count: int) -> None:
    """So many sales, numbered from 1, each with a session and a live message of the same numbers."""
    for number in range(1, count + 1):
        run(
            file,
            "INSERT INTO sales (id, reference, kind, guild_id, channel_id, buyer_id, recipient_id, lines,"
            " fingerprint, currency, status, created_at)"
            " VALUES (?, ?, 'purchase', 21, 31, ?, ?, '[]', ?, 'USD', 'open',"
            f" {milliseconds('2026-01-01 00:00:00')})",
            number, f"sale{number:06}", number, number, f"{number}",
        )  # fmt: skip
        run(
            file,
            "INSERT INTO sessions (id, sale_id, session_id, url, state, created_at, expires_at)"
            f" VALUES (?, ?, ?, 'https://pandabase.io/c/x', 'open', {milliseconds('2026-01-01 00:00:00')},"
            f" {milliseconds('2026-01-01 06:00:00')})",
            number, number, f"cs_{number}",
        )  # fmt: skip
        run(
            file,
            "INSERT INTO messages (sale_id, channel_id, message_id, shows, created_at)"
            f" VALUES (?, ?, ?, 'open', {milliseconds('2026-01-01 00:00:00')})",
            number, number, number,
        )  # fmt: skip
