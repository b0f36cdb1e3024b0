"""The one anatomy of a card, so that people know how things stand before they read a word.

State by colour and icon, title, what and how much beside its picture, facts, buttons. On what comes by
direct message, `Letterhead` puts whose shop it is from.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, TypeVar

import discord
from discord import ui

from bot.discord.components import Card
from bot.discord.localized import Paragraph, localized
from bot.markdown import cut
from bot.texts import NOTHING, Language, Text, joined, limited, lines, markdown, text

log = logging.getLogger(__name__)

Sent = TypeVar("Sent")

BUTTONS_IN_A_ROW: Final = 5
"""Source: Discord's component reference."""
LONGEST_ALTERNATIVE: Final = 200
"""Characters of what stands for a picture where it isn't seen."""
_FIRST_NUMBER: Final = 10_000
"""Discord numbers what has no number itself, from 1 on."""
_NUMBERS: Final = 2**31 - 1 - _FIRST_NUMBER
"""A component's number has 32 bits; source: Discord's component reference."""
LONGEST_SENDER: Final = 150
"""Characters of the line that says whose shop a direct message is from: a card has room for it."""


class State(Enum):
    """How things stand, at a glance: a colour and an icon."""

    WAITING = ("⏳", 0xF0B232)
    """Somebody has something to do, or to wait for."""
    PAID = ("✅", 0x23A55A)
    DELIVERED = ("📦", 0x23A55A)
    """All that was paid for is theirs."""
    ATTENTION = ("⚠️", 0xF23F43)
    """Something is wrong, or was refused."""
    ENDED = ("⚪", 0x80848E)
    """There is nothing left to do."""
    NEUTRAL = ("", None)

    @property
    def icon(self) -> Text:
        icon = self.value[0]
        return markdown(f"{icon} ") if icon else NOTHING

    @property
    def colour(self) -> discord.Colour | None:
        colour = self.value[1]
        return None if colour is None else discord.Colour(colour)


@dataclass(frozen=True, slots=True)
class Picture:
    """`url` is one that Discord takes; `shows` is what it shows, for who can't see it."""

    url: str
    shows: str = ""

    @property
    def thumbnail(self) -> ui.Thumbnail[Any]:
        return ui.Thumbnail(self.url, description=cut(self.shows, LONGEST_ALTERNATIVE) or None)


def card(
    state: State,
    title: Text,
    *said: Text | None,
    picture: Picture | None = None,
    facts: Sequence[Text | None] = (),
    menus: Sequence[ui.Select[Any]] = (),
    buttons: Sequence[ui.Button[Any]] = (),
    mark: Text = NOTHING,
    icon: str = "",
) -> Card:
    """A card that says what and how much (`said`) beside a picture of it, with its facts and buttons below.

    `mark` stands before the title of what a sandbox store sells, `icon` before both where no state has one.
    """
    items: list[ui.Item[Any]] = [Paragraph(headed(state, title, mark, icon))]
    items += beside(picture, lines(*said))
    if told := lines(*facts):
        items.append(Paragraph(told))
    items += (ui.ActionRow[Any](menu) for menu in menus)
    return Card(*items, *rows_of(buttons), accent=state.colour)


def headed(state: State, title: Text, mark: Text = NOTHING, icon: str = "") -> Text:
    """A card's title, with the icon of its state, or one of its own."""
    shown = markdown(f"{icon} ") if icon else state.icon
    return text("### {icon}{mark}{title}", icon=shown, mark=mark, title=title)


def beside(picture: Picture | None, said: Text) -> list[ui.Item[Any]]:
    """A paragraph, with a small picture at its side if there is one; nothing where nothing is said."""
    if not said:
        return []
    paragraph = Paragraph(said)
    return [paragraph] if picture is None else [ui.Section(paragraph, accessory=picture.thumbnail)]


@dataclass(frozen=True, slots=True)
class Marked:
    """A card that is sent once, and what is in it alone: its message is found again by that.

    `marker` is a line of it, an address or a `custom_id` in it, or its number.
    """

    card: Card
    marker: Text | str


def numbered(message: Card, number: int) -> Marked:
    """The card, marked by a number that nobody sees."""
    last = [item for item in message.walk_children() if isinstance(item, Paragraph)][-1]
    last.id = _FIRST_NUMBER + number % _NUMBERS
    return Marked(message, marker_of(number))


def marker_of(number: int) -> str:
    """What a card of this number is marked by."""
    return f"component {_FIRST_NUMBER + number % _NUMBERS}"


def rows_of(buttons: Sequence[ui.Button[Any]]) -> list[ui.ActionRow[Any]]:
    starts = range(0, len(buttons), BUTTONS_IN_A_ROW)
    return [ui.ActionRow(*buttons[start : start + BUTTONS_IN_A_ROW]) for start in starts]


def refused(sentence: Text) -> Card:
    """Something can't be done, and why; or it went wrong."""
    return Card(Paragraph(joined("", (State.ATTENTION.icon, sentence))), accent=State.ATTENTION.colour)


# --- what comes by direct message says whose it is ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sender:
    """A server's name and picture, and the name of the store that sells there."""

    server: str
    store: str = ""
    picture: Picture | None = None

    @property
    def line(self) -> Text:
        server, store = (" ".join(name.split()) for name in (self.server, self.store))
        if server.casefold() == store.casefold():
            store = ""
        names = [text("**{name}**", name=name) for name in (store, server) if name]
        return limited(text("-# {names}", names=joined(" · ", names)), LONGEST_SENDER) if names else NOTHING


class Letterhead:
    """`sender_of` says whose shop a server's is, by its id."""

    def __init__(self, sender_of: Callable[[int], Sender]) -> None:
        self._sender_of = sender_of

    def onto(self, message: Card, guild_id: int) -> Card:
        """The card with the line above its title, and the server's picture beside both.

        A card that has a picture of its own has that alone.
        """
        sender = self._sender_of(guild_id)
        if not sender.line:
            return message
        container, *below = message.children
        if not isinstance(container, ui.Container):
            raise TypeError("a card is a container")
        first, *others = container.children
        above = Paragraph(sender.line)
        if sender.picture is None or not isinstance(first, Paragraph) or any(map(_is_pictured, others)):
            head = [above, first]
        else:
            head = [ui.Section(above, first, accessory=sender.picture.thumbnail)]
        letter = Card(*head, *others, accent=message.accent)
        for hint in below:
            letter.add_item(hint)
        return letter


def _is_pictured(item: ui.Item[Any]) -> bool:
    if isinstance(item, ui.Section):
        return isinstance(item.accessory, ui.Thumbnail)
    return isinstance(item, ui.MediaGallery)


# --- pictures are a courtesy: none of them may cost the message ---------------------------------------


async def shown(
    message: ui.LayoutView, language: Language, send: Callable[[ui.LayoutView], Awaitable[Sent]]
) -> Sent:
    """Send the message in its reader's language; without its pictures if Discord refuses them."""
    try:
        return await send(localized(message, language))
    except discord.HTTPException as error:
        bare = without_pictures(message) if isinstance(message, Card) else None
        if error.status != HTTPStatus.BAD_REQUEST or bare is None:
            raise
        log.warning("A message is shown without its pictures: %s", error)
        return await send(localized(bare, language))


def without_pictures(message: Card) -> Card | None:
    """The same card with its texts and buttons alone; None for one that has no pictures."""
    items: list[ui.Item[Any]] = []
    found = False
    for container in message.children:
        inner = container.children if isinstance(container, ui.Container) else [container]
        for item in inner:
            if not _is_pictured(item):
                items.append(item)
                continue
            found = True
            if isinstance(item, ui.Section):
                items.extend(item.children)
    return Card(*items, accent=message.accent) if found else None
