"""What is said, and which refusal it is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.errors import BambooError
from bot.texts.stored import loads

Kind = str | type[BambooError]
"""The code of a refusal, or the class of an error that has a name of its own."""


def kind_of(error: BaseException) -> Kind:
    assert isinstance(error, BambooError)
    return error.code or type(error)


@contextmanager
def refused(*kinds: Kind, match: str | None = None) -> Iterator[pytest.ExceptionInfo[BambooError]]:
    """What is done inside raises one of these kinds of error, and no other."""
    with pytest.raises(BambooError, match=match) as caught:
        yield caught
    assert kind_of(caught.value) in kinds


def english(kept: str) -> str:
    """In English, a text as the database keeps it."""
    return str(loads(kept))
