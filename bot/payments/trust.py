"""Whether a payment is for what we sold. Anyone can make a session with any items and any metadata."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from bot.pandabase.schemas.orders import StoreItem, StoreOrder
from bot.sales.models import AnyLine, Basket, Session


class Reason(StrEnum):
    """Why a payment isn't taken for what it says it is."""

    NOT_SIGNED = "not_signed"
    USED_ALREADY = "used_already"
    ITEMS_MISSING = "items_missing"
    ITEMS_DIFFER = "items_differ"
    AMOUNT_MISSING = "amount_missing"
    AMOUNT_TOO_SMALL = "amount_too_small"
    AMOUNT_TOO_LARGE = "amount_too_large"
    BELOW_MINIMUM = "below_minimum"
    NOTHING_PAID = "nothing_paid"
    OTHER_CURRENCY = "other_currency"


SENTENCES: Final = {
    Reason.NOT_SIGNED: "It names one of this shop's sales, but this bot didn't make its checkout.",
    Reason.USED_ALREADY: "It carries the signature of a sale that another checkout belongs to.",
    Reason.ITEMS_MISSING: "The store didn't say what was bought.",
    Reason.ITEMS_DIFFER: "What was bought isn't what was sold.",
    Reason.AMOUNT_MISSING: "The store didn't say how much was paid.",
    Reason.AMOUNT_TOO_SMALL: "Less was paid than was asked for, and no discount explains it.",
    Reason.AMOUNT_TOO_LARGE: "More was paid than was asked for, and no tax explains it.",
    Reason.BELOW_MINIMUM: "Less was paid than the product's minimum.",
    Reason.NOTHING_PAID: "Nothing was paid, and no trial of a subscription explains it.",
    Reason.OTHER_CURRENCY: "It was paid in another currency than it was sold in.",
}

_INVISIBLE: Final = frozenset({"Cf", "Cc", "Cs"})
"""Unicode's categories of what joins, turns or ends something, and shows nothing itself."""
_UNREADABLE: Final = -(10**15)
"""A quantity that matches nothing, whatever it is added to."""


def reasons_against(
    basket: Basket, session: Session | None, order: StoreOrder, *, has_subscription: bool
) -> list[Reason]:
    """Why the order isn't a payment of the basket; empty when it is."""
    reasons = []
    if order.items is None:
        reasons.append(Reason.ITEMS_MISSING)
    elif not has_same_items(basket, order):
        reasons.append(Reason.ITEMS_DIFFER)
    if order.currency and order.currency != basket.currency:
        reasons.append(Reason.OTHER_CURRENCY)
    wrong = _amount(basket, session, order, has_subscription=has_subscription)
    return reasons if wrong is None else [*reasons, wrong]


def reasons_against_renewal(basket: Basket, order: StoreOrder, *, plan: str | None = None) -> list[Reason]:
    """Why the order isn't another period of a subscription in the basket, now of the product `plan`."""
    reasons = []
    if order.items is not None:
        sold = {plan, *(line.product_id for line in basket.lines)}
        if any(item.product_id is not None and item.product_id not in sold for item in order.items):
            reasons.append(Reason.ITEMS_DIFFER)
    if order.currency and order.currency != basket.currency:
        reasons.append(Reason.OTHER_CURRENCY)
    if order.amount is None or order.amount < 0:
        reasons.append(Reason.AMOUNT_MISSING)
    return reasons


def has_same_items(basket: Basket, order: StoreOrder) -> bool:
    """Whether the order says what was bought, and it is what is in the basket."""
    return order.items is not None and _bought(order.items) == _sold(basket.lines)


def named_discount(order: StoreOrder) -> int:
    """Cents that the order itself names as taken off."""
    return (order.payment.discount_amount or 0) if order.payment else 0


def names_a_discount(order: StoreOrder) -> bool:
    """Whether it says that a coupon was used. Most orders don't say how much that took off.

    Coupons are the shop's own, and what is in a session of ours isn't the payer's to change: at such a
    session the store's word is enough.
    """
    coupon = order.payment.coupon_code if order.payment else None
    return order.discounted or bool(order.discount_code or coupon)


def _amount(
    basket: Basket, session: Session | None, order: StoreOrder, *, has_subscription: bool
) -> Reason | None:
    amount = order.amount
    if amount is None or amount < 0:
        return Reason.AMOUNT_MISSING
    if amount == 0:
        trial = has_subscription and all(line.trial_days for line in basket.lines)
        return None if trial else Reason.NOTHING_PAID
    discounts = {0, named_discount(order), (session.discount or 0) if session else 0}
    if basket.subtotal is None:
        least = sum((line.unit_amount or line.minimum) * line.quantity for line in basket.lines)
        return None if amount >= least - max(discounts) else Reason.BELOW_MINIMUM
    # What its own page asked for: the sale may have been put up again at another price since.
    asked = session.amount if session else None
    subtotal = basket.subtotal.amount if asked is None else asked
    tax = (order.payment.tax_amount or 0) if order.payment else 0
    # Before tax by the store's documentation; with it only where the order names that tax.
    fitting = {subtotal - discount + extra for discount in discounts for extra in (0, tax)}
    if amount in fitting or (session is not None and names_a_discount(order) and 0 < amount < subtotal):
        return None
    return Reason.AMOUNT_TOO_SMALL if amount < subtotal else Reason.AMOUNT_TOO_LARGE


def _visible(name: str) -> str:
    """What a person sees of a name: stores and browsers change how it is written."""
    seen = "".join(char for char in name if unicodedata.category(char) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def _sold(lines: Iterable[AnyLine]) -> Counter[tuple[str, str]]:
    sold: Counter[tuple[str, str]] = Counter()
    for line in lines:
        # What isn't in the catalog has no id: its name is what it is.
        sold[line.product_id or f"={_visible(line.title)}", line.variant_id or ""] += line.quantity
    return sold


def _bought(items: Sequence[StoreItem]) -> Counter[tuple[str, str]]:
    bought: Counter[tuple[str, str]] = Counter()
    for item in items:
        quantity = item.quantity if item.quantity is not None and item.quantity > 0 else _UNREADABLE
        bought[item.product_id or f"={_visible(item.name or '')}", item.variant_id or ""] += quantity
    return bought
