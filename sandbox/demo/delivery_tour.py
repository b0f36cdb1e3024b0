"""The tour's second half: what was bought is paid for, and what the payment earns arrives."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp
import discord
import simcord

from bot.errors import BambooError
from sandbox.core_api import DEMO_TOKEN
from sandbox.demo.rendering import components
from sandbox.demo.world import World
from sandbox.models import Session
from sandbox.order_shapes import order_alone

SECRET: Final = "whsec_c2ltdWxhdGVkLXdlYmhvb2stc2VjcmV0LTI0"  # noqa: S105  # of the simulated store
SECTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "web": {"enabled": True, "port": 0, "webhook_secret": SECRET},
    "pandabase": {"api_token": DEMO_TOKEN.secret},
}
"""Settings under which payments are learned of, and keys can be fetched."""
_PATIENCE: Final = 20.0
"""Seconds of real time that a webhook and what follows from it may take on a busy machine."""
_FOUND: Final = 303
ROLE: Final = "Guardian"


class DeliveryFailed(BambooError):
    """What the tour promised did not happen."""


class DeliveryTour:
    """Goes on from an open link; the given functions print, as the rest of the tour does."""

    def __init__(
        self,
        world: World,
        *,
        step: Callable[[str], None],
        typed: Callable[[str, str], None],
        show: Callable[[simcord.ResponseMessage | None, str], None],
    ) -> None:
        self._world = world
        self._step = step
        self._typed = typed
        self._show = show
        world.sandbox.send_webhooks_to(f"{world.app.web_address}/webhooks/pandabase", SECRET)

    async def play(self) -> None:
        """A benefit, a payment, the role, the key. Raises DeliveryFailed."""
        world = self._world
        session = list(world.sandbox.sessions.values())[-1]
        await self._set_up(session)

        self._step("Alice pays on the store's page. The store tells the bot by a signed webhook.")
        await self._pay(session)
        await self._until(lambda: ROLE in self._roles(), "the role was not given")
        await self._until(lambda: len(self._told()) > 1, "the receipt did not come")
        paid, receipt = self._told()[-2:]
        await self._until(lambda: "delivered" in _texts(self._told()[-2]), "the message does not follow")
        self._show(self._told()[-2], "The same direct message as before")
        self._show(receipt, "A new direct message")
        _require(paid.id != receipt.id, "the receipt is no message of its own")

        self._step(f"She has the role now: {', '.join(sorted(self._roles()))}.")

        self._step("She presses “Reveal”: the keys are for her eyes only, and never stand in a message.")
        result = await world.alice.user.click(receipt.message, label="Reveal")
        self._show(result.response, "only Alice can see this")
        order = next(order for order in world.sandbox.orders if order.order_number == session.id)
        keys = [license_["key"] for license_ in order_alone(order)["licenses"]]
        shown = _texts(result.response) if result.response is not None else ""
        _require(keys and all(key in shown for key in keys), "the keys were not shown")

        self._step("Paid, role granted, key revealed. This is what staff see of it.")
        await self._until(lambda: "opened" in _texts(self._log()[0]), "the sales log does not follow")
        self._show(self._log()[0], "#sales-log")

    async def _set_up(self, session: Session) -> None:
        world = self._world
        maple = self._staff_member()
        role = world.guild.create_role(ROLE)
        self._channel = world.guild.create_text_channel("sales-log")
        await world.env.settle()
        line = session.quote.lines[0]
        product = line.product.id if line.product else ""

        self._step("Maple, who is staff, decides what this product earns, and where sales are logged.")
        self._typed(f"/store benefit add product: {line.name} role: @{ROLE}", "Maple")
        result = await maple.slash(
            world.shop,
            "store benefit add",
            product=product,
            role=role,
            message="Welcome, {member}! Put the key where the plugin asks for it.",
        )
        self._show(result.response, "#shop, only Maple can see this")
        self._typed("/store saleslog channel: #sales-log", "Maple")
        result = await maple.slash(world.shop, "store saleslog", channel=self._channel)
        _require("each sale has a message" in _texts(result.response), "there is no sales log")

    def _staff_member(self) -> simcord.MemberActor:
        world = self._world
        staff = world.guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
        return world.guild.add_member(world.env.create_user("maple", global_name="Maple"), roles=[staff])

    async def _pay(self, session: Session) -> None:
        form = {"email": "alice@example.com", "country": "US"}
        url = f"{self._world.sandbox.url}/c/{session.id}"
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, data=form, allow_redirects=False) as answer,
        ):
            _require(answer.status == _FOUND, "the store did not take the payment")

    # --- what is seen ---------------------------------------------------------------------------------

    def _roles(self) -> set[str]:
        backend = self._world.env.backend
        guild = backend.guilds[self._world.guild.id]
        return {
            guild.roles[role].name
            for role in guild.members[self._world.alice.id].role_ids
            if role != self._world.guild.id
        }

    def _told(self) -> list[simcord.ResponseMessage]:
        return self._world.direct_messages(self._world.alice)

    def _log(self) -> list[simcord.ResponseMessage]:
        return self._world.messages(self._channel.id)

    async def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            await self._world.env.settle()
            if holds():
                return
            _require(time.monotonic() < deadline, otherwise)
            await asyncio.sleep(0.02)


def _texts(message: simcord.ResponseMessage | None) -> str:
    if message is None:
        return ""
    return "\n".join(part.get("content", "") for part in components(message.components))


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise DeliveryFailed(f"The tour stopped: {otherwise}.")
