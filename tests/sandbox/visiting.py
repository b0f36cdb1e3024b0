"""What the demo's pages in a browser do, without one."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp

from sandbox.demo.relay import CAPABILITY
from sandbox.demo.serve import Demo
from sandbox.demo.stage import Room
from tests.harness.patience import PATIENCE


class Visitor:
    """What the pages in a browser do."""

    def __init__(self, demo: Demo, http: aiohttp.ClientSession) -> None:
        self.demo = demo
        self._http = http
        self._contexts: dict[str, str] = {}

    def room(self, slug: str) -> Room:
        return next(room for room in self.demo.stage.rooms if room.slug == slug)

    async def get(self, path: str) -> str:
        async with self._http.get(self.demo.address + path) as response:
            assert response.status == 200, await response.text()
            return await response.text()

    async def now(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(await self.get("now"))
        return said

    async def enter(self, slug: str) -> dict[str, Any]:
        headers = {CAPABILITY: self.room(slug).token}
        async with self._http.post(f"{self.demo.address}api/pages", headers=headers, json={}) as response:
            assert response.status == 200
            seen: dict[str, Any] = await response.json()
        self._contexts[slug] = seen["context"]["id"]
        return seen

    async def look(self, slug: str, path: str = "api/state") -> tuple[int, dict[str, Any]]:
        headers = {CAPABILITY: self.room(slug).token, "X-Simcord-Context": self._contexts[slug]}
        async with self._http.get(self.demo.address + path, headers=headers) as response:
            return response.status, await response.json() if response.status == 200 else {}

    async def picture(self, slug: str, name: str) -> bytes:
        headers = {CAPABILITY: self.room(slug).token, "X-Simcord-Context": self._contexts[slug]}
        async with self._http.get(f"{self.demo.address}api/assets/{name}", headers=headers) as response:
            assert response.status == 200
            return await response.read()

    async def press_nothing(self, slug: str) -> None:
        """An action that SimCord turns down."""
        headers = {CAPABILITY: self.room(slug).token, "X-Simcord-Context": self._contexts[slug]}
        async with self._http.post(f"{self.demo.address}api/action", headers=headers, json={}) as response:
            assert (await response.json())["rejected"]

    async def click(self, slug: str, seen: dict[str, Any], label: str) -> dict[str, Any]:
        """Click a button on what was seen; returns what comes of it."""
        [found] = [each for each in parts(seen["messages"]) if each.get("label") == label]
        message = re.match(r"message:(\d+):", found["control_key"])
        assert message is not None
        action = {
            "protocol_version": 3, "sequence": 1, "request_id": "a-click", "kind": "click",
            "generation": seen["context"]["generation"], "bot_generation": seen["botGeneration"],
            "published_revision": seen["publishedRevision"],
            "control_key": found["control_key"], "target_id": message[1],
        }  # fmt: skip
        headers = {CAPABILITY: self.room(slug).token, "X-Simcord-Context": self._contexts[slug]}
        async with self._http.post(
            f"{self.demo.address}api/action", headers=headers, json=action
        ) as response:
            said: dict[str, Any] = await response.json()
            return said

    async def move_time(self, hours: str) -> int:
        return (await self.post("time", hours=hours)).status

    async def post(self, path: str, *, origin: str | None = None, **form: str) -> aiohttp.ClientResponse:
        headers = {"Origin": origin} if origin else {}
        return await self._http.post(
            self.demo.address + path, data=form, headers=headers, allow_redirects=False
        )

    async def buy(self, **options: Any) -> None:
        """As Alice, without a browser."""
        world = self.demo.stage.world
        async with self.demo.stage.turn:
            product = world.sandbox.product("grove-guard").id
            await world.alice.slash(world.shop, "buy", product=product, **options)

    def pay(self) -> None:
        """The newest link, at the store."""
        store = self.demo.stage.world.sandbox.store
        store.pay(list(store.sessions)[-1], email="alice@example.com")

    async def until_roles(self, person: str, roles: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await self.now())["roles"][person] != roles:
                await asyncio.sleep(0.05)

    async def until_seen(self, slug: str, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text not in words((await self.look(slug))[1]):
                await asyncio.sleep(0.1)

    async def until_threads(self, *people: str) -> list[str]:
        """The rooms of threads, once just these people have one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                rooms = [slug for slug in (await self.now())["rooms"] if slug.startswith("thread-")]
                if sorted(slug.split("-")[-1] for slug in rooms) == sorted(people):
                    return rooms
                await asyncio.sleep(0.05)


def parts(seen: Any) -> Iterator[dict[str, Any]]:
    """Everything that has properties in what was seen."""
    if isinstance(seen, dict):
        yield seen
    for each in seen.values() if isinstance(seen, dict) else seen if isinstance(seen, list) else ():
        yield from parts(each)


def words(seen: dict[str, Any]) -> str:
    return json.dumps(seen["messages"])
