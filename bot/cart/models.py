"""What a cart holds, how each of its lines stands now, and what together keeps it from being bought."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.cart.refusals import bought_by_itself, cart_full, cart_total_too_large, cart_total_too_small
from bot.catalog.availability import Line
from bot.catalog.refusals import too_many_per_customer
from bot.checkout.models import AnyLine, Basket
from bot.errors import Refusal
from bot.money import MAXIMUM_TOTAL, MINIMUM_TOTAL, Money

MOST_LINES: Final = 10
"""Items of one checkout; source: Pandabase's checkout OpenAPI file."""
_MARK_LENGTH: Final = 8
"""Hexadecimal digits: enough to tell ten lines apart, and a few states of one cart."""


@dataclass(frozen=True, slots=True)
class Cart:
    """The lines as their member last saw them, in the order in which they came."""

    lines: tuple[Line, ...] = ()
    coupon: str | None = None


@dataclass(frozen=True, slots=True)
class CartEntry:
    """A line as it can be bought now, or as it was last seen and the `refusal` that says why it can't.

    `seen` is the price of one unit (cents) that was shown before, if it is another now. `most` is how many
    units of the product one customer may have.
    """

    line: Line
    refusal: Refusal | None = None
    seen: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class PricedCart:
    """A cart at today's prices. `is_current` says that the store told them just now."""

    entries: tuple[CartEntry, ...] = ()
    coupon: str | None = None
    is_current: bool = True

    @property
    def total(self) -> Money | None:
        """Of what can be bought, before coupon and tax; None where the payer picks the price."""
        lines = [entry.line for entry in self.entries if entry.refusal is None]
        return Basket(tuple(lines)).subtotal if lines else None

    @property
    def problem(self) -> Refusal | None:
        """Why it can't be bought as it is, besides what its entries say for themselves."""
        lines = [entry.line for entry in self.entries]
        together = len(lines) > 1
        for line in lines:
            if together and is_bought_by_itself(line):
                return bought_by_itself(line.title)
        units = Counter[str]()
        for entry in self.entries:
            units[entry.line.product_id] += entry.line.quantity
            if entry.most is not None and units[entry.line.product_id] > entry.most:
                return too_many_per_customer(entry.line.title, entry.most)
        total = self.total
        if total is None or any(entry.refusal for entry in self.entries):
            return None
        if total.amount < MINIMUM_TOTAL:
            return cart_total_too_small(total, replace(total, amount=MINIMUM_TOTAL))
        if total.amount > MAXIMUM_TOTAL:
            return cart_total_too_large(total, replace(total, amount=MAXIMUM_TOTAL))
        return None

    @property
    def basket(self) -> Basket | None:
        """What a checkout is made of; None while something is in its way."""
        if not self.entries or self.problem is not None or any(entry.refusal for entry in self.entries):
            return None
        return Basket(tuple(entry.line for entry in self.entries), self.coupon, from_cart=True)

    @property
    def mark(self) -> str:
        """Tells what is bought from anything else, except by its price."""
        lines = [entry.line for entry in self.entries]
        bought = [[*_what(each), each.quantity, each.billing_interval, each.trial_days] for each in lines]
        return _digest([sorted(bought, key=str), self.coupon])


def mark_of_line(line: AnyLine) -> str:
    """Names a line in a button: what it is of, however many."""
    return _digest(_what(line))


def is_bought_by_itself(line: Line) -> bool:
    """Whether the store, or the guard on the price, takes nothing beside it.

    A checkout has one subscription at most, and where the payer picks a price none can be guarded.
    """
    return line.is_subscription or line.amount is None


def with_line(lines: Sequence[Line], added: Line) -> tuple[Line, ...]:
    """The lines with another one, or with this in the place of the one of the same thing.

    Raises bought_by_itself and cart_full.
    """
    kept = [added if _what(each) == _what(added) else each for each in lines]
    if added not in kept:
        kept.append(added)
    if len(kept) > 1:
        for line in kept:
            if is_bought_by_itself(line):
                raise bought_by_itself(line.title)
    if len(kept) > MOST_LINES:
        raise cart_full(MOST_LINES)
    return tuple(kept)


def units_of(lines: Sequence[Line], product_id: str, variant_id: str | None) -> int:
    """How many of it there are."""
    return sum(each.quantity for each in lines if _what(each) == (product_id, variant_id or ""))


def left_after(lines: Sequence[Line], taken: Sequence[AnyLine]) -> tuple[Line, ...]:
    """What remains of the lines: somebody may have added to them since the others were taken."""
    units = Counter[tuple[str, str]]()
    for each in taken:
        units[_what(each)] += each.quantity
    rest = [replace(each, quantity=each.quantity - units[_what(each)]) for each in lines]
    return tuple(each for each in rest if each.quantity > 0)


def _what(line: AnyLine) -> tuple[str, str]:
    return line.product_id or "", line.variant_id or ""


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:_MARK_LENGTH]
