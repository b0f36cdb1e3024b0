"""When the connection to Discord counts as lost: whether a request arrived isn't known then."""

from typing import Final

import aiohttp
import discord

CONNECTION_LOST: Final = (aiohttp.ClientError, OSError, TimeoutError)
"""What discord.py lets through when a request was cut off, never began, or took too long."""
OUTAGES: Final = (aiohttp.ClientError, ConnectionError, discord.DiscordServerError)
"""What only says that Discord can't be reached, or fails. A time that ran out may have other reasons."""
