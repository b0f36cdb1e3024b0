"""The demo's own pages: where it starts, the rooms below their bar, the clock, the bot's switch."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from mako.lookup import TemplateLookup  # type: ignore[import-untyped]  # Mako has no types

import sandbox
from sandbox.demo.relay import PAGE, Relay
from sandbox.demo.shop_setup import website_order
from sandbox.demo.stage import Person, Room, Stage

HERE: Final = Path(__file__).parent
STORE_FILES: Final = Path(sandbox.__file__).parent / "static"
HOURS: Final = (1, 6)
"""How far time can be moved at once. A payment link lives for six."""
BACK: Final = "/back"
"""Where the store's pages lead when somebody has paid or given up."""
HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DemoPages:
    def __init__(self, stage: Stage, relay: Relay) -> None:
        self._stage = stage
        self._relay = relay
        self._templates = TemplateLookup(
            directories=[str(HERE / "templates")], default_filters=["h"], strict_undefined=True
        )

    def application(self) -> web.Application:
        app = web.Application(middlewares=[_only_from_here], client_max_size=32 * 2**20)
        app.router.add_get("/", self.start)
        app.router.add_get("/room/{slug}", self.room)
        app.router.add_get(BACK, self.back)
        app.router.add_get("/now", self.now)
        app.router.add_post("/time", self.move_time)
        app.router.add_post("/restart", self.restart_bot)
        app.router.add_post("/language", self.speak)
        app.router.add_post("/dms", self.take_direct_messages)
        app.router.add_get("/products", self.products)
        app.router.add_static("/static", STORE_FILES)
        app.router.add_static("/demo", HERE / "static")
        self._relay.add_to(app)
        return app

    async def start(self, _: web.Request) -> web.Response:
        return self._page("start.html")

    async def room(self, request: web.Request) -> web.Response:
        room = self._room(request.match_info["slug"])
        if room is None:
            raise web.HTTPNotFound(text="There is no such room.")
        return self._page("room.html", room=room, frame=f"{PAGE}#{room.token}")

    async def back(self, _: web.Request) -> web.StreamResponse:
        """To the room that the visitor came from."""
        raise web.HTTPSeeOther(f"/room/{self._stage.room.slug}")

    async def now(self, _: web.Request) -> web.Response:
        """What the pages follow: the simulated time (ISO 8601, UTC), what is on show, who has which roles."""
        stage = self._stage
        return web.json_response(
            {
                "run": stage.run,
                "now": stage.world.env.now().isoformat(timespec="seconds"),
                "on_show": [room.slug for room in stage.rooms if stage.shows(room)],
                "rooms": [room.slug for room in stage.rooms],
                "news": [room.slug for room in stage.with_news()],
                "closed": [person.slug for person in self._people() if self._has_closed_dms(person)],
                "roles": {person.slug: self._roles(person) for person in self._people()},
            },
            headers=HEADERS,
        )

    async def move_time(self, request: web.Request) -> web.StreamResponse:
        given = await request.post()
        hours = next((hours for hours in HOURS if str(hours) == given.get("hours")), None)
        if hours is None:
            raise web.HTTPBadRequest(text="Time moves by 1 or by 6 hours.")
        return await self._then_back(self._stage.jump(timedelta(hours=hours)), given)

    async def restart_bot(self, request: web.Request) -> web.StreamResponse:
        return await self._then_back(self._stage.restart_bot(), await request.post())

    async def speak(self, request: web.Request) -> web.StreamResponse:
        """Whose room it is uses Discord in another language from now on."""
        given = await request.post()
        room, locale = self._room(str(given.get("room"))), str(given.get("locale"))
        if room is None or locale not in self._stage.world.languages():
            raise web.HTTPBadRequest(text="Choose one of the languages that the bot speaks.")
        return await self._then_back(self._stage.speak(room.person, locale), given)

    async def take_direct_messages(self, request: web.Request) -> web.StreamResponse:
        """Whose room it is closes their direct messages, or opens them again."""
        given = await request.post()
        room = self._room(str(given.get("room")))
        if room is None:
            raise web.HTTPBadRequest(text="Nobody's room.")
        closed = not self._stage.world.env.has_closed_dms(room.person.member.id)
        return await self._then_back(self._stage.take_direct_messages(room.person, closed=closed), given)

    async def products(self, _: web.Request) -> web.Response:
        """The names of the store's products, by id: Discord shows what was chosen by its name."""
        store = self._stage.world.sandbox
        return web.json_response({each.id: each.title for each in store.products.values()}, headers=HEADERS)

    async def _then_back(self, action: Awaitable[None], given: Mapping[str, Any]) -> web.StreamResponse:
        """Do it, and go back to the room whose bar the button was on, or to the start page."""
        try:
            await action
        except TimeoutError:
            raise web.HTTPServiceUnavailable(text="The bot is still at work; try again.") from None
        room = self._room(str(given.get("room")))
        raise web.HTTPSeeOther(f"/room/{room.slug}" if room else "/")

    def _people(self) -> list[Person]:
        return list(dict.fromkeys(room.person for room in self._stage.rooms))

    def _has_closed_dms(self, person: Person) -> bool:
        return self._stage.world.env.has_closed_dms(person.member.id)

    def _roles(self, person: Person) -> str:
        return ", ".join(self._stage.world.roles_of(person.member)) or "none yet"

    def _room(self, slug: str) -> Room | None:
        return next((room for room in self._stage.rooms if room.slug == slug), None)

    def _page(self, name: str, **values: Any) -> web.Response:
        stage = self._stage
        text = self._templates.get_template(name).render(
            rooms=stage.rooms,
            people=self._people(),
            roles=self._roles,
            news=stage.with_news(),
            now=stage.world.env.now(),
            store=stage.world.sandbox,
            website_order=website_order(stage.world),
            hours=HOURS,
            languages=stage.world.languages(),
            locale_of=lambda person: stage.world.env.locale_of(person.member.id),
            has_closed_dms=self._has_closed_dms,
            **values,
        )
        return web.Response(text=text, content_type="text/html", headers=HEADERS)


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Other sites, open in the same browser, neither read the demo nor press its buttons."""
    if request.url.host not in {"127.0.0.1", "localhost"}:
        raise web.HTTPForbidden(text="The demo answers on this machine only.")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        raise web.HTTPForbidden(text="Another site asked for this.")
    return await handler(request)
