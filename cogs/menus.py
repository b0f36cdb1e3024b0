"""Menus that hold more than a menu can."""

from collections.abc import Sequence
from typing import Final, TypeVar

import discord

MOST_OPTIONS: Final = 25
"""Options of a menu; source: Discord's component reference."""
LONGEST_OPTION: Final = 100
"""Characters of an option's label and of its description; same source."""
_MORE: Final = "more:"

Entry = TypeVar("Entry")


def menu_page(entries: Sequence[Entry], page: int, *, room: int = MOST_OPTIONS) -> Sequence[Entry]:
    """The entries on a page of a menu (from 0, or the last), with `room` for them and the way on."""
    size, page, _ = _place(len(entries), page, room)
    return entries[page * size : (page + 1) * size]


def leading_on(total: int, page: int, label: str, *, room: int = MOST_OPTIONS) -> list[discord.SelectOption]:
    """The option that leads to the next page, or from the last one back to the first; none if all fit."""
    _, page, pages = _place(total, page, room)
    if pages == 1:
        return []
    return [
        discord.SelectOption(
            label=f"{label}…", value=f"{_MORE}{(page + 1) % pages}", description=f"{page + 1} / {pages}"
        )
    ]


def page_led_to(value: str) -> int | None:
    """The page that a chosen option leads to; None for one that stands for itself."""
    page = value.removeprefix(_MORE)
    return int(page) if page != value and page.isdecimal() else None


def _place(total: int, page: int, room: int) -> tuple[int, int, int]:
    """How many entries a page holds, which page is shown, and how many there are."""
    size = room if total <= room else room - 1
    pages = max(1, -(-total // size))
    return size, min(page, pages - 1), pages
