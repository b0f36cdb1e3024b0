"""The benchmark: `python -m bench`, one part of it, or `quick`: the comparison with the floor, small."""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

from bench import members, search, side_by_side, startup, webhooks

QUICK: Final = "quick"
PARTS: Final[dict[str, Callable[[], object]]] = {
    "side_by_side": side_by_side.main,
    "members": members.main,
    "search": lambda: asyncio.run(search.main()),
    "startup": startup.main,
    "webhooks": webhooks.main,
    QUICK: partial(side_by_side.main, side_by_side.QUICK),
}


def main(names: list[str]) -> int:
    """Run the parts, all but the quick one without names; 1 if a budget was not kept."""
    unknown = set(names) - PARTS.keys()
    if unknown:
        print(
            f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.", file=sys.stderr
        )
        return 2
    kept = [PARTS[name]() for name in names or [each for each in PARTS if each != QUICK]]
    return int(False in kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
