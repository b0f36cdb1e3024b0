"""Everything that browsers see of the sandbox: payment pages, the owner's page, pictures."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from sandbox import pictures
from sandbox.owner import OwnerPages
from sandbox.owner_money import OwnerMoney
from sandbox.pages import HERE, CheckoutPages, Templates
from sandbox.shapes import Shapes
from sandbox.store import Store

LOGO_NAME: Final = "logo"
KEEP_FOR_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


class Site:
    def __init__(
        self,
        store: Store,
        shapes: Shapes,
        money: OwnerMoney,
        home_url: str = "",
        *,
        names: Mapping[str, str],
    ) -> None:
        self.store = store
        templates = Templates(store, shapes)
        self._pages = (CheckoutPages(store, templates, home_url), OwnerPages(store, templates, money, names))
        self._money = money

    @property
    def parts(self) -> tuple[Any, ...]:
        """What the routes lead to."""
        return self, *self._pages, self._money

    def add_to(self, app: web.Application) -> None:
        for pages in self._pages:
            pages.add_to(app)
        app.router.add_get("/", self.home)
        app.router.add_get("/pictures/{name}.png", self.picture)
        app.router.add_static("/static", HERE / "static")

    async def home(self, _: web.Request) -> web.StreamResponse:
        raise web.HTTPSeeOther("/owner")

    async def picture(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        product = self.store.products.get(name)
        if not pictures.are_available() or (product is None and name != LOGO_NAME):
            raise web.HTTPNotFound(text="There is no such picture.")
        # Drawing takes long enough to be felt by whoever is served at the same time.
        if product is None:
            png = await asyncio.to_thread(pictures.logo)
        else:
            png = await asyncio.to_thread(pictures.picture, product.handle, pictures.emblem_of(product))
        return web.Response(body=png, content_type="image/png", headers=KEEP_FOR_AN_HOUR)
