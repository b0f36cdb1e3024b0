"""A thousand webhooks at once to one process: `python -m bench.webhooks`.

The store waits 15 s for an answer. Each is a payment that earns a role and a receipt; what Discord would be
asked for then is planned, not done. The sender is this process and takes its share of the CPU.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sandbox.webhooks import ANSWER_WITHIN, Endpoint

WEBHOOKS: Final = 1000
ROUNDS: Final = 3
APPLY_WITHIN: Final = 600.0
"""Seconds after which a round is given up."""
_SECRET: Final = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"  # noqa: S105  # of nothing but this benchmark
_ROOT: Final = Path(__file__).parents[1]


@dataclass(frozen=True)
class Burst:
    """One burst, or the medians of several."""

    refused: int
    """Answers other than 200."""
    slowest: float
    """Seconds that the slowest answer took."""
    applied: float
    """Seconds from the first to the last that was applied."""
    spent: float
    """Milliseconds of the server's CPU for each."""
    wait: float
    """Milliseconds that 99 of 100 purchases wait for the write lock meanwhile, at most."""


async def measure(count: int) -> Burst:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("-m", "bench.webhook_server", folder, _SECRET, str(count))
        # Everything in one line: a thousand sessions are more than a stream's usual limit.
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=_ROOT, stdout=asyncio.subprocess.PIPE, limit=2**24
        )
        assert process.stdout is not None
        try:
            listening = await _line(process.stdout)
            began = time.perf_counter()
            waits, statuses = await _send(listening)
            async with asyncio.timeout(APPLY_WITHIN):
                done = await _line(process.stdout)
            applied = time.perf_counter() - began
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
    locks = done["waits"]
    return Burst(
        refused=count - statuses[200],
        slowest=max(waits),
        applied=applied,
        spent=done["spent"] / count * 1000,
        wait=statistics.quantiles(locks, n=100)[98] if len(locks) > 1 else locks[0],
    )


async def _line(stream: asyncio.StreamReader) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(await stream.readline())
    return line


async def _send(listening: dict[str, Any]) -> tuple[list[float], Counter[int]]:
    """Send a payment of every session at once; returns the seconds that each took, and the statuses."""
    endpoint = Endpoint(f"{listening['url']}/webhooks/pandabase", _SECRET)
    waits: list[float] = []
    statuses: Counter[int] = Counter()

    async def one(http: aiohttp.ClientSession, session: str) -> None:
        body = body_of(session)
        headers = endpoint.headers(session, body, listening["now"])
        begun = time.perf_counter()
        async with http.post(endpoint.url, data=body, headers=headers) as answer:
            statuses[answer.status] += 1
        waits.append(time.perf_counter() - begun)

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        await asyncio.gather(*(one(http, session) for session in listening["sessions"]))
    return waits, statuses


def body_of(session: str) -> bytes:
    item = {"productId": "prd_guard", "variantId": None, "name": "GroveGuard", "quantity": 2, "amount": 2500}
    order = {
        "id": f"ord_{session}",
        "orderNumber": session,
        "status": "COMPLETED",
        "amount": 5000,
        "currency": "USD",
        "metadata": None,
        "items": [item],
    }
    event = {"event": "PAYMENT_COMPLETED", "id": f"evt_{session}", "data": {"order": order}}
    return json.dumps(event).encode()


def main() -> bool:
    """Measure and print; whether every answer was a 200 in time."""
    bursts = [asyncio.run(measure(WEBHOOKS)) for _ in range(ROUNDS)]
    show(median(bursts))
    return all(burst.refused == 0 and burst.slowest < ANSWER_WITHIN for burst in bursts)


def median(bursts: list[Burst]) -> Burst:
    return Burst(*(statistics.median(values) for values in zip(*map(astuple, bursts), strict=True)))


def show(burst: Burst) -> None:
    table = Table(
        box=SIMPLE,
        pad_edge=False,
        title=f"{WEBHOOKS:,} webhooks at once: medians of {ROUNDS}; budget {ANSWER_WITHIN:.0f} s an answer",
    )
    for column in ("slowest answer", "all applied", "CPU for each", "a purchase waits"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_row(
        f"{burst.slowest:.2f} s", f"{burst.applied:.1f} s", f"{burst.spent:.1f} ms", f"{burst.wait:.0f} ms"
    )
    Console().print(table)


if __name__ == "__main__":
    main()
