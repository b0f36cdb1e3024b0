"""Who tells the tour in the terminal, and who holds the bot to what is told."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import aiohttp
import simcord
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from bot.errors import BambooError
from sandbox.demo.rendering import link_of, message_panel, texts
from sandbox.demo.world import World
from sandbox.models import Session

PATIENCE: Final = 60.0
"""Seconds of real time that a webhook and what follows from it may take on a busy machine."""
ONLY_ALICE: Final = "#shop, only Alice can see this"
DIRECT_MESSAGE: Final = "Direct message from Bamboo"
_FOUND: Final = 303
_INDENT: Final = 4


class PromiseBroken(BambooError):
    """What the tour promised did not happen."""


def require(holds: object, otherwise: str) -> None:
    """Raises PromiseBroken."""
    if not holds:
        raise PromiseBroken(f"The tour stopped: {otherwise}.")


def answer_of(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """The private answer. Raises PromiseBroken when there is none, or everybody sees it."""
    if result.response is None or not result.ephemeral:
        raise PromiseBroken("The tour stopped: there was no private answer.")
    return result.response


class Narrator:
    def __init__(self, world: World, console: Console) -> None:
        self.world = world
        self.console = console
        self.steps = 0

    # --- what is told ---------------------------------------------------------------------------------

    def act(self, title: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{escape(title)}[/bold]", style="green", align="left")

    def step(self, text: str) -> None:
        self.steps += 1
        line = Table.grid(padding=(0, 1))
        line.add_row(f"[bold]{self.steps}.[/bold]", escape(text))
        self.console.print()
        self.console.print(line)

    def typed(self, text: str, who: str = "Alice") -> None:
        line = Table.grid(padding=(0, 1))
        line.add_row(f"[bold cyan]{who} ❯[/bold cyan]", escape(text))
        self.aside(line)

    def aside(self, what: RenderableType) -> None:
        self.console.print(Padding(what, (0, 0, 0, _INDENT), expand=False))

    def show(self, message: simcord.ResponseMessage, title: str) -> None:
        panel = message_panel(message.components, title, self.world.env.now(), self._name_of)
        self.console.print(panel)

    def page_of(self, message: simcord.ResponseMessage) -> Session:
        """The store's page that a message leads to. Raises PromiseBroken when it leads to none."""
        link = link_of(message) or ""
        session = self.world.sandbox.sessions.get(link.rsplit("/", 1)[-1])
        if session is None:
            raise PromiseBroken("The tour stopped: the store did not issue this link.")
        self.aside("The button leads to the store's own page:")
        self.aside(f"[link={link}]{escape(link)}[/link]")
        return session

    def _name_of(self, mention: str) -> str:
        guild = self.world.env.backend.guilds[self.world.guild.id]
        number = int(mention.strip("<@&#>"))
        if mention.startswith("<@&"):
            return f"@{guild.roles[number].name}"
        if mention.startswith("<#"):
            return f"#{self.world.env.backend.channels[number].name}"
        user = self.world.env.backend.users[number]
        return f"@{user.global_name or user.name}"

    # --- what happens ---------------------------------------------------------------------------------

    async def pay(self, session: Session) -> None:
        """Alice pays on the store's page, as a browser does it. Raises PromiseBroken."""
        form = {"email": "alice@example.com", "country": "US"}
        url = f"{self.world.sandbox.url}/c/{session.id}"
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, data=form, allow_redirects=False) as answer,
        ):
            require(answer.status == _FOUND, "the store did not take the payment")

    async def until(self, holds: Callable[[], object], otherwise: str) -> None:
        """Wait for what webhooks bring about. Raises PromiseBroken."""
        deadline = time.monotonic() + PATIENCE
        while True:
            await self.world.env.settle()
            if holds():
                return
            require(time.monotonic() < deadline, otherwise)
            await asyncio.sleep(0.02)

    def told(self) -> list[simcord.ResponseMessage]:
        """Alice's direct messages, oldest first."""
        return self.world.direct_messages(self.world.alice)

    def logged(self, words: str) -> simcord.ResponseMessage | None:
        """The newest message of the sales log that says that."""
        messages = self.world.messages(self.world.sales_log.id)
        return next((each for each in reversed(messages) if words in texts(each)), None)
