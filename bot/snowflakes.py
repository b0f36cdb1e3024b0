"""Discord's ids, wherever they arrive as text or from a settings file."""

import re
from typing import Final

ABOVE_ALL_IDS: Final = 2**63
"""Discord gets there in 2084; until then its ids have up to 19 digits, and fit the database's integers."""
DIGITS: Final = r"[1-9][0-9]{0,19}"
"""As many as 64 bits can have."""
_ID: Final = re.compile(DIGITS)


def snowflake(text: str) -> int | None:
    """The id that somebody claims, if it may be one."""
    if not _ID.fullmatch(text):
        return None
    number = int(text)
    return number if number < ABOVE_ALL_IDS else None
