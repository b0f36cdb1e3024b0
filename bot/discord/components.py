"""Messages in Components V2, as plain data: nothing of them is kept in memory once they are sent."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Self, TypeVar

import discord
from discord import ui

from bot.discord.localized import (
    MAXIMUM_TEXT,
    LocalizedButton,
    Option,
    Paragraph,
)
from bot.texts import NOTHING, Text, lines, markdown, text

_LONGEST_LIST: Final = MAXIMUM_TEXT - 500
"""Characters of one page of a list: there is a heading above it, and an answer may get a line below."""


def mark_of_store(*, test: bool) -> Text:
    """What stands before the title of whatever is sold by a sandbox store."""
    return markdown("`TEST` ") if test else NOTHING


class Card(ui.LayoutView):
    """One container. Its buttons are links, or carry all they need in their `custom_id`."""

    def __init__(self, *items: ui.Item[Any], accent: discord.Colour | None = None) -> None:
        super().__init__(timeout=None)
        self.accent = accent
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


def notice(*texts: Text, buttons: tuple[ui.Button[Any], ...] = ()) -> Card:
    """A short text with its buttons below."""
    rows = (ui.ActionRow(*buttons),) if buttons else ()
    return Card(*(Paragraph(text) for text in texts), *rows)


def link_button(label: Text, url: str) -> ui.Button[Any]:
    return LocalizedButton(label, url=url)


def button(
    label: Text, custom_id: str, style: discord.ButtonStyle = discord.ButtonStyle.primary
) -> ui.Button[Any]:
    """A button that a `DynamicItem` answers."""
    return LocalizedButton(label, custom_id=custom_id, style=style)


def page_turns(number: int, pages: int, custom_id: Callable[[int], str]) -> tuple[ui.Button[Any], ...]:
    """Buttons to the pages beside this one, and where it stands between them; pages count from 0."""
    grey = discord.ButtonStyle.secondary
    previous = button(text("Previous"), custom_id(max(0, number - 1)), grey)
    where = button(markdown(f"{number + 1} / {pages}"), "bamboo:page", grey)
    following = button(text("Next"), custom_id(number + 1), grey)
    previous.disabled, where.disabled, following.disabled = number == 0, True, number == pages - 1
    return previous, where, following


def list_page(heading: Text, entries: Iterable[Text], number: int, custom_id: Callable[[int], str]) -> Card:
    """A page of a list that isn't empty; pages count from 0, and one that is gone is the last."""
    pages = _pages_of(entries)
    number = min(number, len(pages) - 1)
    turns = page_turns(number, len(pages), custom_id) if len(pages) > 1 else ()
    return notice(heading, pages[number], buttons=turns)


def _pages_of(entries: Iterable[Text]) -> list[Text]:
    """The entries in order, as many on a page as it holds."""
    pages: list[Text] = []
    for entry in entries:
        longer = lines(pages[-1], entry) if pages else entry
        if pages and len(str(longer)) <= _LONGEST_LIST:
            pages[-1] = longer
        else:
            pages.append(entry)
    return pages


# --- what every button and menu has in common that outlives the process -------------------------------


class Persistent:
    """Stands before `DynamicItem` among a class's bases: all that the item knows is in its `custom_id`.

    `match` is that of the class's template.
    """

    def __init__(self, item: ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item)  # type: ignore[call-arg]  # what follows is a `DynamicItem`
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match)

    def number(self, group: str) -> int | None:
        """A number that the `custom_id` may leave out."""
        found = self.match[group]
        return int(found) if found else None


# --- menus that hold more than a menu can -------------------------------------------------------------


MOST_OPTIONS: Final = 25
"""Options of a menu; source: Discord's component reference."""
_MORE: Final = "more:"

Entry = TypeVar("Entry")


def menu_page(entries: Sequence[Entry], page: int, *, room: int = MOST_OPTIONS) -> Sequence[Entry]:
    """The entries on a page of a menu (from 0, or the last), with `room` for them and the way on."""
    size, page, _ = _place(len(entries), page, room)
    return entries[page * size : (page + 1) * size]


def leading_on(total: int, page: int, label: Text, *, room: int = MOST_OPTIONS) -> list[discord.SelectOption]:
    """The option that leads to the next page, or from the last one back to the first; none if all fit."""
    _, page, pages = _place(total, page, room)
    if pages == 1:
        return []
    where = markdown(f"{page + 1} / {pages}")
    return [Option(label, f"{_MORE}{(page + 1) % pages}", where)]


def page_led_to(value: str) -> int | None:
    """The page that a chosen option leads to; None for one that stands for itself."""
    page = value.removeprefix(_MORE)
    return int(page) if page != value and page.isdecimal() else None


def _place(total: int, page: int, room: int) -> tuple[int, int, int]:
    """How many entries a page holds, which page is shown, and how many there are."""
    size = room if total <= room else room - 1
    pages = max(1, -(-total // size))
    return size, min(page, pages - 1), pages
