"""A small bot of plain discord.py, the yardstick for the fake.

Start it with `python -m tests.wire.small_bot API_BASE_URL TOKEN [GUILD_ID]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import signal
import sys
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import discord
from discord import app_commands, ui
from discord.ext import commands

if TYPE_CHECKING:
    import re

Interaction = discord.Interaction["SmallBot"]


class Renew(ui.DynamicItem[ui.Button[Any]], template=r"renew:(?P<sale>\d+)"):
    """A button that outlives the process: its state is its custom id."""

    def __init__(self, sale: int) -> None:
        super().__init__(ui.Button(label="Get a new link", custom_id=f"renew:{sale}"))
        self.sale = sale

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], match: re.Match[str]) -> Self:
        return cls(int(match["sale"]))

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content=f"renewed {self.sale}")


class Receipt(ui.LayoutView):
    def __init__(self, words: str) -> None:
        super().__init__(timeout=None)
        row: ui.ActionRow[Self] = ui.ActionRow(
            ui.Button(label="Pay", url="https://pay.example.com/cs_1"), Renew(7)
        )
        self.add_item(ui.Container(ui.TextDisplay(words), row))


class Colours(ui.View):
    @ui.select(placeholder="Colour", options=[discord.SelectOption(label="Red", value="r")])
    async def pick(self, interaction: Interaction, select: ui.Select[Self]) -> None:
        await interaction.response.edit_message(content=f"picked {select.values[0]}", view=None)

    @ui.select(cls=ui.UserSelect, placeholder="For whom")
    async def whom(self, interaction: Interaction, select: ui.UserSelect[Self]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"for {select.values[0].name}", view=None)


class Note(ui.Modal, title="A note"):
    words: ui.Label[Self] = ui.Label(text="Words", component=ui.TextInput(max_length=20))
    size: ui.Label[Self] = ui.Label(
        text="Size", component=ui.Select(options=[discord.SelectOption(label="Large", value="l")])
    )

    async def on_submit(self, interaction: Interaction) -> None:
        words, size = self.words.component, self.size.component
        assert isinstance(words, ui.TextInput)
        assert isinstance(size, ui.Select)
        await interaction.response.send_message(f"noted {words.value} {size.values[0]}", ephemeral=True)


class Shop(commands.Cog):
    invoice = app_commands.Group(name="invoice", description="Invoices")

    @app_commands.command(description="Answer at once")
    async def ping(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"pong {interaction.user}")

    @app_commands.command(description="Defer, write a DM, edit the answer")
    async def buy(
        self, interaction: Interaction, product: str, quantity: app_commands.Range[int, 1, 9] = 1
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        answer = "sent"
        try:
            await interaction.user.send(view=Receipt(f"{quantity} x {product}"))
        except discord.Forbidden as error:
            answer = f"closed {error.code}"
        except (discord.HTTPException, aiohttp.ClientError) as error:
            answer = f"failed {type(error).__name__}"
        with contextlib.suppress(discord.HTTPException):
            await interaction.edit_original_response(content=answer)

    @buy.autocomplete("product")
    async def complete(self, _: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current} key", value=f"{current}-key")]

    @invoice.command(description="Charge a member")
    async def create(self, interaction: Interaction, member: discord.Member, amount: float) -> None:
        await interaction.response.send_message(f"{member.name} owes {amount}", ephemeral=True)
        await interaction.followup.send(
            "and a follow-up", file=discord.File(io.BytesIO(b"pdf"), "invoice.pdf")
        )

    @app_commands.command(description="Give a role")
    async def grant(self, interaction: Interaction, member: discord.Member, role: discord.Role) -> None:
        await interaction.response.defer()
        try:
            await member.add_roles(role, reason="bought it")
        except discord.HTTPException as error:
            await interaction.followup.send(f"refused {error.code}")
        else:
            await interaction.followup.send(f"{member.name} has {role.name}")

    @app_commands.command(description="A modal")
    async def note(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(Note())

    @app_commands.command(description="A menu")
    async def colour(self, interaction: Interaction) -> None:
        await interaction.response.send_message("which?", view=Colours())

    @app_commands.command(description="Twice")
    async def twice(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        interaction.response._response_type = None
        try:
            await interaction.response.defer()
        except discord.HTTPException as error:
            await interaction.edit_original_response(content=f"refused {error.code}")

    @app_commands.command(description="Too late")
    async def late(self, interaction: Interaction, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await interaction.response.defer()
        except discord.HTTPException as error:
            await interaction.user.send(f"refused {error.code}")

    @app_commands.command(description="Use one nonce twice")
    async def nonce(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        first = await interaction.user.send("once", nonce="sale-7")
        second = await interaction.user.send("once", nonce="sale-7")
        await interaction.edit_original_response(content=f"same: {first.id == second.id}")

    @app_commands.command(description="For staff")
    @app_commands.default_permissions(manage_guild=True)
    async def guarded(self, interaction: Interaction) -> None:
        await interaction.response.send_message("reached")

    @app_commands.command(description="How many are here")
    async def count(self, interaction: Interaction) -> None:
        assert interaction.guild is not None
        await interaction.client.wait_until_ready()
        await interaction.response.send_message(f"{len(interaction.guild.members)} members")

    @app_commands.command(description="Break a rule of messages")
    async def broken(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        view = ui.View()
        view.add_item(ui.Button(label="one", custom_id="same"))
        view.add_item(ui.Button(label="two", custom_id="same"))
        try:
            await interaction.edit_original_response(view=view)
        except discord.HTTPException as error:
            await interaction.edit_original_response(content=f"refused {error.code}", view=None)


class SmallBot(commands.AutoShardedBot):
    def __init__(self, guild_id: int | None) -> None:
        intents = discord.Intents(guilds=True, members=True)
        super().__init__(commands.when_mentioned, intents=intents, guild_ready_timeout=0.1)
        self.for_guild = discord.Object(guild_id) if guild_id else None

    async def setup_hook(self) -> None:
        await self.add_cog(Shop())
        self.add_dynamic_items(Renew)
        self.tree.add_command(app_commands.ContextMenu(name="Charge", callback=charge))
        if self.for_guild is not None:
            self.tree.copy_global_to(guild=self.for_guild)
        await self.tree.sync(guild=self.for_guild)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py would wait five seconds here before each further IDENTIFY."""

    async def on_member_join(self, member: discord.Member) -> None:
        await member.send("welcome")


async def charge(interaction: Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"charge {member.name}", ephemeral=True)


async def main(api_base_url: str, token: str, guild_id: int | None) -> None:
    discord.http.Route.BASE = api_base_url
    async with aiohttp.ClientSession() as session, session.get(f"{api_base_url}/gateway") as answer:
        gateway = (await answer.json())["url"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = discord.gateway.yarl.URL(gateway)
    discord.utils.setup_logging()
    async with SmallBot(guild_id) as bot:
        closing = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, closing.set)
        running = asyncio.create_task(bot.start(token))
        stopping = asyncio.create_task(closing.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done():
            running.result()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None))
