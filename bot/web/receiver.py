"""Where the store's webhooks come in: verified, kept, answered; applied afterwards."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from aiohttp import web
from pydantic import ValidationError

from bot.errors import InboxClosed
from bot.jobs.worker import Clock
from bot.logs import ThrottledLog
from bot.pandabase.schemas.orders import WebhookEvent
from bot.pandabase.signature import BadSignature, Signatures
from bot.payments.event_repository import KeptEvent
from bot.payments.retention import payload_of

often = ThrottledLog(logging.getLogger(__name__))

LARGEST_BODY: Final = 256 * 1024
"""Bytes; an order with ten items and all its metadata has less than a tenth of it."""
_LONGEST_TYPE: Final = 64
_AS_IT_IS: Final = "identity"
_UNNAMED: Final = "UNNAMED"
_SIGNED: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


class EventInbox(Protocol):
    async def keep(self, event: KeptEvent) -> None:
        """Raises InboxClosed when it can't."""
        ...


class Receiver:
    """`signatures` is None while no secret is set: the address then doesn't exist."""

    def __init__(
        self,
        signatures: Signatures | None,
        inbox: EventInbox,
        *,
        answered: Callable[[int], None],
        clock: Clock,
    ) -> None:
        self._signatures = signatures
        self._inbox = inbox
        self._answered = answered
        self._clock = clock

    async def post(self, request: web.Request) -> web.Response:
        """Answer 2xx for what is kept; the store repeats whatever gets another answer."""
        try:
            response = await self._receive(request)
        except web.HTTPException as refusal:
            response = _answer(refusal.status, refusal.reason)
        self._answered(response.status)
        return response

    async def _receive(self, request: web.Request) -> web.Response:
        if self._signatures is None:
            raise web.HTTPNotFound
        if request.headers.get("Content-Encoding", _AS_IT_IS).strip().lower() != _AS_IT_IS:
            return _answer(415, "The body must come as it is, without a Content-Encoding.")
        body = await request.read()  # raises 413 past the application's limit
        now = self._clock()
        try:
            signed_id = self._signatures.check(body, _signed_headers(request), now)
        except BadSignature as error:
            often.warning("A webhook was refused: %s", error)
            return _answer(401, "The signature is missing, wrong or too old.")
        event = _read(body)
        if event is None:
            return _answer(400, "The body must be a JSON object.")
        order, subscription = event.data.order, event.data.subscription
        kept = KeptEvent(
            event_id=event.id or signed_id or hashlib.sha256(body).hexdigest(),
            type=event.event[:_LONGEST_TYPE] or _UNNAMED,
            payload=payload_of(event),
            order_number=order.order_number if order else None,
            received_at=now,
            subscription_id=subscription.id if subscription else None,
        )
        try:
            await self._inbox.keep(kept)
        except InboxClosed as error:
            return _answer(503, str(error))
        return _answer(200)


def _signed_headers(request: web.Request) -> Mapping[str, str]:
    return {name: " ".join(request.headers.getall(name, ())) for name in _SIGNED}


def _read(body: bytes) -> WebhookEvent | None:
    try:
        given: Any = json.loads(body)
        return WebhookEvent.model_validate(given) if isinstance(given, dict) else None
    except (ValueError, RecursionError, ValidationError):
        return None


def _answer(status: int, error: str = "") -> web.Response:
    answer = {"ok": False, "error": error} if error else {"ok": True}
    return web.json_response(answer, status=status)
