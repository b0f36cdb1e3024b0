"""Memory that the process needs no more goes back to the system."""

import ctypes
from contextlib import suppress


def give_back_memory() -> None:
    """Have the C library return what was freed; it would keep it for a need that comes once in minutes.

    Only glibc can be asked. It takes a few milliseconds: it belongs into a thread.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
