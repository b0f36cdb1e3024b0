"""Values as the database keeps them, and back."""

import json
from datetime import UTC, datetime
from typing import Any, Final, Protocol

_WRITTEN: Final = "%Y-%m-%d %H:%M:%S.%f"


class Row(Protocol):
    """What was found, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


def stored(value: Any) -> Any:
    """What stands in the database for a value of ours.

    Raises ValueError for a datetime without a zone: what instant it means can't be known.
    """
    if not isinstance(value, datetime):
        return value
    if value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone")
    return value.astimezone(UTC).strftime(_WRITTEN)


def instant(value: Any) -> datetime:
    """The instant (UTC) that stands there."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def instant_or_none(value: Any) -> datetime | None:
    return None if value is None else instant(value)


def document(value: Any) -> str:
    """A list or dictionary as the JSON text that is kept."""
    return json.dumps(value)


def read_document(text: Any) -> Any:
    """What `document` made a text of; None stays what it is."""
    return json.loads(text) if isinstance(text, str) else text
