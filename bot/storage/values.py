"""Values as the database keeps them, and back."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

_WRITTEN: Final = "%Y-%m-%d %H:%M:%S.%f"


class Row(Protocol):
    """What was found, by the names of its columns, or their numbers."""

    def __getitem__(self, name: Any, /) -> Any: ...


def with_zone(value: Any) -> Any:
    """The value as it is. Raises ValueError for a datetime without a zone: its instant can't be known."""
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone")
    return value


def stored(value: Any) -> Any:
    """What stands in a file for a value of ours. Raises as `with_zone` does."""
    if not isinstance(value, datetime):
        return value
    return with_zone(value).astimezone(UTC).strftime(_WRITTEN)


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
