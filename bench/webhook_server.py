"""The process that `bench.webhooks` sends to: the receiver, the inbox, and what payments earn; no Discord.

`python -m bench.webhook_server FOLDER SECRET SALES`. Says a line of JSON when it listens and another when
all is applied.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.fulfilment.grants import Grants
from bot.fulfilment.live_messages import message_of_order
from bot.fulfilment.models import Terms
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.service import FulfilmentService, log_of_order, log_of_subscription, note_of_order
from bot.fulfilment.steps.base import StepTools
from bot.fulfilment.steps.registry import steps_with
from bot.jobs.models import LiveMessage
from bot.jobs.repository import JobRepository
from bot.pandabase.signature import Signatures
from bot.pandabase.webhooks import PandabaseWebhookVerifier
from bot.payments.events import OrderChanged, SubscriptionChanged
from bot.payments.retention import KEPT_METADATA
from bot.payments.webhook_inbox import Inbox
from bot.storage.events import Reaction, on
from bot.web.receiver import Receiver
from bot.web.server import Metrics, application, listening
from tests.harness.books import SHOP, WEBHOOKS, Books, open_books


class EarningBooks(Books):
    """What is paid is earned, as far as rows go."""

    def reactions(self) -> tuple[Reaction[Any], ...]:
        nobody: Any = None  # nothing is carried out here
        grants = Grants(self.database, self.clock)
        tools = StepTools(self.database, nobody, nobody, grants, nobody, nobody, nobody, self.clock)
        earned = FulfilmentService(self.database, steps_with(tools), self.clock)
        return (
            on(OrderChanged, earned.steps_of_order, note_of_order, log_of_order, message_of_order),
            on(SubscriptionChanged, earned.steps_of_subscription, log_of_subscription),
        )


class Desk:
    """A shop whose product earns a role; counts what is applied."""

    def __init__(self, books: Books, secret: str, sales: int) -> None:
        self.books = books
        self.all_applied = asyncio.Event()
        self._left = sales
        self.inbox = Inbox(books.database, books.payments, WEBHOOKS, applied=self._applied, clock=books.clock)
        self.receiver = Receiver(
            PandabaseWebhookVerifier(Signatures([secret]), KEPT_METADATA),
            self.inbox,
            answered=lambda _status: None,
            clock=books.clock,
        )

    async def open(self, sales: int) -> list[str]:
        """Sell; returns the sessions' names at the store."""
        async with self.books.database.write() as tx:
            terms = Terms(role_id=1, days=30)
            await FulfilmentRepository(tx).add_benefit(
                SHOP.guild_id, "prd_guard", None, title="GroveGuard", terms=terms, now=self.books.now
            )
        opened = [await self.books.sale() for _ in range(sales)]
        async with self.books.database.write() as tx:
            for number, sale in enumerate(opened):
                await JobRepository(tx).keep_message(
                    sale.sale_id, LiveMessage(1, number, "open"), self.books.now
                )
        return [sale.session_id for sale in opened]

    def _applied(self, _outcome: str) -> None:
        self._left -= 1
        if not self._left:
            self.all_applied.set()

    async def purchase_waits(self) -> list[float]:
        """Until all is applied: the milliseconds that somebody who buys waits for the write lock."""
        waits = []
        while not self.all_applied.is_set():
            began = time.perf_counter()
            async with self.books.database.write():
                waits.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.02)
        return waits


@asynccontextmanager
async def serving(desk: Desk) -> AsyncIterator[str]:
    async def missing() -> None:
        return None

    desk.books.marked.serve([desk.inbox.worker])
    desk.inbox.worker.start()
    async with listening(application(desk.receiver, Metrics(), missing), "127.0.0.1", 0) as url:
        yield url
    await desk.inbox.worker.stop()


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


async def main(folder: Path, secret: str, sales: int) -> None:
    async with open_books(folder, EarningBooks) as books:
        desk = Desk(books, secret, sales)
        sessions = await desk.open(sales)
        async with serving(desk) as url:
            say(url=url, sessions=sessions, now=books.now.timestamp())
            spent = time.process_time()
            waits = await desk.purchase_waits()
            say(waits=waits, spent=time.process_time() - spent)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
