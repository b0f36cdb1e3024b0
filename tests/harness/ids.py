"""Discord ids for tests that make their own: of today's size, which is 19 digits."""

from typing import Final

_TODAY: Final = 1_456_125_235_200_000_000
"""What Discord gives out at the beginning of 2026."""


def discord_id(number: int) -> int:
    """Always the same for the same number, and another for every other."""
    return _TODAY + number
