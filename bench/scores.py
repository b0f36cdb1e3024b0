"""The table of the benchmark: medians, their ratio to the floor's, and how far the rounds differ."""

import os
import platform
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

_GOALS: Final[Mapping[str, str]] = {
    "CPU a purchase": "1.0 ×",
    "acknowledged, p99": "1.1 ×",
    "link, p99": "0.8 ×",
    "CPU a payment : a purchase": "2.0 ×",
    "time to ready": "2.0 ×",
    "memory": "+45 MB",
}
"""What is to be reached, at ten and fifty at once."""
_DIGITS: Final = {"s": 2, "ms": 1, "MB": 0}
_COLUMNS: Final = ("", "", "floor", "Bamboo", "×", "spread", "goal")
_BEGINS, _ENDS = "<!-- what `make bench` measured begins -->\n", "<!-- and ends -->\n"


@dataclass
class Scores:
    """By what was measured, and of what: the floor's figure, if it has one, and Bamboo's, of each round."""

    rounds: int
    figures: dict[tuple[str, str, str], list[tuple[float | None, float]]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    """What else the machine had to do when it began: programs that wanted a core."""

    def add(self, which: str, what: str, unit: str, floor: float | None, ours: float) -> None:
        self.figures.setdefault((which, what, unit), []).append((floor, ours))

    def remark(self, sentence: str) -> None:
        """To be said below the table."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    @property
    def caption(self) -> str:
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        load = f"a load of {self.load:.1f} before it began"
        return f"Beside the plain floor, {day}, {machine}, {load}: medians of {self.rounds} rounds"

    def show(self) -> None:
        table = Table(box=SIMPLE, pad_edge=False, title=self.caption)
        for number, column in enumerate(_COLUMNS):
            table.add_column(column, justify="left" if number < 2 else "right", no_wrap=True)
        for row in self._rows():
            table.add_row(*row)
        console = Console(width=None if os.isatty(1) else 140)
        console.print(table)
        for remark in self.remarks:
            console.print(remark)

    def write(self, page: Path) -> None:
        """Put the table into a page of the documentation, in place of the one that stands there."""
        lines = [self.caption + ".", "", _markdown(_COLUMNS), "|---|---|--:|--:|--:|--:|--:|"]
        lines += map(_markdown, self._rows())
        lines += ["", *self.remarks, ""] if self.remarks else [""]
        before, _, others = page.read_text(encoding="utf-8").partition(_BEGINS)
        _, _, after = others.partition(_ENDS)
        text = "\n".join(lines)
        page.write_text(f"{before}{_BEGINS}\n{text}\n{_ENDS}{after}", encoding="utf-8")

    def _rows(self) -> Iterator[tuple[str, ...]]:
        last = ""
        for (which, what, unit), figures in self.figures.items():
            yield "" if which == last else which, what, *_row(unit, figures), _GOALS.get(what, "")
            last = which


def _markdown(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(unit: str, figures: list[tuple[float | None, float]]) -> tuple[str, str, str, str]:
    """The floor's median and Bamboo's, the median of the ratios, and how far these go apart."""
    floors = [floor for floor, _ in figures if floor is not None]
    ours = [each for _, each in figures]
    shown = f"{statistics.median(ours):.{_DIGITS[unit]}f} {unit}"
    if not floors:
        return "", shown, "", f"{min(ours):.{_DIGITS[unit]}f} to {max(ours):.{_DIGITS[unit]}f}"
    ratios = [each / floor for floor, each in figures if floor]
    return (
        f"{statistics.median(floors):.{_DIGITS[unit]}f} {unit}",
        shown,
        f"{statistics.median(ratios):.2f}" if ratios else "",
        f"{min(ratios):.2f} to {max(ratios):.2f}" if ratios else "",
    )
