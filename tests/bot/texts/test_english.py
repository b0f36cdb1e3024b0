"""Every sentence that refuses something reads in English as it did when somebody last looked at it.

`english_refusals.json` is what `english()` gave then: a snapshot, which says nothing of whether a sentence is
good. One that is meant to change changes there too, and so is read by whoever reviews it.
"""

import inspect
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot import errors
from bot.access import refusals as access
from bot.catalog import refusals as catalog
from bot.checkout import refusals as checkout
from bot.errors import BambooError
from bot.fulfilment import refusals as fulfilment
from bot.giving import refusals as giving
from bot.invoices import refusals as invoices
from bot.money import Money
from bot.texts import Text, markdown

RECORDED: dict[str, str] = json.loads(
    Path(__file__).with_name("english_refusals.json").read_text(encoding="utf-8")
)
SAMPLES: dict[str, list[Any]] = {
    "explained": ["", "Paid with stolen *cards*."],
    "roles": [[markdown("**Fan**")], [markdown("**Fan**"), markdown("**Mod**")]],
    "sentence": ["Back on *Monday*."],
    "again_at": [datetime(2026, 1, 1, tzinfo=UTC)],
    "at_least": [3],
    "at_most": [0, 3],
    "candidates": [[], ["A*"], ["A*", "B", "C"], ["a", "b", "c", "d", "e", "f", "g"]],
    "cap": [Money(1250, "USD")],
    "channel_id": [3],
    "currency": ["USD"],
    "decimal": [markdown("$1.00")],
    "example": [date(2027, 3, 1)],
    "gift": [False, True],
    "instead": [markdown("Use /help.")],
    "least": [Money(1250, "USD")],
    "left": [3],
    "most": [3],
    "member_id": [3],
    "name": ["Al*ice"],
    "new": [Money(1250, "USD")],
    "number": [3],
    "old": [Money(1250, "USD")],
    "open_links": [1, 3],
    "product": ["*Oak* tree"],
    "reason": [markdown("because *x*")],
    "role": ["Mod*"],
    "shop": ["EUR"],
    "since": [datetime(2026, 1, 1, tzinfo=UTC)],
    "state": [markdown("paid")],
    "thousands": [Money(100_000, "USD")],
    "told": [False, True],
    "total": [Money(1250, "USD")],
    "typed": ["*12"],
    "until": [datetime(2026, 1, 1, tzinfo=UTC), None],
    "variants": [["R*", "B"]],
    "waited": [False, True],
    "why": [None, markdown("Because.")],
}
MONEY = {"left", "most"}
"""What is a number for some, and an amount for others."""
WITH_FACTS = (
    catalog.FreeProduct,
    catalog.NoLongerAvailable,
    errors.NotHere,
    catalog.NotYetAvailable,
    catalog.OutOfStock,
    catalog.ProductGone,
    errors.TooManyPurchases,
    catalog.VariantNeeded,
)

Refuse = Callable[..., BambooError]


def everything() -> Iterator[tuple[str, Refuse]]:
    for module in (access, catalog, checkout, fulfilment, giving, invoices):
        yield from _of(module, inspect.isfunction)
    for module in (errors, checkout, fulfilment):
        for name, kind in _of(module, inspect.isclass):
            if issubclass(kind, BambooError) and "__init__" not in vars(kind):
                yield name, partial(_plain, kind)
    yield from ((kind.__name__, kind) for kind in WITH_FACTS)


def _plain(kind: type[BambooError]) -> BambooError:
    return kind()


def _of(module: ModuleType, wanted: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    for name, found in vars(module).items():
        if wanted(found) and found.__module__ == module.__name__ and not name.startswith("_"):
            yield name, found


def samples(refuse: Refuse) -> Iterator[dict[str, Any]]:
    """All that it can be given, by what its arguments are called."""
    parameters = list(inspect.signature(refuse).parameters.values())
    values = [_values(each) for each in parameters]
    for chosen in itertools.product(*values):
        yield {each.name: value for each, value in zip(parameters, chosen, strict=True)}


def _values(parameter: inspect.Parameter) -> list[Any]:
    if parameter.name in MONEY and parameter.annotation is Money:
        return [Money(1250, "USD")]
    if parameter.name == "until" and parameter.annotation is datetime:
        return [datetime(2026, 1, 1, tzinfo=UTC)]
    if parameter.name == "why" and parameter.annotation is Text:
        return [markdown("Because.")]
    return SAMPLES[parameter.name]


def spelled(name: str, given: dict[str, Any]) -> str:
    return " ".join([name, *(f"{each}={value!s}" for each, value in given.items())])


def english() -> dict[str, str]:
    return {
        spelled(name, given): str(refuse(**given).sentence)
        for name, refuse in everything()
        for given in samples(refuse)
    }


def test_every_refusal_says_what_it_said() -> None:
    assert english() == RECORDED


def test_there_are_many() -> None:
    assert len(RECORDED) > 90


@pytest.mark.parametrize("error", [errors.Rejected("Your *card*"), errors.NotFound("Your *card*")])
def test_the_stores_own_words_are_escaped(error: BambooError) -> None:
    assert str(error.sentence) == r"Your \*card\*"
