"""What Discord means when it refuses: a person's own choice, or something that staff have to mend.

Source of the codes: Discord's "JSON Error Codes"; of 20026, which isn't listed, Discord's own message.
"""

from typing import Final

import discord

from bot.jobs.models import Hindrance
from bot.markdown import cut, escape

_PERSONS_OWN: Final = frozenset({50007, 50278})
"""Takes no messages from the bot, or is in no server with it."""
_FLAGGED: Final = 20026
_MISSING_ACCESS: Final = 50001
_LONGEST_WORDS: Final = 300


def is_persons_own(error: discord.HTTPException) -> bool:
    """Whether the person takes no direct messages from the bot: a 403, or a 400 on opening the channel."""
    return error.code in _PERSONS_OWN


def is_flagged(error: discord.HTTPException) -> bool:
    """Whether Discord holds the bot for a spammer."""
    return error.code == _FLAGGED


def flagged(error: discord.HTTPException) -> str:
    """What to say of that to staff."""
    return (
        f"Discord has flagged this bot and refuses what it does ({_words(error)}). "
        "The bot's owner can appeal: https://dis.gd/contact."
    )


def hindrance(error: discord.HTTPException) -> Hindrance:
    """Why the bot can't send direct messages, though the person may well take them."""
    what = (
        flagged(error)
        if is_flagged(error)
        else (
            f"Discord refuses the bot's direct messages with error {error.code} ({_words(error)}). "
            "The bot's owner should look at it in Discord's Developer Portal, and ask https://dis.gd/contact "
            "if nothing is wrong there."
        )
    )
    text = (
        f"{what} Meanwhile members get payment links as private answers to their commands; "
        "receipts and notices wait for them in /purchases."
    )
    return Hindrance(f"hindered:{error.code}", text)


def unfit(error: discord.HTTPException, channel_id: int) -> str:
    """Why the bot can't post in a channel, and what to do."""
    if is_flagged(error):
        return flagged(error)
    if isinstance(error, discord.NotFound):
        return f"<#{channel_id}> is gone ({_words(error)}). Choose another channel."
    needed = (
        "View Channel, Send Messages and Read Message History"
        if error.code == _MISSING_ACCESS
        else "Send Messages and Read Message History"
    )
    return f"I can't write and read back in <#{channel_id}> ({_words(error)}). Allow me {needed} there."


def _words(error: discord.HTTPException) -> str:
    return escape(cut(error.text or f"error {error.code}", _LONGEST_WORDS))
