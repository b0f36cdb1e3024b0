"""What staff can take away as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BufferedIOBase
from typing import Final

from bot.storage.values import Row
from bot.texts import Text, text


class Export(StrEnum):
    """What is exported. The value stands in file names."""

    SALES = "sales"
    INVOICES = "invoices"
    AUDIT = "audit"

    @property
    def label(self) -> Text:
        return _LABELS[self]


_LABELS: Final[Mapping[Export, Text]] = {
    Export.SALES: text("Sales"),
    Export.INVOICES: text("Invoices"),
    Export.AUDIT: text("Audit"),
}


@dataclass(frozen=True, slots=True)
class ExportPosition:
    """After which row the next page goes on: the instant (UTC) and the number of its last one."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some rows as the database has them, and after which the next come; None after the last."""

    rows: Sequence[Row]
    last: ExportPosition | None


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file, open at its beginning, that nobody else can read; whoever has it closes it."""

    name: str
    file: BufferedIOBase
    rows: int
    is_zipped: bool
