"""The Store API's part about webhooks: where the store sends its events, and one event to try it with."""

from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from sandbox import listing
from sandbox.envelopes import Allow, envelope
from sandbox.errors import NotFound
from sandbox.listing import Paging
from sandbox.models import random_id
from sandbox.shapes import iso
from sandbox.webhooks import Endpoint, Registered, Webhooks

EVENT_TYPES: Final = (
    "PAYMENT_PENDING",
    "PAYMENT_PROCESSING",
    "PAYMENT_COMPLETED",
    "PAYMENT_REFUNDED",
    "PAYMENT_DISPUTED",
    "PAYMENT_DISPUTE_WON",
    "PAYMENT_DISPUTE_LOST",
    "PAYMENT_DISPUTE_PREVENTED",
    "PAYMENT_FAILED",
    "SUBSCRIPTION_CREATED",
    "SUBSCRIPTION_RENEWED",
    "SUBSCRIPTION_PAST_DUE",
    "SUBSCRIPTION_CANCELLED",
    "SUBSCRIPTION_PAUSED",
    "SUBSCRIPTION_RESUMED",
    "SUBSCRIPTION_UPDATED",
    "SUBSCRIPTION_TRIAL_ENDING",
    "SUBSCRIPTION_RENEWING",
)
EventType = Annotated[str, Field(pattern=f"^({'|'.join(EVENT_TYPES)})$")]


class NewWebhook(BaseModel):
    # The real store takes https only; on this machine there is no certificate.
    url: Annotated[str, Field(max_length=512, pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")]
    eventTypes: Annotated[list[EventType], Field(min_length=1)]  # noqa: N815 -- the store's name
    note: Annotated[str | None, Field(max_length=256)] = None
    signatureVersion: Literal["V1", "V2"] = "V2"  # noqa: N815 -- the same


class ChangedWebhook(BaseModel):
    eventTypes: Annotated[list[EventType] | None, Field(min_length=1)] = None  # noqa: N815 -- the store's name
    isEnabled: bool | None = None  # noqa: N815 -- the same
    signatureVersion: Literal["V1", "V2"] | None = None  # noqa: N815 -- the same


class TestEvent(BaseModel):
    eventType: EventType  # noqa: N815 -- the store's name


class WebhooksApi:
    def __init__(self, webhooks: Webhooks, allow: Allow) -> None:
        self._webhooks = webhooks
        self._allow = allow

    def add_to(self, app: web.Application) -> None:
        every = "/core/stores/{store}/webhooks/"
        app.router.add_get(every, self.get_all)
        app.router.add_post(every, self.post)
        app.router.add_patch(f"{every}{{webhook}}", self.patch)
        app.router.add_delete(f"{every}{{webhook}}", self.delete)
        app.router.add_post(f"{every}{{webhook}}/test", self.post_test)

    async def get_all(self, request: web.Request) -> web.Response:
        await self._allow(request, "WEBHOOKS_READ")
        page = listing.cut(list(self._webhooks.registered.values()), listing.read(Paging, request.query))
        return envelope(page.body(_shape))

    async def post(self, request: web.Request) -> web.Response:
        await self._allow(request, "WEBHOOKS_WRITE")
        given = listing.read(NewWebhook, await request.json())
        secret = random_id("whk_secret")
        made = Registered(
            id=random_id("whk"),
            endpoint=Endpoint(given.url, secret, given.signatureVersion, "text"),
            event_types=tuple(given.eventTypes),
            note=given.note,
            created_at=self._webhooks.clock(),
        )
        self._webhooks.registered[made.id] = made
        return envelope({**_shape(made), "secret": secret}, status=201)

    async def patch(self, request: web.Request) -> web.Response:
        await self._allow(request, "WEBHOOKS_WRITE")
        found = self._found(request)
        given = listing.read(ChangedWebhook, await request.json())
        if given.eventTypes is not None:
            found.event_types = tuple(given.eventTypes)
        if given.isEnabled is not None:
            found.is_enabled = given.isEnabled
        if given.signatureVersion is not None:
            found.endpoint.version = given.signatureVersion
        return envelope(_shape(found))

    async def delete(self, request: web.Request) -> web.Response:
        await self._allow(request, "WEBHOOKS_WRITE")
        del self._webhooks.registered[self._found(request).id]
        return envelope({"deleted": True})

    async def post_test(self, request: web.Request) -> web.Response:
        await self._allow(request, "WEBHOOKS_WRITE")
        found = self._found(request)
        given = listing.read(TestEvent, await request.json())
        event = self._webhooks.event(given.eventType, None, None)
        status = await self._webhooks.send(event, found.endpoint)
        return envelope({"delivered": event.is_delivered, "statusCode": status})

    def _found(self, request: web.Request) -> Registered:
        found = self._webhooks.registered.get(request.match_info["webhook"])
        if found is None:
            raise NotFound("The webhook was not found.")
        return found


def _shape(registered: Registered) -> dict[str, Any]:
    return {
        "id": registered.id,
        "url": registered.endpoint.url,
        "note": registered.note,
        "isEnabled": registered.is_enabled,
        "eventTypes": list(registered.event_types),
        "signatureVersion": registered.endpoint.version,
        "createdAt": iso(registered.created_at),
        "updatedAt": iso(registered.created_at),
    }
