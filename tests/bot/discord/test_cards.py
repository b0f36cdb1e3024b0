"""Whatever a card says, it has one anatomy, and Discord takes it."""

import itertools

import discord
import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as some

from bot.discord.cards import (
    LONGEST_SENDER,
    Letterhead,
    Picture,
    Sender,
    State,
    card,
    refused,
    shown,
    without_pictures,
)
from bot.discord.components import Card, button
from bot.discord.localized import MAXIMUM_TEXT
from bot.texts import SOURCE, limited, markdown, text
from tests.harness.catalogs import NASTY, assert_discord_takes, texts
from tests.harness.shop import walk

MOST_COMPONENTS = 40
NOTHING_ELSE = 400
"""Characters that a card's text leaves for its title and for whose it is."""
pictures = some.one_of(some.none(), some.builds(Picture, some.just("https://pictures.example/a.png"), texts))


@some.composite
def cards(draw: some.DrawFn) -> Card:
    room = MAXIMUM_TEXT - NOTHING_ELSE - LONGEST_SENDER
    said = limited(text("Said: {said}", said=draw(texts)), room // 2)
    fact = limited(text("Said: {said}", said=draw(texts)), room // 2)
    return card(
        draw(some.sampled_from(State)),
        limited(text("Title {title}", title=draw(texts)), NOTHING_ELSE // 2),
        said,
        picture=draw(pictures),
        facts=[fact, None],
        buttons=[
            button(text("Button {number}", number=number), f"bamboo:{number}")
            for number in range(draw(some.integers(0, 25)))
        ],
        mark=draw(some.sampled_from([markdown(""), markdown("`TEST` ")])),
    )


logos = some.none() | some.just(Picture("https://pictures.example/logo.png"))
senders = some.builds(Sender, texts, texts, logos)


def written(shown: Card) -> list[str]:
    return [part["content"] for part in walk(shown.to_components()) if part["type"] == 10]


def urls(shown: Card) -> list[str]:
    return [part["media"]["url"] for part in walk(shown.to_components()) if part["type"] == 11]


@given(cards(), senders)
def test_discord_takes_every_card_and_every_letter(message: Card, sender: Sender) -> None:
    letter = Letterhead(lambda _guild: sender).onto(message, 1)

    for each in (letter, without_pictures(letter)):
        if each is not None:
            assert_discord_takes(each)
            assert each.total_children_count <= MOST_COMPONENTS


@given(cards(), senders)
def test_a_letter_begins_with_whose_it_is_and_loses_nothing(message: Card, sender: Sender) -> None:
    before, accent = written(message), message.accent

    letter = Letterhead(lambda _guild: sender).onto(message, 1)

    assert written(letter) == ([str(sender.line)] if sender.line else []) + before
    assert letter.accent == accent


@given(cards(), senders)
def test_a_letter_shows_one_picture_the_cards_own_if_it_has_one(message: Card, sender: Sender) -> None:
    before = urls(message)

    letter = Letterhead(lambda _guild: sender).onto(message, 1)

    ours = [sender.picture.url] if sender.picture is not None and sender.line else []
    assert urls(letter) == (before or ours)


@given(cards())
def test_without_its_pictures_a_card_says_the_same(message: Card) -> None:
    before = written(message)

    bare = without_pictures(message)

    if bare is not None:
        assert written(bare) == before
        assert not [part for part in walk(bare.to_components()) if "media" in part]


@pytest.mark.parametrize("name", NASTY)
def test_who_is_named_can_neither_ping_nor_format(name: str) -> None:
    line = str(Sender(name, "Grove Store").line)

    assert len(line) <= LONGEST_SENDER
    assert "\n" not in line.strip()
    assert "@everyone" not in line


def test_a_store_that_is_called_like_its_server_is_named_once() -> None:
    assert str(Sender("Bamboo Grove", "bamboo grove").line) == "-# **Bamboo Grove**"
    assert str(Sender("Bamboo Grove", "Grove Store").line) == "-# **Grove Store** · **Bamboo Grove**"


def test_every_state_is_told_apart_by_icon_or_colour() -> None:
    looks = [(str(state.icon), state.colour) for state in State]

    assert len(set(looks)) == len(State)
    for one, other in itertools.combinations(State, 2):
        assert str(one.icon) != str(other.icon)


def test_a_refusal_looks_like_one() -> None:
    [container] = refused(text("That didn't work.")).children

    assert isinstance(container, ui.Container)
    assert container.accent_colour == State.ATTENTION.colour


async def test_a_picture_that_discord_refuses_costs_the_picture_and_not_the_message() -> None:
    sent: list[ui.LayoutView] = []

    async def send(view: ui.LayoutView) -> str:
        sent.append(view)
        if len(sent) == 1:
            raise discord.HTTPException(_Response(400), "media url")
        return "arrived"

    message = card(State.PAID, text("Paid"), text("Thanks"), picture=Picture("https://pictures.example/a"))

    assert await shown(message, SOURCE, send) == "arrived"
    assert [bool(_media(view)) for view in sent] == [True, False]


@pytest.mark.parametrize("status", [400, 500])
async def test_what_isnt_the_pictures_fault_is_raised(status: int) -> None:
    async def send(_view: ui.LayoutView) -> str:
        raise discord.HTTPException(_Response(status), "no")

    picture = Picture("https://pictures.example/a") if status != 400 else None
    with pytest.raises(discord.HTTPException):
        await shown(card(State.PAID, text("Paid"), text("Thanks"), picture=picture), SOURCE, send)


class _Response:
    reason = "Bad Request"

    def __init__(self, status: int) -> None:
        self.status = status


def _media(view: ui.LayoutView) -> list[object]:
    return [part for part in walk(view.to_components()) if "media" in part]
