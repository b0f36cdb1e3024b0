"""What an order holds, as the one who gets it is shown it."""

import io
from collections.abc import Sequence
from typing import Final

import discord
from discord import ui

from bot.discord_io.cards import MAXIMUM_TEXT, Card, notice
from bot.fulfilment.reveal import Revealed
from bot.markdown import escape_around_links

_SPARED: Final = 200
"""Characters for what an answer may get below it."""
_BY_E_MAIL: Final = "Keys and downloads come by e-mail from the store."
_NOTHING_YET: Final = "There is nothing here yet. The store may still be preparing it: try again later."


def revealed_card(revealed: Revealed) -> tuple[Card, list[discord.File]]:
    """All of it in a message, or in a file beside it where a message can't hold it."""
    if revealed.is_empty:
        return notice(_NOTHING_YET), []
    messages = [escape_around_links(message) for message in revealed.messages]
    if _fits([_keys(revealed.keys), *messages]):
        return notice(_joined([_keys(revealed.keys), *messages])), []
    shown = [f"{_heading(revealed.keys)}\nA message is too short for it: all of it is in this file."]
    for message in messages:
        if _fits([*shown, message]):
            shown.append(message)
    name = f"purchase-{revealed.sale.reference}.txt"
    card = Card(ui.TextDisplay(_joined(shown)), ui.File(f"attachment://{name}"))
    return card, [discord.File(io.BytesIO(_plain(revealed).encode()), name)]


def _keys(keys: Sequence[str] | None) -> str:
    if keys is None:
        return _BY_E_MAIL
    return "\n".join([_heading(keys), *map(_copied, keys)]) if keys else ""


def _copied(key: str) -> str:
    """In backticks, which people copy; a key that has one itself needs two around it."""
    return f"`` {key} ``" if "`" in key else f"`{key}`"


def _heading(keys: Sequence[str] | None) -> str:
    if not keys:
        return "### What comes with it"
    return "### Your key" if len(keys) == 1 else f"### Your {len(keys)} keys"


def _plain(revealed: Revealed) -> str:
    keys = _BY_E_MAIL if revealed.keys is None else "\n".join(revealed.keys)
    return _joined([keys, *revealed.messages])


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(filter(None, texts))


def _fits(texts: Sequence[str]) -> bool:
    return len(_joined(texts)) <= MAXIMUM_TEXT - _SPARED
