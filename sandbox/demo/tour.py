"""One purchase, played by a member in the terminal. Each step is checked: a demo that lies ends with 1."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import simcord
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from bot.errors import BambooError
from sandbox.demo.delivery_tour import SECTIONS, DeliveryTour
from sandbox.demo.invoice_tour import play_invoice
from sandbox.demo.rendering import BUTTON, components, message_panel
from sandbox.demo.world import World, open_world

PRODUCT: Final = "GroveGuard"


class StepFailed(BambooError):
    """What the tour promised did not happen."""


class Tour:
    def __init__(self, world: World, console: Console) -> None:
        self._world = world
        self._console = console
        self._steps = 0

    async def play(self) -> None:
        """Buy, let the link expire, get a new one. Raises StepFailed."""
        world = self._world
        product = next(product for product in world.sandbox.products.values() if product.title == PRODUCT)

        self._step("Alice begins to type a product's name, and chooses it from the list.")
        self._typed("/buy product: grove")
        choices = await world.alice.autocomplete(world.shop, "buy", "product", "grove")
        for choice in choices:
            self._console.print(f"    {escape(choice['name'])}", style="dim")
        _require(product.id in [choice["value"] for choice in choices], "the product was not suggested")

        self._step("She sends the command. The answer is private: only she sees it.")
        self._typed(f"/buy product: {product.title} quantity: 2")
        result = await world.alice.slash(world.shop, "buy", product=product.id, quantity=2)
        _require(result.response is not None and result.ephemeral, "there was no private answer")
        self._show(result.response, "#shop, only Alice can see this")

        self._step("The link came by direct message.")
        first = self._direct_message()
        link = self._link(first)
        _require(link.rsplit("/", 1)[-1] in world.sandbox.sessions, "the store did not issue this link")
        self._console.print(
            f"    The button leads to the store's own page: [link={link}]{escape(link)}[/link]"
        )

        self._step("This is what the bot keeps of it.")
        self._show_rows()
        _require(self._states() == ["open"], "the session is not tracked as open")

        self._step("Six hours pass. Alice has not paid, and the message says so by itself.")
        await world.pass_time(timedelta(hours=6, seconds=1))
        expired = self._direct_message()
        _require(
            expired.id == first.id and "expired" in _texts(expired),
            "the message does not say that it expired",
        )

        self._step("She presses “Get a new link”.")
        await world.alice.user.click(expired.message, label="Get a new link")
        renewed = self._link(self._direct_message())
        _require(renewed != link, "the link is the old one")
        self._show_rows()
        _require(self._states() == ["expired", "open"], "the new session is not tracked")

        await DeliveryTour(world, step=self._step, typed=self._typed, show=self._show).play()
        await play_invoice(world, self._console, self._step, self._show)

        self._console.print(Rule(style="green"))
        self._console.print(f"[bold green]All {self._steps} steps did what they should.[/bold green]")

    # --- what is seen ---------------------------------------------------------------------------------

    def _step(self, text: str) -> None:
        self._steps += 1
        self._console.print()
        self._console.print(f"[bold]{self._steps}.[/bold] {text}")

    def _typed(self, text: str, who: str = "Alice") -> None:
        self._console.print(f"    [bold cyan]{who} ❯[/bold cyan] {escape(text)}")

    def _show(self, message: simcord.ResponseMessage | None, title: str) -> None:
        if message is not None:
            self._console.print(message_panel(message.components, title, self._world.env.now()))

    def _direct_message(self) -> simcord.ResponseMessage:
        messages = self._world.direct_messages(self._world.alice)
        _require(len(messages) == 1, f"there are {len(messages)} direct messages instead of one")
        self._show(messages[0], "Direct message from Bamboo")
        return messages[0]

    def _link(self, message: simcord.ResponseMessage) -> str:
        links = [
            part["url"] for part in components(message.components) if part["type"] == BUTTON and "url" in part
        ]
        _require(len(links) == 1, "the message has no link")
        return str(links[0])

    def _show_rows(self) -> None:
        table = Table(
            "session", "amount", "state", "expires at (UTC)", title="sessions", title_justify="left"
        )
        for row in self._rows():
            table.add_row(
                row["session_id"], f"{row['amount'] / 100:.2f}", row["state"], row["expires_at"][:16]
            )
        self._console.print(table)

    # --- what is true ---------------------------------------------------------------------------------

    def _states(self) -> list[str]:
        return [row["state"] for row in self._rows()]

    def _rows(self) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self._world.database)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute("SELECT * FROM sessions ORDER BY id").fetchall()


def _texts(message: simcord.ResponseMessage) -> str:
    return "\n".join(part.get("content", "") for part in components(message.components))


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise StepFailed(f"The tour stopped: {otherwise}.")


def play_tour(console: Console | None = None) -> None:
    """Play the tour in a world of its own. Raises StepFailed."""

    async def play(folder: Path) -> None:
        async with open_world(folder, SECTIONS) as world:
            await Tour(world, console or Console()).play()

    with tempfile.TemporaryDirectory(prefix="bamboo-demo-") as folder:
        asyncio.run(play(Path(folder)))
