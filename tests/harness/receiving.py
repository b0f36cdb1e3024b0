"""A receiver on a loopback port, with the inbox and the database behind it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.pandabase.signature import Signatures
from bot.pandabase.webhooks import PandabaseWebhookVerifier
from bot.payments.retention import KEPT_METADATA
from bot.web.metrics import Metrics
from bot.web.receiver import Receiver
from bot.web.server import application, listening
from sandbox.webhooks import Endpoint
from tests.harness.books import Books, open_books

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRET: Final = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"


def event(identity: Any = "evt_1", kind: Any = "PAYMENT_COMPLETED", **data: Any) -> dict[str, Any]:
    """As the store says it, unsigned."""
    return {
        "event": kind,
        "id": identity,
        "timestamp": "2026-06-01T12:00:00Z",
        "data": {"order": None, **data},
    }


@dataclass
class Door:
    books: Books
    url: str
    http: aiohttp.ClientSession
    missing: list[str] = field(default_factory=list)

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        url = f"{self.url}/webhooks/pandabase"
        async with self.http.post(url, data=body, headers=headers) as answer:
            text = await answer.text()
            assert "Traceback" not in text
            return answer.status, json.loads(text)

    async def deliver(
        self, given: Any, *, secret: str = SECRET, at: float | None = None, **signing: Any
    ) -> int:
        """Send what the store would, signed."""
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        seconds = self.books.now.timestamp() if at is None else at
        headers = Endpoint("", secret, **signing).headers("msg_1", body, seconds)
        return (await self.post(body, headers))[0]

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def kept(self) -> list[dict[str, Any]]:
        return await self.books.rows("SELECT * FROM events ORDER BY id")


@asynccontextmanager
async def open_door(folder: Path, *secrets: str) -> AsyncIterator[Door]:
    async with open_books(folder) as books, aiohttp.ClientSession() as http:
        metrics = Metrics()
        door = PandabaseWebhookVerifier(Signatures(secrets), KEPT_METADATA) if secrets else None
        receiver = Receiver(door, books.inbox, answered=metrics.answered, clock=books.clock)
        missing: list[str] = []

        async def ready() -> str | None:
            return missing[0] if missing else None

        async with listening(application(receiver, metrics, ready), "127.0.0.1", 0) as url:
            yield Door(books, url, http, missing)
