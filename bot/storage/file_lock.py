"""One process serves an SQLite file: it holds a lock beside the file for as long as it runs.

The lock is the operating system's, and goes with the process that holds it, however that ends.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bot.errors import DatabaseLocked
from bot.private_files import make_private

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        # A lock of the process, not of the open file: what a child inherits doesn't hold it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def served_alone(path: Path) -> Iterator[None]:
    """Keep other processes from serving the database at `path`; reading it is open to all.

    Raises DatabaseLocked when another one does, and OSError when there can be no lock.
    """
    lock = path.with_name(f"{path.name}-lock")
    make_private(lock)
    with lock.open("r+b") as file:
        try:
            _take(file)
        except (BlockingIOError, PermissionError) as error:
            raise DatabaseLocked(
                f"{path}: another Bamboo serves this database; stop it first, "
                "or give this one a file of its own in storage.url"
            ) from error
        yield
