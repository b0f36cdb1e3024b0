"""Instants as the database keeps them, for tests that look into the file or write to it."""

from datetime import UTC, datetime


def milliseconds(moment: datetime | str) -> int:
    """Since 1970; a text such as `2026-01-01 06:00:00` is UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
