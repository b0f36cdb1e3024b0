"""Components whose texts are lazy: what is about to be shown is rendered in its reader's language.

Until then it stands there in English, so that its length can be looked at.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final, TypeVar

import discord
from discord import ui

from bot.markdown import cut
from bot.texts import SOURCE, Language, Text

View = TypeVar("View", bound=ui.LayoutView | ui.Modal)

MAXIMUM_TEXT: Final = 4000
"""Characters of all text in one message; source: Discord's component reference."""
MAXIMUM_BUTTON_LABEL: Final = 80
"""Characters; same source."""
LONGEST_OPTION: Final = 100
"""Characters of an option's label and of its description; same source."""
LONGEST_PLACEHOLDER: Final = 150
"""Characters of what a menu says before anything is chosen; same source."""
LONGEST_TITLE: Final = 45
"""Characters of a form's title and of its questions; same source."""
LONGEST_FIELD_HINT: Final = 100
"""Characters of what an empty field shows, and of what stands below its question; same source."""
_FIRST_MENU: Final = 1_000
"""Discord numbers what has no number itself, from 1 on; from 10,000 on, `cards.numbered` does."""
_MENUS: Final = 9_000
_menus: Final = count()


class Localized:
    """Stands before discord.py's class among the bases. `plain` says that Markdown isn't read there."""

    def __init__(self, texts: Mapping[str, tuple[Text | None, int]], *, plain: bool, **given: Any) -> None:
        self._texts = {name: said for name, said in texts.items() if said[0] is not None}
        self._plain = plain
        super().__init__(**given, **self._rendered(SOURCE))

    @property
    def said(self) -> tuple[Text, ...]:
        """The texts that it shows."""
        return tuple(said for said, _limit in self._texts.values() if said is not None)

    def localize(self, language: Language) -> None:
        if language.is_source:
            return  # so it was made
        for name, said in self._rendered(language).items():
            setattr(self, name, said)

    def _rendered(self, language: Language) -> dict[str, str]:
        return {
            name: cut(said.render(language, plain=self._plain), limit) if limit else said.render(language)
            for name, (said, limit) in self._texts.items()
            if said is not None
        }


class Paragraph(Localized, ui.TextDisplay[Any]):
    def __init__(self, content: Text) -> None:
        super().__init__({"content": (content, 0)}, plain=False)


class LocalizedButton(Localized, ui.Button[Any]):
    def __init__(self, label: Text, **given: Any) -> None:
        super().__init__({"label": (label, MAXIMUM_BUTTON_LABEL)}, plain=True, **given)


class Option(Localized, discord.SelectOption):
    """An option of a menu."""

    def __init__(
        self, label: Text, value: str, description: Text | None = None, *, default: bool = False
    ) -> None:
        texts = {
            "label": (label, LONGEST_OPTION),
            "description": (description, LONGEST_OPTION),
        }
        super().__init__(texts, plain=True, value=value, default=default)


class Menu(Localized, ui.Select[Any]):
    """Numbered anew each time it is made.

    Otherwise, on a page that is turned, people could go on seeing what they chose in the menu before it.
    """

    def __init__(self, placeholder: Text, **given: Any) -> None:
        given.setdefault("id", _FIRST_MENU + next(_menus) % _MENUS)
        super().__init__({"placeholder": (placeholder, LONGEST_PLACEHOLDER)}, plain=True, **given)

    def localize(self, language: Language) -> None:
        super().localize(language)
        for option in self.options:
            if isinstance(option, Localized):
                option.localize(language)


class MemberMenu(Localized, ui.UserSelect[Any]):
    def __init__(self, placeholder: Text, **given: Any) -> None:
        super().__init__({"placeholder": (placeholder, LONGEST_PLACEHOLDER)}, plain=True, **given)


class ChannelMenu(Localized, ui.ChannelSelect[Any]):
    def __init__(self, placeholder: Text, **given: Any) -> None:
        super().__init__({"placeholder": (placeholder, LONGEST_PLACEHOLDER)}, plain=True, **given)


class Field(Localized, ui.TextInput[Any]):
    """A field of a form. `placeholder` is what it shows while it is empty."""

    def __init__(self, *, placeholder: Text | None = None, **given: Any) -> None:
        super().__init__({"placeholder": (placeholder, LONGEST_FIELD_HINT)}, plain=True, **given)


class Question(Localized, ui.Label[Any]):
    """A field with its question, and what is to be known of the answer."""

    def __init__(self, text: Text, component: ui.Item[Any], description: Text | None = None) -> None:
        texts = {
            "text": (text, LONGEST_TITLE),
            "description": (description, LONGEST_FIELD_HINT),
        }
        super().__init__(texts, plain=True, component=component)


class LocalizedForm(Localized, ui.Modal):
    """Plain data, like a card: what is sent is answered by the form's `custom_id`."""

    def __init__(self, title: Text, **given: Any) -> None:
        super().__init__({"title": (title, LONGEST_TITLE)}, plain=True, **given)


def localized(view: View, language: Language) -> View:
    """The same view, rendered for a reader of the language."""
    items: list[object] = [view, *view.walk_children()]
    for item in items:
        if isinstance(item, Localized):
            item.localize(language)
    if language.is_translated and isinstance(view, ui.LayoutView):
        _fit(view)
    return view


def _fit(view: ui.LayoutView) -> None:
    """Cards are laid out by the English: what a translation has too much, the longest text loses."""
    while (over := view.content_length() - MAXIMUM_TEXT) > 0:
        paragraphs = [item for item in view.walk_children() if isinstance(item, ui.TextDisplay)]
        longest = max(paragraphs, key=lambda each: len(each.content))
        longest.content = cut(longest.content, max(1, len(longest.content) - over))
