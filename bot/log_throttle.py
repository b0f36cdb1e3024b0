"""Log lines that strangers or a long trouble can bring about again and again: one a minute of each kind."""

import logging
import time
from collections.abc import Callable
from typing import Final

EVERY: Final = 60.0
"""Seconds between two lines of one kind."""


class ThrottledLog:
    """A logger, by message template: the first line at once, then one a minute with how many it is for.

    Templates must be constants: each is remembered. `clock` counts seconds, from whenever.
    """

    def __init__(self, logger: logging.Logger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._written: dict[str, float] = {}
        self._unwritten: dict[str, int] = {}

    def warning(self, template: str, *values: object) -> None:
        self.log(logging.WARNING, template, *values)

    def error(self, template: str, *values: object, exc_info: bool = False) -> None:
        self.log(logging.ERROR, template, *values, exc_info=exc_info)

    def log(self, level: int, template: str, *values: object, exc_info: bool = False) -> None:
        """Write it, or count it for the next line of its kind."""
        now = self._clock()
        written = self._written.get(template)
        if written is not None and now - written < EVERY:
            self._unwritten[template] = self._unwritten.get(template, 0) + 1
            return
        self._written[template] = now
        unwritten = self._unwritten.pop(template, 0)
        if unwritten:
            template, values = (
                f"{template} (and %d times more since the last such line)",
                (*values, unwritten),
            )
        self._logger.log(level, template, *values, exc_info=exc_info or None)
