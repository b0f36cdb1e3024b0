"""What Discord means when it refuses: a person's own choice, or something that staff have to mend.

Source of the codes: Discord's "JSON Error Codes"; of 20026, which isn't listed, Discord's own message.
"""

from typing import Final

import discord

from bot.jobs.models import Hindrance
from bot.markdown import cut
from bot.texts import Text, as_text, channel, text

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


def flagged(error: discord.HTTPException) -> Text:
    """What to say of that to staff."""
    return text(
        "Discord has flagged this bot and refuses what it does ({words}). The bot's "
        "owner can appeal at https://dis.gd/contact.",
        words=_words(error),
    )


def hindrance(error: discord.HTTPException) -> Hindrance:
    """Why the bot can't send direct messages, though the person may well take them."""
    what = (
        flagged(error)
        if is_flagged(error)
        else text(
            "Discord refuses the bot's direct messages with error {number} ({words}). "
            "The bot's owner should check Discord's Developer Portal, and contact "
            "https://dis.gd/contact if nothing is wrong there.",
            number=error.code,
            words=_words(error),
        )
    )
    told = text(
        "{what} Until then, members get payment links in private answers; receipts and "
        "notices wait in /purchases.",
        what=what,
    )
    return Hindrance(f"hindered:{error.code}", told)


def unfit(error: discord.HTTPException, channel_id: int) -> Text:
    """Why the bot can't post in a channel, and what to do."""
    if is_flagged(error):
        return flagged(error)
    if isinstance(error, discord.NotFound):
        return text(
            "{channel} is gone ({words}). Choose another channel.",
            channel=channel(channel_id),
            words=_words(error),
        )
    if error.code == _MISSING_ACCESS:
        return text(
            "The bot can't write and read in {channel} ({words}). Allow it View Channel, "
            "Send Messages and Read Message History there.",
            channel=channel(channel_id),
            words=_words(error),
        )
    return text(
        "The bot can't write and read in {channel} ({words}). Allow it Send Messages and "
        "Read Message History there.",
        channel=channel(channel_id),
        words=_words(error),
    )


def _words(error: discord.HTTPException) -> Text:
    """Discord's own."""
    if not error.text:
        return text("error {number}", number=error.code)
    return as_text(cut(error.text, _LONGEST_WORDS))
