"""Panels and announcements in a channel of their own, as staff post them and everybody sees them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import discord
import simcord

from bot.texts.stored import loads
from tests.harness.grove import Grove
from tests.harness.network import around_requests
from tests.harness.shop import Shop


class Standing:
    def __init__(self, grove: Grove) -> None:
        self.grove = grove
        self.channel = grove.shop.guild.create_text_channel("storefront")

    @property
    def handle(self) -> str:
        """The store's id of what tests post."""
        return self.grove.till.product().id

    async def post(self, *, channel: simcord.ChannelHandle | None = None, **options: Any) -> str:
        """`/store panel post` by Boss; returns the answer."""
        told = await self.grove.store("panel post", channel=channel or self.channel, **options)
        await self.grove.till.settled()
        return told

    async def remove(self, title: str) -> str:
        """`/store panel remove` of what is called so."""
        boss, where = self.grove.boss, self.grove.shop.channel
        [choice] = await boss.autocomplete(where, "store panel remove", "panel", title)
        told = await self.grove.store("panel remove", panel=choice["value"])
        await self.grove.till.settled()
        return told

    async def refreshed(self) -> None:
        """The store is read anew, and what follows from that is done."""
        await self.grove.shop.pass_time(minutes=16)
        await self.grove.till.settled()

    def multiply(self, count: int) -> None:
        """As if so many were posted by now."""
        for number in range(count - len(self.rows())):
            self.grove.shop.write(
                "INSERT INTO panels (reference, guild_id, channel_id, product_id, category_id, title,"
                " posted_by, created_at, confirmed_at) VALUES (?, ?, ?, ?, '', ?, 1, 0, 0)",
                f"ref{number}", self.grove.shop.guild.id, self.channel.id, f"prd_{number}",
                f"A product with quite a long name, number {number}",
            )  # fmt: skip

    @property
    def messages(self) -> list[Any]:
        """What stands in the channel for everybody, oldest first."""
        return [each for each in self.grove.messages(self.channel) if not each.ephemeral]

    @property
    def message(self) -> Any:
        """The only one."""
        [message] = self.messages
        return message

    @contextmanager
    def edits(self) -> Iterator[list[str]]:
        """The requests that change messages of the channel meanwhile."""
        found: list[str] = []

        def note(send: Callable[[], Any], method: str, path: str) -> Any:
            if method == "PATCH" and path.startswith(f"/channels/{self.channel.id}/messages/"):
                found.append(path)
            return send()

        with around_requests(note):
            yield found

    def notes(self) -> list[str]:
        """What waits to be told to staff, or was, oldest first."""
        query = "SELECT payload FROM jobs WHERE kind = 'staff_note' ORDER BY id"
        return [str(loads(json.loads(row["payload"])["text"])) for row in self.grove.shop.rows(query)]

    def rows(self) -> list[dict[str, Any]]:
        return self.grove.shop.rows("SELECT * FROM panels WHERE removed_at IS NULL ORDER BY id")

    def audit(self) -> list[str]:
        """What is written down of what staff did, oldest first."""
        return [row["action"] for row in self.grove.shop.rows("SELECT action FROM audit ORDER BY id")]


async def button_in(shop: Shop, channel: simcord.ChannelHandle, custom_id: str) -> Any:
    """A message of the bot in a channel with that button: what members could have before their eyes."""
    there = shop.app.bot.get_channel(channel.id)
    assert isinstance(there, discord.TextChannel)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="?", custom_id=custom_id))
    view.stop()
    with shop.env.time_context():
        return await there.send(view=view)
