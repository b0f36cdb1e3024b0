"""Logging to stderr: as lines for people or as JSON for machines, without secrets and links."""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from textwrap import indent
from typing import Any, Final, Protocol, TextIO
from urllib.parse import quote

from aiohttp import WSServerHandshakeError
from pydantic import SecretStr

from bot.network_trouble import in_words


class LogStyle(Protocol):
    """What of the settings logging needs."""

    @property
    def level(self) -> str: ...

    @property
    def format(self) -> str:
        """`text` or `json`."""
        ...


MASK: Final = "***"

_NOISY: Final = ("discord", "aiohttp", "asyncio", "alembic")
"""Libraries that speak of every request at INFO; their warnings are wanted."""
_TELLS_OF_OUTAGES: Final = ("discord.client", "discord.shard")
_TALKS_OF_ROWS: Final = ("aiosqlite", "sqlalchemy")
"""At DEBUG these would write out every row, and with it the ids that payment pages are found by."""

_WORD: Final = re.compile(r"""[^\s"'<>]+""")
_ESCAPED_SLASH: Final = re.compile(r"\\/|%2f", re.IGNORECASE)
_LINK: Final = re.compile(
    r"(?<![\w.-])/c/|^[\w-]+(?:\.[\w-]+)+(?::\d+)?/c/"  # the path alone, or after a host; not /home/c/
    r"|(?<![a-z0-9])cs_|/pay_|//pay\.",
    re.IGNORECASE,
)
"""What makes a word with a slash in it a checkout link: the id of a session alone is no secret."""
_SHAPES: Final = (
    # A Discord bot's token: id, time and signature, each in base64.
    (re.compile(r"(?<![\w-])[\w-]{20,40}\.[\w-]{5,8}\.[\w-]{25,110}(?![\w-])"), MASK),
    # Tokens of interactions and webhooks in Discord's addresses: whoever has one can write as the bot.
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[^\s/?\"'<>]+"), rf"\1{MASK}"),
    # The same outside an address: they are base64 that begins with "interaction:".
    (re.compile(r"aW50ZXJhY3Rpb24[\w+/=-]*"), MASK),
    (
        re.compile(r"""(["'][\w-]*(?:token|secret|authorization)["']\s*[:=]\s*["'])[^"']+""", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (re.compile(r"\b(Bearer|Bot)\s+[\w.~+/=-]{16,}"), rf"\1 {MASK}"),
    # Pandabase's secrets and ids of tokens, and its webhooks' secrets.
    (re.compile(r"(?<![A-Za-z0-9])(?:sk|stk|whsec|wh_sk|whk_secret)_[\w+/=-]+"), MASK),
    # Name and password in the address of a database or proxy.
    (re.compile(r"(?<=://)[^\s/]+@"), f"{MASK}@"),
)
_PLAIN_ATTRIBUTES: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _in_a_sentence(record: logging.LogRecord) -> bool:
    """discord.py has a traceback for each attempt to reconnect, though only networks fail there."""
    if str(record.msg).startswith("Attempting a reconnect") and record.exc_info:
        error = record.exc_info[1]
        assert error is not None and record.args  # noqa: S101, PT018
        reason = (
            f"it answers {error.status}" if isinstance(error, WSServerHandshakeError) else in_words(error)
        )
        wait = tuple(record.args)[-1]
        record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
        record.msg = "Discord's gateway can't be reached (%s); the next attempt is in %.0f seconds"
        record.args = (reason, wait)
    return True


def configure_logging(settings: LogStyle, secrets: Iterable[SecretStr] = ()) -> None:
    """Send every record to stderr; calling it again replaces what it set up before.

    `secrets` are masked wherever they turn up, besides everything that looks like a secret or a link.
    """
    mask = mask_of(secrets)
    formatter = JsonFormatter(mask) if settings.format == "json" else TextFormatter(mask)
    handler = _Handler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for former in [known for known in root.handlers if isinstance(known, _Handler)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(settings.level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(_noisy_level(settings.level))
    for name in _TALKS_OF_ROWS:
        logging.getLogger(name).setLevel(_warnings_at_most(settings.level))
    for name in _TELLS_OF_OUTAGES:
        logging.getLogger(name).addFilter(_in_a_sentence)


def _noisy_level(level: str) -> int:
    # At DEBUG everything is wanted, and at ERROR no library's warnings.
    return logging.NOTSET if level == "DEBUG" else _warnings_at_most(level)


def _warnings_at_most(level: str) -> int:
    return max(logging.WARNING, logging.getLevelNamesMapping()[level])


def mask_secrets(text: str) -> str:
    """Replace what looks like a secret or a checkout link, whatever its value."""
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return _WORD.sub(_mask_link, text)


def mask_of(secrets: Iterable[SecretStr]) -> Callable[[str], str]:
    """Return `mask_secrets` that also replaces these values, also as an address, repr or JSON writes them."""
    spellings: set[str] = set()
    for value in {secret.get_secret_value() for secret in secrets} - {""}:
        escaped = value.replace("\\", "\\\\")
        spellings |= {value, quote(value, safe=""), escaped}
        spellings |= {escaped.replace(mark, f"\\{mark}") for mark in "'\""}
    if not spellings:
        return mask_secrets
    # Longest first: a secret may begin with another one.
    known = re.compile("|".join(map(re.escape, sorted(spellings, key=len, reverse=True))))
    return lambda text: mask_secrets(known.sub(MASK, text))


def _mask_link(word: re.Match[str]) -> str:
    plain = _ESCAPED_SLASH.sub("/", word[0])
    is_link = "/" in plain and (_LINK.search(plain) or ("//" in plain and "/c/" in plain))
    return MASK if is_link else word[0]


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's name
        # Python's own would print the record's arguments as they are.
        with suppress(OSError, ValueError):
            self.stream.write(
                f"{record.name}: a record could not be written ({type(sys.exception()).__name__})\n"
            )


class _MaskingFormatter(logging.Formatter):
    # Masking happens here and not in a filter, because only here the text of an exception is known.

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask

    def message_of(self, record: logging.LogRecord) -> str:
        try:
            return self._mask(record.getMessage())
        except Exception:  # noqa: BLE001 -- else logging prints the arguments to stderr as they are
            return self._mask(f"{record.msg} {record.args!r}")

    def exception_of(self, record: logging.LogRecord) -> str:
        parts = (
            self.formatException(record.exc_info) if record.exc_info else record.exc_text,
            self.formatStack(record.stack_info) if record.stack_info else None,
        )
        return self._mask("\n".join(part for part in parts if part))

    def extras_of(self, record: logging.LogRecord) -> dict[str, Any]:
        extras = {key: value for key, value in vars(record).items() if key not in _PLAIN_ATTRIBUTES}
        return {self._mask(key): self.masked(value) for key, value in extras.items()}

    def masked(self, value: object) -> Any:
        """The value as JSON can hold it, with every text in it masked."""
        match value:
            case float() if not isfinite(value):
                return str(value)  # JSON has no infinity
            case None | bool() | int() | float():
                return value
            case dict():
                return {self._mask(str(key)): self.masked(inner) for key, inner in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.masked(inner) for inner in value]
        return self._mask(str(value))


def _instant(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TextFormatter(_MaskingFormatter):
    """`2026-06-01T12:00:00.000Z INFO bot.checkout: text key=value`, and an exception indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(f" {key}={value}" for key, value in self.extras_of(record).items())
        line = f"{_instant(record)} {record.levelname:<8} {record.name}: {self.message_of(record)}{extras}"
        exception = self.exception_of(record)
        shown = _one_line(line)
        return f"{shown}\n{indent(_harmless(exception), '  ')}" if exception else shown


class JsonFormatter(_MaskingFormatter):
    """One object per line: time (UTC), level, logger, message, exception if there is one, extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            **self.extras_of(record),
            "time": _instant(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message_of(record),
        }
        exception = self.exception_of(record)
        return json.dumps(fields | ({"exception": exception} if exception else {}))


def _one_line(text: str) -> str:
    # A member's name with a line break in it must not look like a line of the log.
    return _harmless(text).replace("\n", "\\n")


def _harmless(text: str) -> str:
    """The text with control characters, which could steer a terminal, written as escapes."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


# --- log lines that strangers or a long trouble can bring about again and again -----------------------


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
