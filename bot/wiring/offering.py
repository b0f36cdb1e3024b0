"""The bot with its commands, and nothing else at work: to see and set what Discord shows of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import build
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.discord.login import sentences_for_the_owner
from bot.storage.address import DatabaseAddress


@asynccontextmanager
async def signed_in(settings: Settings) -> AsyncIterator[ShopBot]:
    """The bot as `bamboo run` would build it, signed in but not online.

    It has an empty database of its own in a temporary folder: the real one, which another process may be
    serving, is left alone. Raises DiscordUnusable.
    """
    with TemporaryDirectory(prefix="bamboo-") as folder:
        elsewhere = DatabaseAddress.of_file(Path(folder, "empty.db"))
        apart = settings.model_copy(
            update={
                "storage": settings.storage.model_copy(update={"url": elsewhere}),
                "web": settings.web.model_copy(update={"enabled": False}),
            }
        )
        async with build(apart) as app:
            with sentences_for_the_owner(settings.discord.api_base_url):
                async with app.bot:
                    await app.bot.sign_in(settings.discord.token.get_secret_value())
                    yield app.bot
