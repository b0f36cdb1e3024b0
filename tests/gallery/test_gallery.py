"""The gallery keeps each card once, in every language, and its page shows all of them."""

from pathlib import Path
from typing import Any

from discord import ui

from bot.discord.cards import State, card
from bot.texts import Languages, text
from tests.gallery.recording import FILE, Recorder, kept_in


def kept(folder: Path) -> list[dict[str, Any]]:
    return kept_in(folder / FILE)


def test_cards_that_differ_in_their_facts_alone_are_kept_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / FILE)
    for state, product in ((State.PAID, "Oak"), (State.PAID, "Elm"), (State.ENDED, "Oak")):
        shown = card(state, text("You bought {product}", product=product))
        recorder.keep(shown, ui.LayoutView.to_components)

    paid, ended = kept(tmp_path)
    assert paid["said"].keys() == {language.locale for language in Languages().all}
    assert "You bought Oak" in str(paid["said"]["en"])
    assert paid["key"] != ended["key"]


def test_what_an_earlier_run_kept_is_not_kept_again(tmp_path: Path) -> None:
    for _ in range(2):
        shown = card(State.PAID, text("Thanks"), text("{product}", product="Oak\u2028tree"))
        Recorder(tmp_path / FILE).keep(shown, ui.LayoutView.to_components)

    assert len(kept(tmp_path)) == 1
