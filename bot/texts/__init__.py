"""Every sentence that people read: lazy texts, and the languages that they are rendered in."""

from bot.texts.language import SOURCE, Language, Languages
from bot.texts.lazy import (
    NOTHING,
    Fact,
    Text,
    as_text,
    channel,
    code,
    coded,
    joined,
    limited,
    lines,
    markdown,
    mention,
    moment,
    ntext,
    text,
)

__all__ = [
    "NOTHING",
    "SOURCE",
    "Fact",
    "Language",
    "Languages",
    "Text",
    "as_text",
    "channel",
    "code",
    "coded",
    "joined",
    "limited",
    "lines",
    "markdown",
    "mention",
    "moment",
    "ntext",
    "text",
]
