"""What an order's lines cost: what is said of a line may be for one unit of it, or for all of them.

Nobody documents which. So both readings are tried, and the one counts that the signature or the order's own
amount fits.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.payments.models import OrderItem
from bot.payments.provider import Order

Lines = tuple[OrderItem, ...]


def readings(items: Sequence[OrderItem]) -> list[Lines]:
    """The lines with the price of one unit: first as if that is what is said, then as a share of it."""
    per_unit = tuple(items)
    per_line = tuple(replace(item, price=_share(item)) for item in items)
    can_be_shared = all(
        line.price is not None or item.price is None for item, line in zip(items, per_line, strict=True)
    )
    return [per_unit, per_line] if can_be_shared and per_line != per_unit else [per_unit]


def lines_of(order: Order) -> Lines:
    """The order's lines by the reading that its amount fits; with what is said for one unit if none does."""
    found = readings(order.items or ())
    sums = (order.amount, (order.amount or 0) + (order.discount or 0))
    return next((lines for lines in found if _sum(lines) in sums), found[0])


def _share(item: OrderItem) -> int | None:
    """What one unit costs if what is said is for all of them."""
    if item.price is None or not item.quantity or item.price % item.quantity:
        return None
    return item.price // item.quantity


def _sum(lines: Lines) -> int:
    return sum((line.price or 0) * line.quantity for line in lines)
