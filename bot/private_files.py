"""Files that nobody but the bot's own user may read, whatever the umask is."""

import logging
import os
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
