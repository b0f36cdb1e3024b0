"""Keeps every card that the tests have shown, in every language: `pytest -p tests.gallery.recording`.

A card is kept once for each way it can look: by what stands in it, whatever the names, amounts and numbers.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from discord import ui

from bot.discord.localized import Localized, localized
from bot.texts import SOURCE, Languages
from bot.texts.lazy import Capital, Cut, Joined, Markdown, Name, Phrase, Text

FILE = "cards.jsonl"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--gallery", type=Path, help="the folder of the gallery")


def pytest_configure(config: pytest.Config) -> None:
    folder = config.getoption("gallery")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        config.pluginmanager.register(Recorder(folder / FILE))


class Recorder:
    """Looks over discord.py's shoulder: whatever is about to be sent goes by here."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._test = ""
        self._looks = True
        self._languages = {language.locale: language for language in Languages().all}
        self._known = set()
        if file.exists():
            self._known = {card["key"] for card in kept_in(file)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._test = item.nodeid
        # Of what is made up by chance there are thousands, and nobody will ever see one.
        self._looks = item.get_closest_marker("hypothesis") is None

    def pytest_sessionstart(self) -> None:
        to_components = ui.LayoutView.to_components
        recorder = self

        def seen(view: ui.LayoutView) -> list[dict[str, Any]]:
            components: list[dict[str, Any]] = to_components(view)
            recorder.keep(view, to_components)
            return components

        ui.LayoutView.to_components = seen  # type: ignore[method-assign]

    def keep(self, view: ui.LayoutView, to_components: Any) -> None:
        """Keep the card, unless one that looks like it is known."""
        if not self._looks or not any(isinstance(item, Localized) for item in view.walk_children()):
            return
        shape = "\n".join(shape_of(item) for item in view.walk_children())
        key = hashlib.sha256(shape.encode()).hexdigest()[:12]
        if key in self._known:
            return
        self._known.add(key)
        said = {
            locale: to_components(localized(view, language)) for locale, language in self._languages.items()
        }
        localized(view, SOURCE)
        card = {"key": key, "test": self._test, "said": said}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(card, ensure_ascii=False, default=str) + "\n")


def kept_in(file: Path) -> list[dict[str, Any]]:
    """The cards of an earlier run. A file's lines end where JSON's do: names may hold other ends of lines."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def shape_of(item: ui.Item[Any]) -> str:
    """What makes a component look as it does, but for facts."""
    said = ";".join(map(templates_of, item.said if isinstance(item, Localized) else ()))
    style = getattr(item, "style", None)
    colour = getattr(item, "accent_colour", None)
    disabled = getattr(item, "disabled", False)
    return f"{type(item).__name__}|{style}|{colour}|{disabled}|{said}"


def templates_of(text: Text) -> str:
    match text:
        case Phrase():
            return f"{text.template}({','.join(templates_of(fact) for fact in text.facts.values())})"
        case Joined():
            # A list is a list, however long.
            return "+".join(dict.fromkeys(templates_of(part) for part in text.parts))
        case Cut() | Capital():
            return templates_of(text.text)
        case Name() | Markdown():
            return ""
    return type(text).__name__
