"""Texts that aren't written out yet: an English template and its facts, rendered for one reader at the end.

What people call things comes in as a fact, and is escaped where Markdown is read: nothing has to be escaped
by hand. What is Markdown already is said to be, by `markdown`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final, NoReturn, Union

from bot.markdown import cut, escape
from bot.money import Money
from bot.texts.language import SOURCE, Language

_PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{(\w+)\}")
_KEPT: Final = 2048
"""Templates that are kept in pieces: those that one shop shows, in a few languages."""


class Text(ABC):
    """What somebody reads, in whatever language they read. An empty one is false."""

    __slots__ = ()

    @abstractmethod
    def render(self, language: Language, *, plain: bool = False) -> str:
        """As the reader of the language reads it: in Markdown, or `plain`, as on buttons and in menus."""

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        """In English, for logs and the command line."""
        return self.render(SOURCE)

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("a text is a fact of another text: inside an f-string it would stay English")


Fact = Union["Text", str, int, Money, datetime]
"""What stands in a template: names from outside as str, amounts, instants (aware), numbers, other texts."""


@dataclass(frozen=True, slots=True)
class Phrase(Text):
    """A template of ours. With `plural`, there are forms for numbers, and `count` chooses one."""

    template: str
    facts: Mapping[str, Text]
    plural: str = ""
    count: int = 0

    def render(self, language: Language, *, plain: bool = False) -> str:
        pieces = _pieces(language.template(self.template, self.plural, self.count))
        if len(pieces) == 1:
            return pieces[0]
        facts, shown = self.facts, list(pieces)
        for place in range(1, len(pieces), 2):
            fact = facts.get(pieces[place])
            shown[place] = f"{{{pieces[place]}}}" if fact is None else fact.render(language, plain=plain)
        return "".join(shown)


@dataclass(frozen=True, slots=True)
class Name(Text):
    """A word or more that come from outside: the store's, a member's."""

    content: str

    def render(self, _language: Language, *, plain: bool = False) -> str:
        return self.content if plain else escape(self.content)

    def __bool__(self) -> bool:
        return bool(self.content)


@dataclass(frozen=True, slots=True)
class Markdown(Text):
    """What stands in every language as it is: mentions, numbers, what is escaped already."""

    content: str

    def render(self, _language: Language, *, plain: bool = False) -> str:  # noqa: ARG002 - it is the same
        return self.content

    def __bool__(self) -> bool:
        return bool(self.content)


@dataclass(frozen=True, slots=True)
class Code(Text):
    """What is typed or copied letter by letter. Nothing is Markdown in it but the backtick itself."""

    content: str

    def render(self, _language: Language, *, plain: bool = False) -> str:
        return self.content if plain else f"`{self.content.replace('`', chr(39))}`"


@dataclass(frozen=True, slots=True)
class Amount(Text):
    """Money. `coded` names the currency by its code, where it must not be mistaken: `12.50 USD`."""

    money: Money
    coded: bool = False

    def render(self, language: Language, *, plain: bool = False) -> str:  # noqa: ARG002 - it is the same
        return language.coded_money(self.money) if self.coded else language.money(self.money)


@dataclass(frozen=True, slots=True)
class Number(Text):
    """A number that isn't counted with, in all its digits."""

    value: Decimal

    def render(self, language: Language, *, plain: bool = False) -> str:  # noqa: ARG002 - it is the same
        return language.number(self.value)


@dataclass(frozen=True, slots=True)
class Moment(Text):
    """An aware instant, which Discord shows in the reader's own zone and language; `style` is its letter."""

    instant: datetime
    style: str = "f"

    def render(self, language: Language, *, plain: bool = False) -> str:
        if plain:
            return language.moment(self.instant, self.style)
        return f"<t:{int(self.instant.timestamp())}:{self.style}>"


@dataclass(frozen=True, slots=True)
class Joined(Text):
    """Several texts, each whole by itself."""

    parts: tuple[Text, ...]
    separator: str

    def render(self, language: Language, *, plain: bool = False) -> str:
        return self.separator.join(part.render(language, plain=plain) for part in self.parts)

    def __bool__(self) -> bool:
        return any(self.parts)


@dataclass(frozen=True, slots=True)
class Cut(Text):
    """A text in at most `limit` characters, once it is rendered."""

    text: Text
    limit: int

    def render(self, language: Language, *, plain: bool = False) -> str:
        return cut(self.text.render(language, plain=plain), self.limit)

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Capital(Text):
    """A word of a sentence where it stands by itself: with a capital letter, once it is rendered."""

    text: Text

    def render(self, language: Language, *, plain: bool = False) -> str:
        said = self.text.render(language, plain=plain)
        return said[:1].upper() + said[1:]

    def __bool__(self) -> bool:
        return bool(self.text)


# --- how texts are written down in the code -----------------------------------------------------------


def text(template: str, /, **facts: Fact) -> Text:
    """A sentence or a label: `text("Paid {amount} for {product}", amount=price, product=title)`.

    A brace that is meant is doubled. Raises TypeError when facts and template don't fit.
    """
    return Phrase(template, _fitting(facts, template))


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence whose facts come later."""

    template: str

    def text(self, **facts: Fact) -> Text:
        """The text with those of the facts that the template shows."""
        shown = {name: fact for name, fact in facts.items() if name in placeholders(self.template)}
        return Phrase(self.template, _fitting(shown, self.template))


def template(content: str) -> Template:
    """A sentence that is said of many: `template("A receipt for {sale} could not be sent.")`."""
    return Template(content)


def ntext(one: str, many: str, count: int, /, **facts: Fact) -> Text:
    """The same with forms for numbers: `ntext("{count} message", "{count} messages", waiting)`."""
    return Phrase(one, _fitting({"count": count, **facts}, many), many, count)


def markdown(content: str) -> Text:
    """What is Markdown already, in no language."""
    return Markdown(content)


def mention(user_id: int) -> Text:
    return Markdown(f"<@{user_id}>")


def channel(channel_id: int) -> Text:
    return Markdown(f"<#{channel_id}>")


def code(content: str) -> Text:
    return Code(content)


def coded(money: Money) -> Text:
    """An amount with its currency's code: `12.50 USD`."""
    return Amount(money, coded=True)


def decimal(value: Decimal) -> Text:
    """As people of the language write it, in all its digits: `1.205`."""
    return Number(value)


def moment(instant: datetime, style: str = "f") -> Text:
    """An instant in Discord's style: t, T, d, D, f, F, or R for a distance from now."""
    return Moment(instant, style)


def limited(content: Text, limit: int) -> Text:
    return Cut(content, limit)


def capital(content: Text) -> Text:
    """With a capital letter, as a label begins."""
    return Capital(content)


def joined(separator: str, parts: Iterable[Text | None]) -> Text:
    """Those that say something, with what stands between them in every language."""
    return Joined(tuple(part for part in parts if part), separator)


def lines(*parts: Text | None) -> Text:
    """Those that say something, each on a line of its own."""
    return joined("\n", parts)


def listed(parts: Iterable[Text]) -> Text:
    """Several that may have commas in them: `coupons (READ, WRITE); refunds`. Languages space a semicolon."""
    whole = NOTHING
    for part in parts:
        whole = text("{names}; {last}", names=whole, last=part) if whole else part
    return whole


NOTHING: Final[Text] = Markdown("")
NAMES_SHOWN: Final = 5
"""How many names a sentence lists before it says how many more there are."""
LONGEST_NAME: Final = 120
"""Characters of a name in a sentence: five of them, all escaped, stay well below a message's limit."""


def titled(title: str) -> str:
    """A name as it stands in a sentence: no longer than anyone reads."""
    return cut(title, LONGEST_NAME)


def some_of(names: Sequence[str]) -> Text:
    """The first five names: one of them is to be chosen."""
    shown = [Name(titled(name)) for name in names[:NAMES_SHOWN]]
    more = len(names) - len(shown)
    if more > 0:
        return ntext(
            "{names} or one of {count} more",
            "{names} or one of {count} more",
            more,
            names=joined(", ", shown),
        )
    if len(shown) == 1:
        return shown[0]
    return text("{names} or {last}", names=joined(", ", shown[:-1]), last=shown[-1])


def all_of(names: Sequence[str]) -> Text:
    """All of the names; there is at least one."""
    shown = [text("**{name}**", name=titled(name)) for name in names]
    if len(shown) == 1:
        return shown[0]
    return text("{names} and {last}", names=joined(", ", shown[:-1]), last=shown[-1])


def as_text(fact: Fact) -> Text:
    match fact:
        case Text():
            return fact
        case str():
            return Name(fact)
        case int():
            return Markdown(str(fact))
        case Money():
            return Amount(fact)
        case datetime():
            return Moment(fact)


@lru_cache(_KEPT)
def _pieces(template: str) -> tuple[str, ...]:
    """The template in pieces: what stands in it as it is, then the name of a fact, and so on in turns."""
    pieces, end = [""], 0
    for found in _PLACEHOLDER.finditer(template):
        pieces[-1] += template[end : found.start()]
        end = found.end()
        if found[1] is None:
            pieces[-1] += found[0][0]  # a doubled brace
        else:
            pieces += [found[1], ""]
    pieces[-1] += template[end:]
    return tuple(pieces)


@cache
def placeholders(template: str) -> frozenset[str]:
    """The names of the facts that the template shows."""
    return frozenset(name for name in _PLACEHOLDER.findall(template) if name)


def _fitting(facts: Mapping[str, Fact], template: str) -> Mapping[str, Text]:
    wanted = placeholders(template)
    if wanted != facts.keys() and wanted != facts.keys() - {"count"}:
        raise TypeError(f"{template!r} shows {sorted(wanted)}, and is given {sorted(facts)}")
    return {name: as_text(fact) for name, fact in facts.items()}
