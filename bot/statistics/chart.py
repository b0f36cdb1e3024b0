"""Draws revenue as a picture, where matplotlib is there (the extra `charts`).

Its ground is its own, so that it reads alike in Discord's dark and its light theme.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

GROUND: Final = "#2b2d31"
WRITING: Final = "#dbdee1"
BARS: Final = "#8d96f6"
_FAINT: Final = "#4e5058"
_WIDTH, _HEIGHT, _DPI = 8.0, 2.8, 100
"""Inches, and dots for each: 800 pixels wide."""
_MOST_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class BarChart:
    """One row of bars; each has its label, and its height in cents, which `written` writes as an amount."""

    title: str
    labels: Sequence[str]
    amounts: Sequence[int]
    written: Callable[[int], str]


def can_draw() -> bool:
    return find_spec("matplotlib") is not None


def draw(panels: Sequence[BarChart]) -> bytes:
    """A PNG. It takes a second: not for the event loop. Raises ImportError without matplotlib."""
    from matplotlib.figure import Figure  # noqa: PLC0415 -- an extra, and slow to import
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 -- the same

    size = (_WIDTH, _HEIGHT * len(panels))
    figure = Figure(figsize=size, dpi=_DPI, facecolor=GROUND, layout="constrained")
    for axes, panel in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        axes.set_facecolor(GROUND)
        places = range(len(panel.amounts))
        axes.bar(places, panel.amounts, color=BARS, width=0.8)
        axes.set_title(panel.title, color=WRITING, loc="left", fontsize=12)
        axes.set_xlim(-0.6, len(panel.amounts) - 0.4)
        axes.set_ylim(bottom=0, top=max(panel.amounts, default=0) * 1.08 or 100)
        every = -(-len(panel.labels) // _MOST_LABELS)
        axes.set_xticks(list(places)[::every], list(panel.labels)[::every])
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda cents, _place, panel=panel: panel.written(cents)))
        axes.tick_params(colors=WRITING, length=0, pad=6)
        axes.grid(axis="y", color=_FAINT, linewidth=0.6)
        axes.set_axisbelow(True)
        for side in axes.spines.values():
            side.set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
