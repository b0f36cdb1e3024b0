"""Messages in Components V2, as plain data: nothing of them is kept in memory once they are sent."""

from collections.abc import Callable
from typing import Any, Final

import discord
from discord import ui

MAXIMUM_TEXT: Final = 4000
"""Characters of all text in one message; source: Discord's component reference."""
MAXIMUM_BUTTON_LABEL: Final = 80
"""Characters; same source."""


def mark_of_store(*, test: bool) -> str:
    """What stands before the title of whatever is sold by a sandbox store."""
    return "`TEST` " if test else ""


class Card(ui.LayoutView):
    """One container. Its buttons are links, or carry all they need in their `custom_id`."""

    def __init__(self, *items: ui.Item[Any], accent: discord.Colour | None = None) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.Container(*items, accent_colour=accent))
        # discord.py keeps a view that isn't stopped for as long as the process lives.
        self.stop()


class Stack(ui.LayoutView):
    """Several cards in one message, with what stands between them."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.stop()

    def takes(self, card: Card, *, reserved: int) -> bool:
        """Whether the card's text fits, with `reserved` characters to spare."""
        return self.content_length() + card.content_length() + reserved <= MAXIMUM_TEXT

    def put(self, card: Card) -> None:
        for item in card.children:
            self.add_item(item)


def notice(
    *texts: str, buttons: tuple[ui.Button[Any], ...] = (), accent: discord.Colour | None = None
) -> Card:
    """A short text with its buttons below."""
    rows = (ui.ActionRow(*buttons),) if buttons else ()
    return Card(*(ui.TextDisplay(text) for text in texts), *rows, accent=accent)


def link_button(label: str, url: str) -> ui.Button[Any]:
    return ui.Button(label=label[:MAXIMUM_BUTTON_LABEL], url=url)


def button(
    label: str, custom_id: str, style: discord.ButtonStyle = discord.ButtonStyle.primary
) -> ui.Button[Any]:
    """A button that a `DynamicItem` answers."""
    return ui.Button(label=label[:MAXIMUM_BUTTON_LABEL], custom_id=custom_id, style=style)


def page_turns(number: int, pages: int, custom_id: Callable[[int], str]) -> tuple[ui.Button[Any], ...]:
    """Buttons to the pages beside this one, and where it stands between them; pages count from 0."""
    grey = discord.ButtonStyle.secondary
    previous = button("Previous", custom_id(max(0, number - 1)), grey)
    where = button(f"{number + 1} / {pages}", "bamboo:page", grey)
    following = button("Next", custom_id(number + 1), grey)
    previous.disabled, where.disabled, following.disabled = number == 0, True, number == pages - 1
    return previous, where, following
