"""Instants as the database keeps them, for tests that look into the file or write to it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from bot.storage.migrations import VERSIONS

_TABLE_OR_INSTANT: Final = re.compile(
    r"^(?:CREATE|ALTER) TABLE (\w+)|^\s+(?:ADD COLUMN )?(\w+) \{instant\}", re.MULTILINE
)


def _instants() -> Iterator[tuple[str, str]]:
    for script in sorted(VERSIONS.glob("*.sql")):
        table = ""
        for found in _TABLE_OR_INSTANT.finditer(script.read_text(encoding="utf-8")):
            table = found[1] or table
            if found[2]:
                yield table, found[2]


INSTANTS: Final = tuple(_instants())
"""Tables and their columns that are instants."""


def milliseconds(moment: datetime | str) -> int:
    """Since 1970; a text such as `2026-01-01 06:00:00` is UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
