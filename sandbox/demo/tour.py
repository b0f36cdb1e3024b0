"""A shop's day, played in the terminal. Each step is checked: a demo that lies ends with 1."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import simcord
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sandbox.demo.billing_tour import play_billing
from sandbox.demo.cart_tour import play_cart
from sandbox.demo.delivery_tour import play_delivery
from sandbox.demo.invoice_tour import play_invoices
from sandbox.demo.narrator import DIRECT_MESSAGE, ONLY_ALICE, Narrator, answer_of, require
from sandbox.demo.rendering import texts
from sandbox.demo.shop_setup import GUARDIAN_MESSAGE
from sandbox.demo.staff_tour import play_staff
from sandbox.demo.world import World, open_world
from sandbox.models import Product

_ROBIN: Final = "#sales-log, only Robin can see this"


class Tour:
    """Robin sets up, Alice buys, Robin charges, the bot is restarted, and what was bought is delivered."""

    def __init__(self, world: World, console: Console) -> None:
        self._world = world
        self._narrator = Narrator(world, console)
        self._product = world.sandbox.product("grove-guard")

    async def play(self) -> None:
        """Raises PromiseBroken."""
        narrator = self._narrator
        narrator.act("Staff set up the shop")
        await self._set_up()
        narrator.act("A member buys, and does not pay")
        await self._buy()
        expired = await self._expire()
        narrator.act("Staff send invoices")
        await play_invoices(narrator)
        narrator.act("The bot is restarted, and the purchase goes on")
        await self._restart()
        await self._renew(expired)
        await play_delivery(narrator, expired, narrator.page_of(expired))
        narrator.act("A member buys several things at once")
        await play_cart(narrator)
        narrator.act("A member says who pays, and has it deleted")
        await play_billing(narrator)
        narrator.act("Staff look at how the shop does")
        await play_staff(narrator)

        narrator.console.print(Rule(style="green"))
        narrator.console.print(f"[bold green]All {narrator.steps} steps did what they should.[/bold green]")

    async def _set_up(self) -> None:
        narrator, world, product = self._narrator, self._world, self._product
        narrator.step("Robin, who is staff, decides what a product earns, and where sales are logged.")
        narrator.typed(f"/store benefit add product: {product.title} role: @Guardian message: …", "Robin")
        added = await world.robin.slash(
            world.sales_log,
            "store benefit add",
            product=product.id,
            role=world.roles.guardian,
            message=GUARDIAN_MESSAGE,
        )
        narrator.show(answer_of(added), _ROBIN)
        require("gives the" in texts(added.response), "the product earns nothing")
        narrator.typed("/store saleslog channel: #sales-log", "Robin")
        chosen = await world.robin.slash(world.sales_log, "store saleslog", channel=world.sales_log)
        narrator.show(answer_of(chosen), _ROBIN)
        require("Sales are now logged" in texts(chosen.response), "there is no sales log")

    async def _buy(self) -> None:
        narrator, world, product = self._narrator, self._world, self._product
        narrator.step("Alice begins to type a product's name, and chooses it from the list.")
        narrator.typed("/buy product: grove")
        await self._choose(product)

        narrator.step("She sends the command. The answer is private: only she sees it.")
        narrator.typed(f"/buy product: {product.title} quantity: 2")
        result = await world.alice.slash(world.shop, "buy", product=product.id, quantity=2)
        narrator.show(answer_of(result), ONLY_ALICE)

        narrator.step("The link came by direct message.")
        message = self._only_message()
        narrator.show(message, DIRECT_MESSAGE)
        narrator.page_of(message)

        narrator.step("This is what the bot keeps of it.")
        self._show_rows()
        require(self._states() == ["open"], "the session is not tracked as open")

    async def _choose(self, product: Product) -> None:
        world = self._world
        choices = await world.alice.autocomplete(world.shop, "buy", "product", "grove")
        for choice in choices:
            self._narrator.aside(Text(choice["name"], style="dim", no_wrap=True, overflow="ellipsis"))
        require(product.id in [choice["value"] for choice in choices], "the product was not suggested")

    async def _expire(self) -> simcord.ResponseMessage:
        narrator = self._narrator
        message = self._only_message()
        narrator.step("Six hours pass. Alice has not paid, and the message says so by itself.")
        await self._world.pass_time(timedelta(hours=6, seconds=1))
        narrator.show(message, DIRECT_MESSAGE)
        require("expired" in texts(message), "the message does not say that it expired")
        return message

    async def _restart(self) -> None:
        narrator, world = self._narrator, self._world
        narrator.step("The bot's process is ended, and another one starts on the same database.")
        before = world.app
        await world.restart_bot()
        require(world.app is not before and world.app.bot.is_ready(), "the bot is not back")

    async def _renew(self, message: simcord.ResponseMessage) -> None:
        narrator = self._narrator
        narrator.step("Alice goes back to her first message, and presses its “Get a new link”.")
        await self._world.alice.user.click(message.message, label="Get a new link")
        narrator.show(message, DIRECT_MESSAGE)
        self._show_rows()
        require(self._states() == ["expired", "open"], "the new session is not tracked")

    # --- what is true ---------------------------------------------------------------------------------

    def _only_message(self) -> simcord.ResponseMessage:
        messages = self._narrator.told()
        require(len(messages) == 1, f"there are {len(messages)} direct messages instead of one")
        return messages[0]

    def _show_rows(self) -> None:
        table = Table("session", "amount", "state", "expires at (UTC)")
        for row in self._rows():
            table.add_row(
                row["session_id"],
                f"{row['amount'] / 100:.2f}",
                row["state"],
                f"{datetime.fromtimestamp(row['expires_at'] / 1000, UTC):%Y-%m-%d %H:%M}",
            )
        self._narrator.aside(table)

    def _states(self) -> list[str]:
        return [row["state"] for row in self._rows()]

    def _rows(self) -> list[sqlite3.Row]:
        """The sessions of the first sale, oldest first."""
        with closing(sqlite3.connect(self._world.database)) as connection:
            connection.row_factory = sqlite3.Row
            query = "SELECT * FROM sessions WHERE sale_id = (SELECT min(id) FROM sales) ORDER BY id"
            return connection.execute(query).fetchall()


def play_tour(console: Console | None = None) -> None:
    """Play the tour in a world of its own. Raises PromiseBroken."""

    async def play(folder: Path) -> None:
        async with open_world(folder) as world:
            await Tour(world, console or Console()).play()

    with tempfile.TemporaryDirectory(prefix="bamboo-demo-") as folder:
        asyncio.run(play(Path(folder)))
