"""For tests in which money moves: a shop whose store sends webhooks, and what a payer does on its page."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from tests.harness.shop import buttons_of

if TYPE_CHECKING:
    from sandbox import Product, Session
    from tests.harness.shop import Shop

SECRET: Final = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"
WEB: Final = {"enabled": True, "port": 0, "webhook_secret": SECRET}


class Till:
    """Buys in the shop's Discord and pays at its store."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.sandbox = shop.sandbox
        assert shop.app.web_address is not None
        self.url = f"{shop.app.web_address}/webhooks/pandabase"
        self.sandbox.send_webhooks_to(self.url, SECRET)

    def product(self, title: str = "GroveGuard") -> Product:
        return next(one for one in self.sandbox.products.values() if one.title == title)

    async def link(self, title: str = "GroveGuard", **options: Any) -> Session:
        """What `/buy` leads to: the session at the store."""
        before = set(self.sandbox.sessions)
        product = self.product(title).id
        result = await self.shop.alice.slash(self.shop.channel, "buy", product=product, **options)
        if "Buy anyway" in buttons_of(result.response):  # she has it, and knows
            await self.shop.alice.click(result.response, label="Buy anyway")
        [made] = set(self.sandbox.sessions) - before
        return self.sandbox.sessions[made]

    async def pay_on_page(self, session: Session, **fields: str) -> None:
        """Fill in the store's page as a browser would, and press its button."""
        async with aiohttp.ClientSession() as http:
            url = f"{self.sandbox.url}/c/{session.id}"
            form = {"email": "alice@example.com", "country": "US", **fields}
            async with http.post(url, data=form, allow_redirects=False) as answer:
                assert answer.status == 303, re.sub("<[^>]+>", "", await answer.text())[:500]
        await self.settled()

    async def settled(self) -> None:
        """Wait until the store was answered and the shop has done what follows."""
        await self.sandbox.webhooks.settled()
        await self.shop.env.settle()
        await self.at_rest()

    async def at_rest(self) -> None:
        """Wait until none of the bot's workers is in the middle of something."""
        await self.shop.env.settle()
        while not all(worker.is_idle for worker in self.shop.app.bot.workers):
            await asyncio.sleep(0.01)
            await self.shop.env.settle()

    def sale(self) -> dict[str, Any]:
        [sale] = self.shop.rows("SELECT * FROM sales")
        return sale

    def orders(self) -> list[dict[str, Any]]:
        return self.shop.rows("SELECT * FROM orders ORDER BY id")

    def states(self) -> list[str]:
        """Of all sessions, oldest first."""
        return [row["state"] for row in self.shop.rows("SELECT state FROM sessions ORDER BY id")]

    def outcomes(self) -> list[tuple[str, str]]:
        return [(row["type"], row["outcome"]) for row in self.shop.rows("SELECT * FROM events ORDER BY id")]

    def quarantine(self) -> list[dict[str, Any]]:
        return self.shop.rows("SELECT * FROM quarantine ORDER BY id")
