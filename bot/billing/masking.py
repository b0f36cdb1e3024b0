"""What is shown of somebody's details: enough to know them again, too little to learn them."""

from typing import Final

HIDDEN: Final = "•••"
"""The same for any length: that isn't told either."""
_SHOWN_WHOLE: Final = frozenset({"country"})
_WORDS: Final = 3


def masked(name: str, value: str) -> str:
    """The value of that field with all but a few first letters hidden."""
    if name in _SHOWN_WHOLE:
        return value
    if name == "email":
        user, _, host = value.rpartition("@")
        return f"{_begun(user)}@{_begun(host)}"
    if name == "tax_id":
        return _begun(value, letters=2)
    return " ".join(map(_begun, value.split()[:_WORDS]))


def _begun(word: str, letters: int = 1) -> str:
    """Its first letters where at least as many again and two more follow."""
    return (word[:letters] if len(word) >= 2 * letters + 1 else "") + HIDDEN
