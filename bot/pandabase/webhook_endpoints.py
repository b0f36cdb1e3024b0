"""Where the store sends its webhooks, as its owner sets it up through the Store API."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, Self

from pydantic import BaseModel, Field, SecretStr

from bot.pandabase.schemas import StorePage
from bot.pandabase.store_api import CONNECTIONS, LARGEST_PAGE
from bot.pandabase.transport import Authorize, StoreAnswer, Transport, path_segment, store_connections
from bot.pandabase.webhooks import EVENT_TYPES

SIGNATURE_VERSION: Final = "V2"
TEST_EVENT: Final = "PAYMENT_PENDING"
"""What the store is asked to send as a test: nothing follows from it."""


class WebhookEndpoint(BaseModel):
    """One address that gets events. `secret` is there only in the answer that made it."""

    id: str
    url: str = ""
    is_enabled: bool = Field(default=True, alias="isEnabled")
    event_types: tuple[str, ...] = Field((), alias="eventTypes")
    signature_version: str = Field("", alias="signatureVersion")
    created_at: str = Field("", alias="createdAt")
    secret: SecretStr | None = None


class WebhookEndpoints:
    """One store's. What it refuses or fails to do is raised as a subclass of `bot.errors.PandabaseError`."""

    def __init__(self, store_id: str, transport: Transport) -> None:
        self._transport = transport
        self._every = f"/core/stores/{path_segment(store_id)}/webhooks/"

    @classmethod
    @asynccontextmanager
    async def open(
        cls, store_id: str, base_url: str, authorize: Authorize, *, clock: Callable[[], datetime]
    ) -> AsyncIterator[Self]:
        async with store_connections(base_url, at_once=CONNECTIONS) as http:
            yield cls(store_id, Transport(http, base_url, clock=clock, authorize=authorize))

    async def all(self) -> tuple[WebhookEndpoint, ...]:
        """Needs the scope WEBHOOKS_READ."""
        answer = await self._call("GET", query={"limit": LARGEST_PAGE})
        return tuple(answer.read(StorePage[WebhookEndpoint]).items)

    async def create(self, url: str, note: str) -> WebhookEndpoint:
        """Have every event sent to an address; the answer alone holds the secret. Needs WEBHOOKS_WRITE."""
        body = {
            "url": url,
            "eventTypes": list(EVENT_TYPES),
            "note": note,
            "signatureVersion": SIGNATURE_VERSION,
        }
        made: WebhookEndpoint = (await self._call("POST", body=body, repeatable=False)).read(WebhookEndpoint)
        return made

    async def mend(self, endpoint_id: str) -> WebhookEndpoint:
        """Switch it on, for every event, signed as the bot wants it. Needs WEBHOOKS_WRITE."""
        body = {
            "isEnabled": True,
            "eventTypes": list(EVENT_TYPES),
            "signatureVersion": SIGNATURE_VERSION,
        }
        answer = await self._call("PATCH", path_segment(endpoint_id), body=body)
        mended: WebhookEndpoint = answer.read(WebhookEndpoint)
        return mended

    async def delete(self, endpoint_id: str) -> None:
        """Needs WEBHOOKS_WRITE. Raises NotFound."""
        await self._call("DELETE", path_segment(endpoint_id))

    async def send_test(self, endpoint_id: str) -> None:
        """Have the store send a test event there. Needs WEBHOOKS_WRITE.

        The changelog names this call, the OpenAPI file doesn't: what it answers isn't read.
        """
        path = f"{path_segment(endpoint_id)}/test"
        await self._call("POST", path, body={"eventType": TEST_EVENT}, repeatable=False)

    async def _call(
        self, method: str, path: str = "", *, repeatable: bool = True, **sent: Any
    ) -> StoreAnswer:
        return await self._transport.call(method, f"{self._every}{path}", repeatable=repeatable, **sent)
