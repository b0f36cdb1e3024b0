"""Who sees "thinking…" and waits for an answer, noted in a file: a process that is killed leaves them there.

A row would cost every command a transaction, and nobody could be noted while the database is held by somebody
else. A note is one short write into the system's memory, which outlives the process; a power cut it need not.
"""

import logging
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bot.jobs.models import Reply

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

_PLACE: Final = 1024
"""Bytes of the file that one note has: more than any takes, so that none moves when others come and go."""
_NAME_BYTES: Final = 4


class Asked(StrEnum):
    """What somebody waits for: what can be told them when nobody knows how far it came."""

    LOOK = "look"
    """To see something."""
    LINK = "link"
    """A payment link."""
    CHANGE = "change"
    """To have something done."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits. `retry` is the custom_id of a button that asks the same again, if there is one."""

    reply: Reply
    asked: Asked
    retry: str | None = None


_NOTE: Final = TypeAdapter(Waiting)


class WaitingAnswers:
    """The notes of this process, and those that dead ones left.

    Each process holds a file of its own, locked as long as it lives: what isn't locked is a dead one's.
    """

    def __init__(self, file: int | None) -> None:
        self._file = file
        self._taken: dict[int, datetime] = {}
        """The places of the notes, each with when (UTC) its token runs out."""
        self._free: list[int] = []
        self._places = 0
        self._left: dict[int, Waiting] = {}

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["WaitingAnswers"]:
        """The notes in files beginning with `path`; without a place for one, nothing is noted."""
        if sys.platform == "win32":  # which has no locks that tell a dead process's file from a living one's
            yield cls(None)
            return
        try:
            file, own = _own_file(path)
        except OSError as error:
            log.warning(
                "%s: who waits for an answer can't be noted (%s), and isn't told when the process is killed",
                path,
                error.strerror,
            )
            yield cls(None)
            return
        notes = cls(file)
        try:
            for other in path.parent.glob(f"{path.name}.*"):
                notes._take_over(other)
            yield notes
        finally:
            if not notes._taken:
                own.unlink(missing_ok=True)
            notes._file = None  # its number may be another file's from now on
            os.close(file)

    @property
    def left(self) -> dict[int, Waiting]:
        """Those whom a dead process left waiting, by their notes."""
        return self._left.copy()

    def note(self, waiting: Waiting) -> int:
        """Note that somebody waits; returns what `forget` needs."""
        if self._free:
            place = self._free.pop()
        else:
            place, self._places = self._places, self._places + 1
        self._taken[place] = waiting.reply.until
        self._write(place, _NOTE.dump_json(waiting))
        return place

    def forget(self, note: int) -> None:
        """They have their answer, or can't have one any more: nothing of the note is kept."""
        del self._taken[note]
        self._left.pop(note, None)
        self._free.append(note)
        self._write(note, b"")

    def forget_tokens(self, now: datetime) -> None:
        """Keep nothing of the notes whose tokens have run out, though what they are of is still under way."""
        for place, until in self._taken.items():
            if until <= now:
                self._write(place, b"")

    def _write(self, place: int, note: bytes) -> None:
        if self._file is None:
            return
        if len(note) >= _PLACE:
            log.warning("Who waits for an answer can't be noted: that takes %d bytes", len(note))
            return
        try:
            os.pwrite(self._file, note.ljust(_PLACE - 1) + b"\n", place * _PLACE)
        except OSError as error:
            log.warning("Who waits for an answer can't be noted: %s", error.strerror)

    def _take_over(self, other: Path) -> None:
        """Make a dead process's notes this one's."""
        with suppress(OSError):
            file = os.open(other, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its process lives
                for waiting in _read(file):
                    self._left[self.note(waiting)] = waiting
                os.ftruncate(file, 0)  # whoever opened it meanwhile finds nothing
                other.unlink()
            finally:
                os.close(file)


def _own_file(path: Path) -> tuple[int, Path]:
    """A new file that only its owner may read, locked before anybody can find it."""
    name = secrets.token_hex(_NAME_BYTES)
    draft, own = path.with_name(f".{path.name}.{name}"), path.with_name(f"{path.name}.{name}")
    file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    draft.rename(own)
    return file, own


def _read(file: int) -> Iterator[Waiting]:
    text = os.pread(file, os.fstat(file).st_size, 0)
    for start in range(0, len(text), _PLACE):
        note = text[start : start + _PLACE].strip(b" \n\0")
        with suppress(ValidationError):  # the process may have died while it wrote
            if note:
                yield _NOTE.validate_json(note)
