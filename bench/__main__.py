"""The benchmark: `python -m bench`, or one part of it.

`quick` is the comparison with the floor, small; `write` puts the whole of it into docs/performance.md.
"""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

from bench import members, search, side_by_side, startup, webhooks

QUICK: Final = "quick"
WRITE: Final = "write"
PARTS: Final[dict[str, Callable[[], object]]] = {
    "side_by_side": side_by_side.main,
    "members": members.main,
    "search": lambda: asyncio.run(search.main()),
    "startup": startup.main,
    "webhooks": webhooks.main,
    QUICK: partial(side_by_side.main, side_by_side.QUICK),
    WRITE: partial(side_by_side.main, table=side_by_side.TABLE),
}


def main(names: list[str]) -> int:
    """Run the parts, without names each that measures something of its own; 1 if a budget was not kept."""
    unknown = set(names) - PARTS.keys()
    if unknown:
        print(
            f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.", file=sys.stderr
        )
        return 2
    kept = [PARTS[name]() for name in names or [each for each in PARTS if each not in {QUICK, WRITE}]]
    return int(False in kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
