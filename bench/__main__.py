"""The benchmark: `python -m bench`, or one part of it; `--help` names them."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from bench import members, search, side_by_side, startup, webhooks

COMPARISON: Final = "side_by_side"
QUICK: Final = "quick"
WRITE: Final = "write"
PARTS: Final[dict[str, Callable[[], object]]] = {
    COMPARISON: side_by_side.main,
    "members": members.main,
    "search": lambda: asyncio.run(search.main()),
    "startup": startup.main,
    "webhooks": webhooks.main,
    QUICK: partial(side_by_side.main, side_by_side.QUICK),
    WRITE: partial(side_by_side.main, table=side_by_side.TABLE),
}
_MEASURE_THE_SAME: Final = frozenset({COMPARISON, QUICK, WRITE})
_HELP: Final = f"""
{COMPARISON} is the comparison with a plain bot, {QUICK} less of it in under three minutes. {WRITE} puts
the whole comparison into docs/performance.md. Without a name: every part but these two.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description=_HELP)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"what to measure: {', '.join(PARTS)}")
    parser.add_argument(
        "--only",
        action="append",
        choices=side_by_side.SECTIONS,
        default=[],
        help=f"this section of {COMPARISON} or {QUICK} alone; may be given several times",
    )
    return parser


def _refusal(parts: Sequence[str], only: Sequence[str]) -> str | None:
    """Why these don't go together; None if they do."""
    unknown = sorted(set(parts) - PARTS.keys())
    if unknown:
        return f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}"
    comparisons = [name for name in PARTS if name in parts and name in _MEASURE_THE_SAME]
    if len(comparisons) > 1:
        return f"{' and '.join(comparisons)} are the same comparison: name one of them"
    if only and WRITE in parts:
        return f"{WRITE} is for the whole comparison: leave --only out"
    if only and set(parts) - _MEASURE_THE_SAME:
        return f"--only is for {COMPARISON} and {QUICK}"
    return None


def main(arguments: Sequence[str]) -> int:
    """Run the parts; 1 if a budget was not kept. Raises SystemExit for what can't be run, and for --help."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if refusal := _refusal(given.parts, given.only):
        parser.error(refusal)
    if given.only:
        size = side_by_side.QUICK if QUICK in given.parts else side_by_side.FULL
        side_by_side.main(size, only=given.only)
        return 0
    kept = [PARTS[name]() for name in given.parts or [each for each in PARTS if each not in {QUICK, WRITE}]]
    return int(False in kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
