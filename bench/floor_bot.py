"""The plain floor: the least that a Discord bot can do for a purchase, without a database.

It defers, makes the checkout with httpx as it comes, opens the direct message, sends the link, and edits
its answer. `python -m bench.floor_bot API_BASE_URL TOKEN GUILD_ID CHECKOUTS_URL PRODUCT_ID AMOUNT`.
"""

import asyncio
import signal
import sys
from typing import Any

import discord
import httpx
from discord import app_commands, ui
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from yarl import URL

Interaction = discord.Interaction["FloorBot"]


class Link(ui.LayoutView):
    def __init__(self, title: str, url: str) -> None:
        super().__init__(timeout=None)
        row: ui.ActionRow[Link] = ui.ActionRow(ui.Button(label="Pay", url=url))
        self.add_item(ui.Container(ui.TextDisplay(title), row))


class FloorBot(commands.AutoShardedBot):
    def __init__(self, guild_id: int, checkouts: str, product_id: str, amount: int) -> None:
        intents = discord.Intents(guilds=True, members=True)
        super().__init__(
            commands.when_mentioned,
            intents=intents,
            guild_ready_timeout=0.1,
            shard_count=1,
            max_messages=None,
        )
        self.guild = discord.Object(guild_id)
        self.checkouts = checkouts
        self.product_id = product_id
        self.amount = amount
        self.http_client = httpx.AsyncClient()

    async def setup_hook(self) -> None:
        self.tree.add_command(buy, guild=self.guild)
        await self.tree.sync(guild=self.guild)

    async def close(self) -> None:
        await self.http_client.aclose()
        await super().close()


@app_commands.command(description="Buy a product")
async def buy(interaction: Interaction, product: str) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    bot = interaction.client
    body: dict[str, Any] = {
        "items": [{"product_id": bot.product_id, "quantity": 1}],
        "amount": bot.amount,
        "metadata": {"discord_user_id": str(interaction.user.id), "source": "discord", "product": product},
    }
    made = await bot.http_client.post(bot.checkouts, json=body)
    made.raise_for_status()
    message = await interaction.user.send(view=Link("Your payment link", made.json()["data"]["checkout_url"]))
    await interaction.edit_original_response(content=f"It is in your direct messages: {message.jump_url}")


async def main(api_base_url: str, token: str, bot: FloorBot) -> None:
    discord.http.Route.BASE = api_base_url
    where = await bot.http_client.get(f"{api_base_url}/gateway")
    DiscordWebSocket.DEFAULT_GATEWAY = URL(where.json()["url"])
    async with bot:
        loop = asyncio.get_running_loop()
        running = asyncio.create_task(bot.start(token))
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        await asyncio.wait({running})


if __name__ == "__main__":
    base, secret, guild, *sold = sys.argv[1:]
    checkouts, product, amount = sold
    asyncio.run(main(base, secret, FloorBot(int(guild), checkouts, product, int(amount))))
