"""How a Discord message looks in a terminal."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from babel.dates import format_datetime, format_timedelta
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

TEXT_DISPLAY: Final = 10
BUTTON: Final = 2
LINK_STYLE: Final = 5

_TIMESTAMP: Final = re.compile(r"<t:(\d+):(\w)>")
_INLINE: Final = (
    (re.compile(r"\*\*(.+?)\*\*"), r"[bold]\1[/bold]"),
    (re.compile(r"~~(.+?)~~"), r"[strike]\1[/strike]"),
    (re.compile(r"`([^`]+)`"), r"[black on yellow] \1 [/black on yellow]"),
)
_ESCAPED: Final = re.compile(r"\\([^\w\s])")


def components(tree: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every component of a message, from top to bottom."""
    for component in tree:
        yield component
        yield from components(component.get("components", ()))


def message_panel(tree: Iterable[dict[str, Any]], title: str, now: datetime) -> RenderableType:
    """The message as its reader sees it; `now` is what relative times count from."""
    texts: list[RenderableType] = []
    buttons: list[str] = []
    for component in components(tree):
        if component["type"] == TEXT_DISPLAY:
            texts.extend(_line(line, now) for line in component["content"].split("\n"))
        elif component["type"] == BUTTON:
            arrow = " ↗" if component.get("style") == LINK_STYLE else ""
            buttons.append(f"[bold reverse] {escape(component['label'])}{arrow} [/bold reverse]")
    if buttons:
        texts.extend(["", Text.from_markup("  ".join(buttons))])
    return Panel(Group(*texts), title=title, title_align="left", border_style="green", padding=(0, 1))


def _line(line: str, now: datetime) -> Text:
    line = _TIMESTAMP.sub(lambda found: _time(int(found[1]), found[2], now), escape(line))
    for pattern, markup in _INLINE:
        line = pattern.sub(markup, line)
    line = _ESCAPED.sub(r"\1", line) if "\\[" not in line else line
    if line.startswith("### "):
        return Text.from_markup(f"[bold]{line.removeprefix('### ')}[/bold]")
    if line.startswith("-# "):
        return Text.from_markup(f"[dim]{line.removeprefix('-# ')}[/dim]")
    return Text.from_markup(line)


def _time(seconds: int, style: str, now: datetime) -> str:
    instant = datetime.fromtimestamp(seconds, UTC)
    if style == "R":
        return format_timedelta(instant - now, add_direction=True, locale="en")
    return format_datetime(instant, {"t": "HH:mm", "f": "d MMMM y HH:mm"}.get(style, "short"), locale="en")
