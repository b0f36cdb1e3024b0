"""The table of the benchmark: medians, their ratio to the floor's, and how far the rounds differ."""

import os
import platform
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
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


@dataclass
class Scores:
    """By what was measured, and of what: the floor's figure, if it has one, and Bamboo's, of each round."""

    rounds: dict[tuple[str, str, str], list[tuple[float | None, float]]] = field(default_factory=dict)

    def add(self, which: str, what: str, unit: str, floor: float | None, ours: float) -> None:
        self.rounds.setdefault((which, what, unit), []).append((floor, ours))

    def show(self, *, rounds: int) -> None:
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        table = Table(
            box=SIMPLE,
            pad_edge=False,
            title=f"Beside the plain floor, {day}, {machine}: medians of {rounds} rounds",
        )
        for number, column in enumerate(("", "", "floor", "Bamboo", "×", "spread", "goal")):
            table.add_column(column, justify="left" if number < 2 else "right", no_wrap=True)
        last = ""
        for (which, what, unit), figures in self.rounds.items():
            table.add_row("" if which == last else which, what, *_row(unit, figures), _GOALS.get(what, ""))
            last = which
        Console(width=None if os.isatty(1) else 130).print(table)


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
