"""The benchmark: `python -m bench`, or one part of it: `python -m bench startup`."""

import asyncio
import sys
from collections.abc import Callable
from typing import Final

from bench import members, purchase, search, startup, webhooks

PARTS: Final[dict[str, Callable[[], object]]] = {
    "members": members.main,
    "purchase": purchase.main,
    "search": lambda: asyncio.run(search.main()),
    "startup": startup.main,
    "webhooks": webhooks.main,
}


def main(names: list[str]) -> int:
    """Run the parts, all of them without names; 1 if a budget was not kept."""
    unknown = set(names) - PARTS.keys()
    if unknown:
        print(
            f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.", file=sys.stderr
        )
        return 2
    kept = [PARTS[name]() for name in names or PARTS]
    return int(False in kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
