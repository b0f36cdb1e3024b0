"""How the tests of the sandbox talk to it: as any client would, over HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from sandbox import Sandbox
from tests.openapi import validate_answer

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
# What the checkout and storefront files describe; the rest (429, 5xx) is said in words elsewhere.
DOCUMENTED = {200, 201, 400, 404}


@dataclass
class Answer:
    status: int
    json: Any
    headers: Any

    @property
    def data(self) -> Any:
        assert self.json["ok"] is True, self.json
        return self.json["data"]

    @property
    def error(self) -> str:
        assert self.json["ok"] is False, self.json
        return self.json["error"]


class Caller:
    """A client of one sandbox; checks every answer against the OpenAPI files where they are at hand."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http

    async def call(self, method: str, path: str, **keywords: Any) -> Answer:
        async with self.http.request(method, f"{self.sandbox.base_url}{path}", **keywords) as response:
            answer = Answer(response.status, await response.json(), response.headers)
        if answer.status in DOCUMENTED:
            validate_answer(method, path, answer.status, answer.json)
        return answer

    async def get(self, path: str = "", **query: str | int) -> Answer:
        return await self.call("GET", f"/storefront/stores/{self.sandbox.store_id}{path}", params=query)

    async def checkout(self, *items: dict[str, Any], **fields: Any) -> Answer:
        path = f"/stores/{self.sandbox.store_id}/checkouts"
        return await self.call("POST", path, json={"items": list(items), **fields})

    async def estimate(self, *items: dict[str, Any], country: str = "US", **fields: Any) -> Answer:
        path = f"/stores/{self.sandbox.store_id}/checkouts/estimate"
        return await self.call("POST", path, json={"items": list(items), "country": country, **fields})

    def item(self, handle: str, quantity: int = 1, *, variant: str | None = None) -> dict[str, Any]:
        item = {"product_id": self.sandbox.product(handle).id, "quantity": quantity}
        if variant is not None:
            item["variant_id"] = self.sandbox.variant(handle, variant).id
        return item
