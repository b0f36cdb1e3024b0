"""A language that nobody speaks: English in brackets. What stands outside of them was never translated."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.texts.catalogs import compiled, template
from bot.texts.language import DOMAIN, Languages

OPEN, CLOSE = "⟦", "⟧"
LOCALE = "en_US"
"""The locale of everybody in the simulated Discord."""
_BRACKETED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_NO_WORDS = re.compile(r"<[^>]*>|`[^`]*`|\b(USD|EUR)\b|https?://\S+")
SHOWN = {"content", "label", "placeholder", "description", "title"}


def bracketed(message: str) -> str:
    return f"{OPEN}{message}{CLOSE}"


def pseudo(folder: Path, locale: str = LOCALE) -> Languages:
    """All languages, and this one, written into the folder."""
    catalog = template()
    catalog.locale = locale
    for message in catalog:
        if message.context:  # a name: Discord takes no brackets in it
            message.string = message.id
        elif isinstance(message.id, str):
            message.string = bracketed(message.id)
        else:
            message.string = tuple(map(bracketed, message.id))
    path = folder / locale / "LC_MESSAGES" / f"{DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(compiled(catalog))
    return Languages(folder=folder)


def untranslated(components: Any, *names: str) -> list[str]:
    """What of the message stands in no brackets, but for what is called so in every language."""
    return [written for written in (_rest(each, names) for each in texts_of(components)) if written]


def texts_of(components: Any) -> Iterator[str]:
    if isinstance(components, dict):
        yield from (each for name, each in components.items() if name in SHOWN and isinstance(each, str))
        components = list(components.values())
    if isinstance(components, list | tuple):
        for each in components:
            yield from texts_of(each)


def _rest(text: str, names: tuple[str, ...]) -> str:
    for name in sorted(names, key=len, reverse=True):  # one may begin with another
        text = text.replace(name, "")
    text = _NO_WORDS.sub("", text)
    while (shorter := _BRACKETED.sub("", text)) != text:
        text = shorter
    return text if re.search("[A-Za-z]", text) else ""
