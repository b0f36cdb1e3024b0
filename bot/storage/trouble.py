"""A database that another program locks, or a full disk: told to people, and once a minute to the log."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bot.errors import DatabaseAway, DatabaseBusy, DatabaseFull
from bot.logs import ThrottledLog
from bot.storage.server_connections import ServerBusy, ServerFull, ServerLost

log = logging.getLogger(__name__)

_OUT_OF_REACH: Final = ("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
_LOCKED: Final = (
    "The database can't be written: another program keeps the database locked. What is to be done waits; "
    "stop that program"
)
_FULL: Final = "The database can't be written: the disk is full. What is to be done waits; make room"
_AWAY: Final = "The database can't be used (%s). What is to be done waits"


def trouble_of(error: sqlite3.Error | ServerLost) -> DatabaseAway | None:
    """What keeps everybody from the database; None for an error of the statement itself.

    SQLite's errors are told apart by their names (https://www.sqlite.org/rescode.html).
    """
    name = getattr(error, "sqlite_errorname", "")
    if isinstance(error, ServerBusy) or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseBusy()
    if isinstance(error, ServerFull) or name.startswith("SQLITE_FULL"):
        return DatabaseFull()
    if isinstance(error, ServerLost) or name.startswith(_OUT_OF_REACH):
        return DatabaseAway()
    return None


class Trouble:
    """Tells the log of the trouble that there is, and of its end. `met` counts how often it was met."""

    def __init__(self) -> None:
        self.met = 0
        self._last: type[DatabaseAway] = DatabaseAway
        self._there = False
        self._log = ThrottledLog(log)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raises DatabaseAway for what keeps everybody from the database."""
        try:
            yield
        except (sqlite3.Error, ServerLost) as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            self._tell(trouble, error)
            raise trouble from error

    @property
    def now(self) -> DatabaseAway | None:
        """What was met last, until something could be written."""
        return self._last() if self._there else None

    @property
    def last(self) -> DatabaseAway:
        """What was met last, to be raised once more."""
        return self._last()

    def over(self) -> None:
        """Something could be written."""
        if self._there:
            self._there = False
            self._log = ThrottledLog(log)  # the next trouble is told at once
            log.info("The database can be written again")

    def _tell(self, trouble: DatabaseAway, error: Exception) -> None:
        self.met += 1
        self._last = type(trouble)
        self._there = True
        if isinstance(trouble, DatabaseBusy):
            self._log.error(_LOCKED)
        elif isinstance(trouble, DatabaseFull):
            self._log.error(_FULL)
        else:
            self._log.error(_AWAY, error)
