"""Text from the store or from people, made harmless for Discord's Markdown."""

import re
from functools import lru_cache
from typing import Final

ELLIPSIS: Final = "…"
_SHORTEST_WORD_CUT: Final = 0.5
"""A cut goes back to the last space only if that keeps half of what fits."""

# Discord takes a backslash before anything but letters, digits and spaces as "this character, plainly".
_ANYWHERE: Final = re.compile(r"[\\*_~|`<\[\]]")
_BARE_LINK: Final = re.compile(r":(?=//)")
_LINE_START: Final = re.compile(r"^([ \t]*)([#>+-])", re.MULTILINE)
_NUMBERED: Final = re.compile(r"^([ \t]*\d+)([.)])", re.MULTILINE)
_MENTION: Final = re.compile(r"@(?=everyone|here)|(?<=<)@(?=[!&]?\d)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"https?://[^\s<>\[\]`|*\\]+")
_ZERO_WIDTH_SPACE: Final = "\u200b"
_KEPT: Final = 512
"""Texts that are kept as they are escaped: each card shows some of few titles, several times."""


@lru_cache(_KEPT)
def escape(text: str) -> str:
    """The text as it shows in a message when nothing in it means anything: no format, mention, link or list.

    Only for messages: buttons, choices and modals show backslashes as they are.
    """
    text = _ANYWHERE.sub(r"\\\g<0>", text)
    text = _BARE_LINK.sub(r"\\:", text)
    text = _LINE_START.sub(r"\1\\\2", text)
    text = _NUMBERED.sub(r"\1\\\2", text)
    # A backslash isn't enough here: whether somebody is told is decided where Markdown isn't read.
    return _MENTION.sub(f"@{_ZERO_WIDTH_SPACE}", text)


def escape_around_links(text: str) -> str:
    """The same, but addresses in the text stay links: they lead where they say.

    For texts of the shop's owner, who tells buyers where to go.
    """
    parts, end = [], 0
    for address in _ADDRESS.finditer(text):
        parts += [escape(text[end : address.start()]), address[0]]
        end = address.end()
    return "".join([*parts, escape(text[end:])])


# --- the owner's own Markdown, as Discord knows it -----------------------------------------------------

# Unambiguous code only: what Discord might read otherwise isn't taken for code, and is made harmless.
_CODE: Final = re.compile(r"(?<![\\`])(?:```[^`]+```|`[^`\n]+`)(?!`)")
# What is escaped already comes first, so that it stays so.
_LEADS_SOMEWHERE: Final = re.compile(r"\\.|[<\[\]|]|:(?=//)", re.DOTALL)
_HEADING: Final = re.compile(r"^[ \t]*#{1,3}[ \t]+(?=\S)", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_FENCE: Final = "```"
_PAIRED: Final = ("**", "__", "~~")
ROOM_TO_CLOSE: Final = 12
"""Characters for what closes the formats that a cut left open."""


def formatted(text: str, limit: int) -> str:
    """The text with its bold, italics, lists, headings, code and quotes, in at most `limit` characters.

    Mentions, links and pings do nothing, and headings are small: they stand below a product's title.
    """
    parts, end = [], 0
    text = _BLANK_LINES.sub("\n\n", text.replace("\r\n", "\n").strip())
    for code in _CODE.finditer(text):
        parts += [_harmless(text[end : code.start()]), _without_pings(code[0])]
        end = code.end()
    whole = "".join([*parts, _harmless(text[end:])])
    if len(whole) <= limit:
        return whole
    return _closed(cut(whole, limit - ROOM_TO_CLOSE))


def _harmless(text: str) -> str:
    text = _LEADS_SOMEWHERE.sub(lambda found: found[0] if found[0][0] == "\\" else f"\\{found[0]}", text)
    return _without_pings(_HEADING.sub("### ", text))


def _without_pings(text: str) -> str:
    return _MENTION.sub(f"@{_ZERO_WIDTH_SPACE}", text)


def _closed(text: str) -> str:
    """The text with what a cut left open closed again."""
    if text.count(_FENCE) % 2:
        return f"{text}\n{_FENCE}"
    outside = _CODE.sub("", text)
    return text + "".join(mark for mark in reversed(_PAIRED) if outside.count(mark) % 2)


def shortened(text: str, limit: int, most_lines: int) -> str:
    """The beginning of a text in at most so many characters and lines, or all of it if it is that short."""
    kept = "\n".join(text.strip().split("\n")[:most_lines])
    return (
        text if len(text) <= limit and kept == text.strip() else cut(kept, limit).rstrip(ELLIPSIS) + ELLIPSIS
    )


def cut(text: str, limit: int) -> str:
    """The text in at most `limit` characters, cut after a word, with an ellipsis where something is missing.

    Discord counts code points (its own word: discord-api-docs issue 1315), as Python does. What was
    escaped before stays so: the cut never leaves a backslash that escapes what comes next.
    """
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    kept = text[: limit - len(ELLIPSIS)]
    at_word = re.match(r"(.*\S)(?=\s)", text[: len(kept) + 1], re.DOTALL)
    if at_word is not None and at_word.end() >= len(kept) * _SHORTEST_WORD_CUT:
        kept = at_word[0]
    kept = kept.rstrip()
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept[: len(kept) - backslashes % 2] + ELLIPSIS
