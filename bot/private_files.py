"""Files that nobody but the bot's own user may read, whatever the umask is."""

import errno
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

PRIVATE: Final = 0o600


def make_private(path: Path) -> None:
    """Have an empty file there that is private before anything is written to it; mend one that is there.

    Raises OSError when it can't be made.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    keep_private(path)


def kept_or_made(path: Path, make: Callable[[], str]) -> tuple[str, bool]:
    """The one line of text in a private file, and whether it was just made: it is on the first start.

    Raises OSError when the file can't be read or made, or has lost its line.
    """
    try:
        return _kept(path), False
    except FileNotFoundError:
        pass
    made = make()
    # Written aside and linked into place, so that two processes that start together agree on one.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    make_private(draft)
    draft.write_text(f"{made}\n", encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        return _kept(path), False
    finally:
        draft.unlink()
    return made, True


def _kept(path: Path) -> str:
    keep_private(path)
    kept = path.read_text(encoding="ascii").strip()
    if not kept:  # with an empty key anybody could sign
        raise OSError(
            errno.ENODATA, "it is empty; put back its copy, or delete it to have a new one made", str(path)
        )
    return kept


def keep_private(*paths: Path) -> None:
    """Close those of the files that are there to other users; where that isn't allowed, the log says so."""
    for path in paths:
        try:
            if path.stat().st_mode & 0o777 != PRIVATE:
                path.chmod(PRIVATE)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("%s: others may read this file, and that can't be changed (%s)", path, error.strerror)
