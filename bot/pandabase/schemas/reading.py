"""How values of an answer are read where the store may send less, more or something else than promised."""

import logging
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

log = logging.getLogger("bot.pandabase")

T = TypeVar("T")

LARGEST_AMOUNT = 2**31 - 1
"""Cents: what a column of the database holds, and far more than a checkout may ask for."""


def _without_unreadable(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Read a list without the entries that can't be read: one odd product must not hide the others."""
    if value is None:
        return handler(())
    try:
        return handler(value)
    except ValidationError as error:
        if not isinstance(value, list):
            raise
        wrong = {
            found["loc"][0]: f"{'.'.join(map(str, found['loc'][1:]))}: {found['msg']}"
            for found in error.errors(include_url=False, include_context=False, include_input=False)
        }
        for index, matter in wrong.items():
            entry = value[int(index)]
            name = entry.get("id") if isinstance(entry, dict) else None
            log.warning("left out an entry of the store's answer that can't be read: %s (%s)", name, matter)
        return handler([entry for index, entry in enumerate(value) if index not in wrong])


def _some_readable(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """The same, for a list that may not become empty by it: without its variants a product is another."""
    entries = _without_unreadable(value, handler)
    return entries if entries or not value else handler(value)


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _from_milliseconds(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number of milliseconds")  # noqa: TRY004 pydantic reports ValueError only
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("not a date") from error


def _or_empty(value: object) -> object:
    return "" if value is None else value


def _or_zero(value: object) -> object:
    return 0 if value is None else value


Readable = Annotated[tuple[T, ...], WrapValidator(_without_unreadable)]
"""A list without what can't be read in it; null reads as empty."""
ReadableIfAny = Annotated[tuple[T, ...], WrapValidator(_some_readable)]
"""The same, but an error where nothing of it can be read."""
Timestamp = Annotated[datetime, AfterValidator(_utc)]
"""ISO 8601 in the answer, aware UTC here; a time without a zone is UTC."""
MillisecondTimestamp = Annotated[datetime, BeforeValidator(_from_milliseconds)]
"""Unix milliseconds in the answer, aware UTC here."""
Text = Annotated[str, BeforeValidator(_or_empty)]
Cents = Annotated[int, Field(ge=0)]
CentsOrZero = Annotated[Cents, BeforeValidator(_or_zero)]
KeptCents = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]
KeptCentsOrZero = Annotated[KeptCents, BeforeValidator(_or_zero)]
Id = Annotated[str, Field(min_length=1)]
SessionId = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
"""A `cs_…`: nothing in it that can't be stored, or found again."""
Currency = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$"), AfterValidator(str.upper)]
"""ISO 4217, in capitals."""
