"""The public names of what is sold, and of what waits for a click."""

import secrets
from typing import Final

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else
_LENGTH: Final = 10


def new_reference() -> str:
    """Unguessable enough that nobody finds another's by trying (49 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
