"""What an order's lines cost: what is said of a line may be for one unit of it, or for all of them.

The Store API gives a line's `price`, a webhook its `amount`, and all that is documented of either is of one
unit. So both readings are tried, and the one counts that the signature or the order's own amount fits.
"""

from collections.abc import Sequence

from bot.pandabase.schemas.orders import StoreItem, StoreOrder

Lines = tuple[StoreItem, ...]


def readings(items: Sequence[StoreItem]) -> list[Lines]:
    """The lines with the price of one unit: first as if that is what is said, then as a share of it."""
    per_unit = tuple(_priced(item, item.said) for item in items)
    per_line = tuple(_priced(item, _share(item)) for item in items)
    can_be_shared = all(
        line.price is not None or item.said is None for item, line in zip(items, per_line, strict=True)
    )
    return [per_unit, per_line] if can_be_shared and per_line != per_unit else [per_unit]


def lines_of(order: StoreOrder) -> Lines:
    """The order's lines by the reading that its amount fits; with what is said for one unit if none does."""
    found = readings(order.items or ())
    discount = (order.payment.discount_amount or 0) if order.payment else 0
    sums = (order.amount, (order.amount or 0) + discount)
    return next((lines for lines in found if _sum(lines) in sums), found[0])


def _priced(item: StoreItem, price: int | None) -> StoreItem:
    return item.model_copy(update={"price": price, "amount": None})


def _share(item: StoreItem) -> int | None:
    """What one unit costs if what is said is for all of them."""
    if item.said is None or not item.quantity or item.said % item.quantity:
        return None
    return item.said // item.quantity


def _sum(lines: Lines) -> int:
    return sum((line.price or 0) * (line.quantity or 0) for line in lines)
