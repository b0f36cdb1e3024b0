"""The public names of what is sold, and of what waits for a click."""

import secrets
from typing import Final

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else
_LENGTH: Final = 10
_HOW_MANY: Final = len(_ALPHABET) ** _LENGTH


def new_reference() -> str:
    """Unguessable enough that nobody finds another's by trying (49 bits)."""
    number = secrets.randbelow(_HOW_MANY)  # one question to the system, not one for each letter
    letters = []
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)
