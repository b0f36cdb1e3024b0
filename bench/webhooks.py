"""A thousand webhooks at once to one process: `python bench/webhooks.py [how many]`.

The store waits 15 s for an answer. Reported: how long the slowest waited, and when all were applied. The
sender is this process and takes its share of the CPU.
"""

import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from sandbox.webhooks import Endpoint

SECRET = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"  # noqa: S105  # of nothing but this benchmark
ANSWER_WITHIN = 15.0
SERVER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.pandabase.signature import Signatures
from bot.web.metrics import Metrics
from bot.web.receiver import Receiver
from bot.web.server import application, listening
from tests.bot.payments.books import open_books

async def main(folder, secret, sales):
    async with open_books(Path(folder)) as books:
        books.clock = lambda: datetime.now(UTC)
        books.inbox._clock = books.payments._clock = books.clock
        for _ in range(sales):
            opened = await books.sale()
            print(opened.session_id, flush=True)
        async def ready(): return None
        receiver = Receiver(Signatures([secret]), books.inbox, answered=lambda _: None, clock=books.clock)
        books.inbox.alarm.start()
        async with listening(application(receiver, Metrics(), ready), "127.0.0.1", 0) as url:
            print(url, flush=True)
            await asyncio.sleep(3600)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def body_of(session: str) -> bytes:
    item = {"productId": "prd_guard", "variantId": None, "name": "GroveGuard", "quantity": 2, "price": 2500}
    order = {
        "id": f"ord_{session}",
        "orderNumber": session,
        "status": "COMPLETED",
        "amount": 5000,
        "currency": "USD",
        "metadata": None,
        "items": [item],
    }
    stamp = datetime.now(UTC).isoformat()
    event = {
        "event": "PAYMENT_COMPLETED",
        "id": f"evt_{session}",
        "timestamp": stamp,
        "data": {"order": order},
    }
    return json.dumps(event).encode()


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            SERVER,
            folder,
            SECRET,
            str(count),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert process.stdout is not None
        try:
            lines = [(await process.stdout.readline()).decode().strip() for _ in range(count + 1)]
            await send(lines[-1], lines[:-1], Path(folder) / "bamboo.db")
        finally:
            process.kill()
            await process.wait()


async def send(url: str, sessions: list[str], database: Path) -> None:
    endpoint = Endpoint(f"{url}/webhooks/pandabase", SECRET)
    waits: list[float] = []
    statuses: Counter[int] = Counter()

    async def one(http: aiohttp.ClientSession, session: str) -> None:
        body = body_of(session)
        headers = endpoint.headers(session, body, time.time())
        begun = time.perf_counter()
        async with http.post(endpoint.url, data=body, headers=headers) as answer:
            statuses[answer.status] += 1
        waits.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        await asyncio.gather(*(one(http, session) for session in sessions))
    answered = time.perf_counter() - begun
    while applied(database) < len(sessions):
        await asyncio.sleep(0.05)
        assert time.perf_counter() - begun < 120, f"only {applied(database)} were applied"
    print(f"{len(sessions)} webhooks at once: {dict(statuses)}")
    print(
        f"all answered after {answered:.2f} s, the slowest in {max(waits):.2f} s "
        f"(allowed: {ANSWER_WITHIN:.0f} s)"
    )
    print(f"all applied after {time.perf_counter() - begun:.2f} s")
    assert set(statuses) == {200}
    assert max(waits) < ANSWER_WITHIN


def applied(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM orders WHERE money = 'paid'").fetchone()
        return int(count)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
