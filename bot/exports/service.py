"""Writes what staff take away into a file, some rows at a time, off the event loop."""

import asyncio
import csv
import io
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import tzinfo
from io import BufferedIOBase
from typing import IO, Final, cast

from bot.exports.models import Export, ExportedFile
from bot.exports.refusals import export_too_large, nothing_to_export
from bot.exports.repository import ExportRepository, before, shaped
from bot.exports.tables import csv_cell
from bot.jobs.worker import Clock
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.staff.periods import ReportPeriod
from bot.storage.transaction import UnitOfWork
from bot.storage.values import Row

ROWS_AT_ONCE: Final = 1000
_ZIPPED_TO: Final = 20
"""Tables like these shrink to a twelfth or so; what is this many times too large needn't be tried."""
_SPARED: Final = 100_000
"""Bytes of the request that aren't the file."""


class Exports:
    """Days are those of the `zone`."""

    def __init__(self, database: UnitOfWork, audit: Audit, zone: tzinfo, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._zone = zone
        self._clock = clock

    async def write(
        self, guild_id: int, what: Export, period: ReportPeriod, *, limit: int, by: int
    ) -> ExportedFile:
        """A CSV file of at most `limit` bytes, or one in a ZIP file.

        Raises nothing_to_export and export_too_large.
        """
        room = max(0, limit - _SPARED)
        begins = period.begins(self._clock(), self._zone)
        with ExitStack() as opened:
            file = opened.enter_context(tempfile.TemporaryFile())
            place, rows = before(begins), 0
            while True:
                async with self._database.read() as tx:
                    page = await ExportRepository(tx).page(what, guild_id, place, ROWS_AT_ONCE)
                if page.last is None:
                    break
                await asyncio.to_thread(_append, file, what, page.rows, with_names=rows == 0)
                place, rows = page.last, rows + len(page.rows)
                if file.tell() > room * _ZIPPED_TO:
                    raise export_too_large()
            if rows == 0:
                raise nothing_to_export()
            name = f"{what.value}-{self._clock().astimezone(self._zone):%Y-%m-%d}"
            is_zipped = file.tell() > room
            if is_zipped:
                table, file = file, opened.enter_context(tempfile.TemporaryFile())
                await asyncio.to_thread(_zip, table, file, f"{name}.csv")
                table.close()
                if file.tell() > room:
                    raise export_too_large()
            async with self._database.write() as tx:
                details = {"what": what.value, "period": period.value, "rows": rows}
                await self._audit.write(tx, AuditEntry(guild_id, AuditAction.EXPORTED, by, details=details))
            file.seek(0)
            opened.pop_all()
            kind = "zip" if is_zipped else "csv"
            return ExportedFile(f"{name}.{kind}", cast("BufferedIOBase", file), rows, is_zipped)


def _append(file: IO[bytes], what: Export, rows: Sequence[Row], *, with_names: bool) -> None:
    """Spreadsheets take it for UTF-8 by the mark at its beginning."""
    written = [shaped(what, row) for row in rows]
    text_file = io.TextIOWrapper(file, encoding="utf-8-sig" if with_names else "utf-8", newline="")
    writer = csv.writer(text_file)
    if with_names:
        writer.writerow(written[0])
    writer.writerows([csv_cell(value) for value in row.values()] for row in written)
    text_file.detach()


def _zip(table: IO[bytes], file: IO[bytes], name: str) -> None:
    table.seek(0)
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as packed,
    ):
        shutil.copyfileobj(table, packed)
