"""Where the store's webhooks come in: verified, kept, answered; applied afterwards."""

import logging
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from aiohttp import web

from bot.errors import InboxClosed
from bot.jobs.worker import Clock
from bot.logs import ThrottledLog
from bot.payments.models import KeptEvent
from bot.payments.provider import BadSignature, UnreadableWebhook, WebhookVerifier

often = ThrottledLog(logging.getLogger(__name__))

LARGEST_BODY: Final = 256 * 1024
"""Bytes; an order with ten items and all its metadata has less than a tenth of it."""
_AS_IT_IS: Final = "identity"


class EventInbox(Protocol):
    async def keep(self, event: KeptEvent) -> None:
        """Raises InboxClosed when it can't."""
        ...


class Receiver:
    """`verifier` is None while no secret is set: the address then doesn't exist."""

    def __init__(
        self,
        verifier: WebhookVerifier | None,
        inbox: EventInbox,
        *,
        answered: Callable[[int], None],
        clock: Clock,
    ) -> None:
        self._verifier = verifier
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
        if self._verifier is None:
            raise web.HTTPNotFound
        if request.headers.get("Content-Encoding", _AS_IT_IS).strip().lower() != _AS_IT_IS:
            return _answer(415, "The body must come as it is, without a Content-Encoding.")
        body = await request.read()  # raises 413 past the application's limit
        now = self._clock()
        try:
            kept = self._verifier.receive(body, _headers(request), now)
        except BadSignature as error:
            often.warning("A webhook was refused: %s", error)
            return _answer(401, "The signature is missing, wrong or too old.")
        except UnreadableWebhook:
            return _answer(400, "The body must be a JSON object.")
        try:
            await self._inbox.keep(kept)
        except InboxClosed as error:
            return _answer(503, str(error))
        return _answer(200)


def _headers(request: web.Request) -> Mapping[str, str]:
    return {name.lower(): " ".join(request.headers.getall(name)) for name in request.headers}


def _answer(status: int, error: str = "") -> web.Response:
    answer = {"ok": False, "error": error} if error else {"ok": True}
    return web.json_response(answer, status=status)
