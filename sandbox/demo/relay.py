"""SimCord's Preview behind the demo's own address.

Preview has a page for one channel on a port of its own, and may not be framed. Behind this relay it stands
below the demo's bar, follows the room of whoever asks, and takes its turn with the clock.
"""

import json
from typing import Final

import aiohttp
import simcord
import yarl
from aiohttp import web

from sandbox.demo.stage import Room, Stage

CAPABILITY: Final = "X-Simcord-Capability"
PAGE: Final = "/preview"
"""Where its page is; what the page loads keeps the addresses that Preview gave it."""
STYLE: Final = '<link rel="stylesheet" href="/demo/preview.css">'
LONGEST_ACTION: Final = 60.0
"""Seconds."""
_REPLACED: Final = "stale-revision"
"""SimCord's word for an action on what has been shown anew since."""
_PASSED_ON: Final = ("X-Simcord-Context", "Content-Type", "Accept")
_KEPT_BACK: Final = frozenset(
    {"content-length", "transfer-encoding", "connection", "keep-alive", "date", "server", "x-frame-options"}
)


class Relay:
    def __init__(self, stage: Stage, client: aiohttp.ClientSession) -> None:
        self._stage = stage
        self._client = client
        self._drawn: dict[str, bytes] = {}
        """The demo's own pictures, by the names that SimCord's page has for them."""

    async def page(self, request: web.Request) -> web.Response:
        """Preview's own page, without what only its developers need."""
        response = await self._forward(request, "/")
        text = (response.text or "").replace("</head>", f"{STYLE}</head>", 1)
        return web.Response(text=text, headers=response.headers)

    async def file(self, request: web.Request) -> web.Response:
        """Scripts, styles and fonts of the page."""
        return await self._forward(request, request.path)

    async def enter(self, request: web.Request) -> web.Response:
        """A page opens: its room comes on show."""
        room = self._room(request)
        await self._stage.show(room)
        opening = {"viewer_id": str(room.person.member.id)}
        if newest := self._stage.newest(room):
            opening["target_id"] = str(newest)
        return await self._forward(request, request.path, body=json.dumps(opening).encode())

    async def act(self, request: web.Request) -> web.Response:
        """Somebody typed, clicked or chose."""
        room = self._room(request)
        body = await request.read()
        async with self._stage.visitor_acts():
            answer = await self._forward(request, request.path, body=body)
            again = _once_more(body, answer, room, self._stage)
            return answer if again is None else await self._forward(request, request.path, body=again)

    async def ask(self, request: web.Request) -> web.Response:
        """Everything else that the page wants to know: what there is to see, above all.

        When another room is on show, SimCord answers that the page's session is over.
        """
        self._room(request)
        return await self._forward(request, request.path)

    async def picture(self, request: web.Request) -> web.Response:
        """The demo's own at once: SimCord starts a process for each, one by one, whenever a room opens."""
        self._room(request)
        drawn = self._drawn.get(request.match_info["name"])
        if drawn is None or request.query_string:
            return await self._forward(request, request.path)
        return web.Response(body=drawn, content_type="image/png", headers={"Cache-Control": "no-store"})

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(PAGE, self.page)
        app.router.add_post("/api/pages", self.enter)
        app.router.add_post("/api/action", self.act)
        app.router.add_get("/api/assets/{name}", self.picture)
        app.router.add_route("*", "/api/{path:.+}", self.ask)
        app.router.add_get("/{path:.+}", self.file)

    def _room(self, request: web.Request) -> Room:
        room = self._stage.room_with(request.headers.get(CAPABILITY))
        if room is None:
            raise web.HTTPUnauthorized
        return room

    async def _forward(self, request: web.Request, path: str, *, body: bytes | None = None) -> web.Response:
        try:
            address = yarl.URL((await self._stage.preview()).url)
            headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
            headers[CAPABILITY] = address.fragment
            url = address.origin().join(yarl.URL(path)).with_query(request.rel_url.query)
            async with self._client.request(request.method, url, headers=headers, data=body) as response:
                said = await response.read()
                if path.startswith("/api/") and response.content_type == "application/json":
                    said = self._with_names(said)
                    self._learn_pictures(said)
                return web.Response(body=said, status=response.status, headers=_for_a_frame(response))
        except (aiohttp.ClientError, simcord.SetupError) as error:
            raise web.HTTPGone from error

    def _with_names(self, said: bytes) -> bytes:
        """Discord shows people by name in direct messages too, and threads everywhere; SimCord doesn't."""
        for room in self._stage.rooms:
            person = room.person
            said = said.replace(f"<@{person.member.id}>".encode(), f"@{person.name}".encode())
            if not room.is_private:
                said = said.replace(f"<#{room.channel.id}>".encode(), room.mention.encode())
        return said

    def _learn_pictures(self, said: bytes) -> None:
        """Know the demo's own pictures by what an answer calls them."""
        answer = json.loads(said)
        named = answer.get("assets", {}) if isinstance(answer, dict) else {}
        drawn = dict(self._stage.pictures.values())
        for name, asset in named.items():
            picture = drawn.get(asset.get("filename"))
            if picture is not None and asset.get("bytes") == len(picture):
                self._drawn[name] = picture


def _once_more(body: bytes, answer: web.Response, room: Room, stage: Stage) -> bytes | None:
    """The same action on what is shown now; None where that isn't what the visitor acted on.

    SimCord turns down what was clicked a moment before a refresh, and says so to nobody.
    """
    try:
        asked, said = json.loads(body), json.loads(answer.body or b"")  # type: ignore[arg-type]  # bytes
        codes = {each["code"] for each in said["diagnostics"]}
        message = int(asked["target_id"])
    except (KeyError, TypeError, ValueError):
        return None
    if not said.get("rejected") or codes != {_REPLACED} or not stage.is_as_before(room, message):
        return None
    return json.dumps({**asked, "published_revision": said["revision"]}).encode()


def _for_a_frame(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Its headers, with leave to stand in a frame of the demo's own pages."""
    headers = {name: value for name, value in response.headers.items() if name.lower() not in _KEPT_BACK}
    policy = "Content-Security-Policy"
    if policy in headers:
        headers[policy] = headers[policy].replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return headers
