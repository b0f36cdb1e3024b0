"""Webhooks as the store sends them: signed, in no particular order, repeated until they are taken."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import aiohttp

from sandbox.models import Clock, Order, Subscription, random_id
from sandbox.order_shapes import AmountsPer, order_in_webhook, subscription_in_webhook
from sandbox.shapes import iso

log = logging.getLogger(__name__)

ANSWER_WITHIN: Final = 15.0
"""Seconds; source: the store's documentation."""
REPEAT_AFTER: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0)
"""Seconds of real time between the ten attempts; the real store spreads them over three days."""
# In the store's examples of these, the order comes without what the shop gave it.
_WITHOUT_METADATA: Final = frozenset({"PAYMENT_REFUNDED", "PAYMENT_DISPUTED", "PAYMENT_DISPUTE_WON"})
SUCCESS: Final = range(200, 300)


@dataclass(slots=True)
class Endpoint:
    """Where events go. `key` is how a `whsec_…` secret becomes the key of a V2 signature."""

    url: str
    secret: str
    version: Literal["V1", "V2"] = "V2"
    key: Literal["base64", "text"] = "base64"

    def headers(self, identity: str, body: bytes, seconds: float) -> dict[str, str]:
        """What signs the body at a time in Unix seconds."""
        if self.version == "V1":
            stamp = str(int(seconds * 1000))
            signed = f"{stamp}.".encode() + body
            signature = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
            return {"Webhook-Timestamp": stamp, "Webhook-Signature": signature}
        stamp = str(int(seconds))
        key = self.secret.encode()
        if self.key == "base64":
            encoded = self.secret.removeprefix("whsec_")
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
        mac = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return {
            "Webhook-Id": identity,
            "Webhook-Timestamp": stamp,
            "Webhook-Signature": f"v1,{base64.b64encode(mac).decode()}",
        }


@dataclass(slots=True)
class Registered:
    """An endpoint that was made through the Store API, and the events that it gets."""

    id: str
    endpoint: Endpoint
    event_types: tuple[str, ...]
    note: str | None
    created_at: datetime
    is_enabled: bool = True


@dataclass(slots=True)
class Event:
    """One event and what became of it. `answers` are the statuses so far; 0 for none at all."""

    id: str
    type: str
    body: bytes
    answers: list[int] = field(default_factory=list)

    @property
    def is_delivered(self) -> bool:
        return bool(self.answers) and self.answers[-1] in SUCCESS


class Webhooks:
    """`events` are all that happened, oldest first. While `held`, none is sent by itself.

    `amounts_per` is what an order item's `amount` is for.
    """

    def __init__(self, clock: Clock, *, repeat_after: Sequence[float] = REPEAT_AFTER) -> None:
        self.clock = clock
        self.repeat_after = repeat_after
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None
        self.endpoint: Endpoint | None = None
        self.registered: dict[str, Registered] = {}
        self.events: list[Event] = []
        self.held = False
        self.amounts_per: AmountsPer = "unit"

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._http is not None:
            await self._http.close()

    def tell(self, kind: str, order: Order | None, subscription: Subscription | None) -> None:
        """Send an event to the endpoint, if there is one, and keep it."""
        event = self.event(kind, order, subscription)
        self.events.append(event)
        if self.held:
            return
        if self.endpoint is not None:
            self._begin(event)
        for registered in self.registered.values():
            if registered.is_enabled and kind in registered.event_types:
                self._begin(event, registered.endpoint)

    def _begin(self, event: Event, endpoint: Endpoint | None = None) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(event, endpoint))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def event(self, kind: str, order: Order | None, subscription: Subscription | None) -> Event:
        """The event as it would be sent now."""
        data: dict[str, Any] = {"order": None, "customer": None, "geo": None}
        if kind.startswith("SUBSCRIPTION_"):
            data["order"] = {}  # what it is of stands in no event
            data["subscription"] = subscription_in_webhook(subscription) if subscription else None
        elif order is not None:
            data["order"] = order_in_webhook(order, self.amounts_per)
            data["customer"] = {"email": order.email} if order.email else None
            data["geo"] = {"country": order.country} if order.country else None
            if kind in _WITHOUT_METADATA:
                data["order"]["metadata"] = data["customer"] = None
        identity = random_id("evt")
        given = {"event": kind, "id": identity, "timestamp": iso(self.clock()), "data": data}
        return Event(identity, kind, json.dumps(given).encode())

    async def send(self, event: Event, endpoint: Endpoint | None = None) -> int:
        """Send an event once, now; returns the status, 0 where there was no answer."""
        to = endpoint or self.endpoint
        assert to is not None, "no endpoint is set"  # noqa: S101  # a mistake of the caller
        headers = to.headers(event.id, event.body, self.clock().timestamp())
        status = await self.post(to.url, event.body, headers)
        event.answers.append(status)
        return status

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
            self._http = aiohttp.ClientSession(timeout=timeout)
        try:
            sent = {"Content-Type": "application/json", **headers}
            async with self._http.post(url, data=body, headers=sent) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("A webhook got no answer: %r", error)
            return 0

    async def settled(self) -> None:
        """Wait until every event has been taken or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _deliver(self, event: Event, endpoint: Endpoint | None) -> None:
        # To wherever events go by then: the receiver may have moved since the last attempt.
        for wait in (*self.repeat_after, None):
            if await self.send(event, endpoint) in SUCCESS or wait is None:
                return
            await asyncio.sleep(wait)
