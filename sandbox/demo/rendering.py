"""How a Discord message looks in a terminal."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import simcord
from babel.dates import format_datetime, format_timedelta
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

ACTION_ROW: Final = 1
BUTTON: Final = 2
TEXT_DISPLAY: Final = 10
LINK_STYLE: Final = 5

NameOf = Callable[[str], str]
"""Says for a mention, such as `<@123>`, what Discord shows in its place."""

_MENTION: Final = re.compile(r"<(?:@&?|#)\d+>")
_TIMESTAMP: Final = re.compile(r"<t:(\d+):(\w)>")
_PATTERNS: Final = {"t": "HH:mm", "d": "d MMM y", "f": "d MMMM y HH:mm"}
_INLINE: Final = (
    (re.compile(r"\*\*(.+?)\*\*"), r"[bold]\1[/bold]"),
    (re.compile(r"~~(.+?)~~"), r"[strike]\1[/strike]"),
    (re.compile(r"`([^`]+)`"), r"[black on yellow] \1 [/black on yellow]"),
)
_ESCAPED: Final = re.compile(r"\\([^\w\s])")


class ButtonRow:
    """Buttons beside each other, and none of them broken where the line ends."""

    def __init__(self, buttons: Iterable[dict[str, Any]]) -> None:
        self._buttons = [_button(each) for each in buttons]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        line = Text()
        for button in self._buttons:
            if line and line.cell_len + 2 + button.cell_len > options.max_width:
                yield line
                line = Text()
            line = Text("  ").join([line, button]) if line else button
        yield line


def texts(message: simcord.ResponseMessage | None) -> str:
    """All that a message says, from top to bottom; nothing where there is none."""
    if message is None:
        return ""
    return "\n".join(part.get("content", "") for part in components(message.components))


def link_of(message: simcord.ResponseMessage) -> str | None:
    """Where the first of its buttons leads that leads anywhere."""
    parts = components(message.components)
    return next((str(part["url"]) for part in parts if part["type"] == BUTTON and "url" in part), None)


def components(tree: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every component of a message, from top to bottom."""
    for component in tree:
        yield component
        yield from components(component.get("components", ()))


def message_panel(
    tree: Iterable[dict[str, Any]], title: str, now: datetime, name_of: NameOf
) -> RenderableType:
    """The message as its reader sees it; `now` is what relative times count from."""
    parts: list[RenderableType] = []
    for component in components(tree):
        if component["type"] == TEXT_DISPLAY:
            parts.extend(_line(line, now, name_of) for line in component["content"].split("\n"))
        elif component["type"] == ACTION_ROW and component["components"][0]["type"] == BUTTON:
            parts.append(ButtonRow(component["components"]))
    return Panel(Group(*parts), title=title, title_align="left", border_style="green", padding=(0, 1))


def _button(button: dict[str, Any]) -> Text:
    arrow = " ↗" if button.get("style") == LINK_STYLE else ""
    style = "dim reverse" if button.get("disabled") else "bold reverse"
    return Text(f" {button['label']}{arrow} ", style=style)


def _line(line: str, now: datetime, name_of: NameOf) -> Text:
    line = _TIMESTAMP.sub(lambda found: _time(int(found[1]), found[2], now), escape(line))
    line = _MENTION.sub(lambda found: f"[cyan]{escape(name_of(found[0]))}[/cyan]", line)
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
    return format_datetime(instant, _PATTERNS.get(style, "short"), locale="en")
