"""Text from the store or from people, made harmless for Discord's Markdown."""

import re
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
