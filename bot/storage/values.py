"""Values as the database keeps them, and back."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Row(Protocol):
    """What was found, by the names of its columns, or their numbers."""

    def __getitem__(self, name: Any, /) -> Any: ...


def stored(value: Any) -> Any:
    """What stands in the database for a value of ours: for an instant its milliseconds since 1970 UTC.

    Raises ValueError for a datetime without a zone: its instant can't be known.
    """
    if not isinstance(value, datetime):
        return value
    if value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone")
    return (value - _EPOCH) // _MILLISECOND


def instant(milliseconds: int) -> datetime:
    """The instant (UTC) that stands there."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def instant_or_none(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else instant(milliseconds)


def document(value: Any) -> str:
    """A list or dictionary as the JSON text that is kept."""
    return json.dumps(value)


def read_document(text: str | None) -> Any:
    """What `document` made a text of; None stays what it is."""
    return None if text is None else json.loads(text)


def columns(values: Iterable[str]) -> str:
    """`a, b`: the names of what an INSERT writes."""
    return ", ".join(values)


def places(values: Iterable[str]) -> str:
    """`:a, :b`: where their values stand."""
    return ", ".join(f":{name}" for name in values)


def assignments(values: Iterable[str]) -> str:
    """`a = :a, b = :b`: what an UPDATE sets."""
    return ", ".join(f"{name} = :{name}" for name in values)


def beginning(text: str) -> str:
    r"""What begins with the text, for `LIKE … ESCAPE '\'`."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"


def containing(text: str) -> str:
    r"""What contains the text, for `LIKE … ESCAPE '\'`."""
    return f"%{beginning(text)}"
