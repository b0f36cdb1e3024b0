"""Tables as files: CSV for spreadsheets, and JSON."""

import csv
import json
from collections.abc import Sequence
from typing import Any, Final, TextIO

from bot.storage.inspection import Row

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(found: Sequence[Row], file: TextIO) -> None:
    """With a line of names first."""
    writer = csv.writer(file)
    if found:
        writer.writerow(found[0])
    writer.writerows([csv_cell(value) for value in row.values()] for row in found)


def write_json(found: Sequence[Row], file: TextIO) -> None:
    """One list of objects."""
    json.dump([{name: _plain(value) for name, value in row.items()} for row in found], file, indent=1)
    file.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)  # a document
        except ValueError:
            return value
    return value


def csv_cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula begins with an apostrophe."""
    value = _plain(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return value
