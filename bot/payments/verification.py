"""Whether a payment is for what we sold. Anyone can make a session with any items and any metadata."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from bot.checkout.models import AnyLine, Basket, Session
from bot.payments.models import OrderItem
from bot.payments.order_lines import readings
from bot.payments.provider import Order
from bot.texts import text


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
    Reason.NOT_SIGNED: text(
        "It names one of this shop's purchases, but this bot didn't create its payment link."
    ),
    Reason.USED_ALREADY: text("It carries the signature of a purchase with another payment link."),
    Reason.ITEMS_MISSING: text("The store didn't say what was bought."),
    Reason.ITEMS_DIFFER: text("What was paid for isn't what was offered."),
    Reason.AMOUNT_MISSING: text("The store didn't say how much was paid."),
    Reason.AMOUNT_TOO_SMALL: text("Less was paid than was asked for, and no discount explains it."),
    Reason.AMOUNT_TOO_LARGE: text("More was paid than was asked for, and no tax explains it."),
    Reason.BELOW_MINIMUM: text("Less was paid than the product's minimum."),
    Reason.NOTHING_PAID: text("Nothing was paid, and no trial of a subscription explains it."),
    Reason.OTHER_CURRENCY: text("It was paid in another currency than it was sold in."),
}

ASKED_ABOUT: Final = frozenset(
    {
        Reason.ITEMS_MISSING,
        Reason.AMOUNT_MISSING,
        Reason.AMOUNT_TOO_SMALL,
        Reason.AMOUNT_TOO_LARGE,
        Reason.BELOW_MINIMUM,
        Reason.OTHER_CURRENCY,
    }
)
"""Where the order itself says more than its webhook: tax, discount, and what it was paid in."""
_INVISIBLE: Final = frozenset({"Cf", "Cc", "Cs"})
"""Unicode's categories of what joins, turns or ends something, and shows nothing itself."""
_UNREADABLE: Final = -(10**15)
"""A quantity that matches nothing, whatever it is added to."""


def reasons_against(
    basket: Basket, session: Session | None, order: Order, *, has_subscription: bool
) -> list[Reason]:
    """Why the order isn't a payment of the basket; empty when it is."""
    reasons = []
    if order.items is None:
        reasons.append(Reason.ITEMS_MISSING)
    elif not has_same_items(basket, order, prices=not _is_answered(session)):
        reasons.append(Reason.ITEMS_DIFFER)
    if order.currency and order.currency != basket.currency:
        reasons.append(Reason.OTHER_CURRENCY)
    wrong = _amount(basket, session, order, has_subscription=has_subscription)
    return reasons if wrong is None else [*reasons, wrong]


def reasons_against_renewal(basket: Basket, order: Order, *, plan: str | None = None) -> list[Reason]:
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


def has_same_items(basket: Basket, order: Order, *, prices: bool = True) -> bool:
    """Whether the order says what was bought, and it is what is in the basket.

    What isn't in the catalog costs what its session says, so its price has to be the same as well. Without
    `prices` it is a session that the store's answer to our own call named: nobody else wrote it.
    """
    if order.items is None:
        return False
    sold = _sold(basket.lines, prices=prices)
    return any(_bought(lines, prices=prices) == sold for lines in readings(order.items))


def named_discount(order: Order) -> int:
    """Cents that the order itself names as taken off."""
    return order.discount or 0


def names_a_discount(order: Order) -> bool:
    """Whether it says that a coupon was used. Most orders don't say how much that took off.

    Coupons are the shop's own, and what is in a session of ours isn't the payer's to change: at one that
    the store's answer to our own call named, the store's word is enough.
    """
    return order.has_coupon


def _amount(
    basket: Basket, session: Session | None, order: Order, *, has_subscription: bool
) -> Reason | None:
    amount = order.amount
    if amount is None or amount < 0:
        return Reason.AMOUNT_MISSING
    if amount == 0:
        trial = has_subscription and all(line.trial_days for line in basket.lines)
        return None if trial else Reason.NOTHING_PAID
    discounts = {0, named_discount(order), (session.discount or 0) if session else 0}
    total = _with_tax(order) if _is_answered(session) else None
    if basket.subtotal is None:
        least = sum((line.unit_amount or line.minimum) * line.quantity for line in basket.lines)
        return None if max(amount, total or 0) >= least - max(discounts) else Reason.BELOW_MINIMUM
    # What its own page asked for: the sale may have been put up again at another price since.
    asked = session.amount if session else None
    subtotal = basket.subtotal.amount if asked is None else asked
    tax = order.tax or 0
    # Before tax by the store's documentation; with it only where the order names that tax.
    fitting = {subtotal - discount + extra for discount in discounts for extra in (0, tax)}
    # Where prices include tax it may be without: at a page that is surely ours all of it is the price then.
    in_full = total is not None and total in {subtotal - discount for discount in discounts}
    if (
        amount in fitting
        or in_full
        or (_is_answered(session) and names_a_discount(order) and 0 < amount < subtotal)
    ):
        return None
    return Reason.AMOUNT_TOO_SMALL if amount < subtotal else Reason.AMOUNT_TOO_LARGE


def _with_tax(order: Order) -> int | None:
    """Cents that were paid in all, if the order says so and the tax that it names makes its amount that."""
    total, tax = order.total, order.tax
    if total is None or order.amount is None:
        return None
    explained = tax is None or order.amount + tax == total
    return total if explained and total > order.amount else None


def _is_answered(session: Session | None) -> bool:
    return session is not None and session.is_answered


def _visible(name: str) -> str:
    """What a person sees of a name: stores and browsers change how it is written."""
    seen = "".join(char for char in name if unicodedata.category(char) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", seen).split())


_What = tuple[str, str, int | None]
"""Product and variant; of what isn't in the catalog, name and price."""


def _sold(lines: Iterable[AnyLine], *, prices: bool) -> Counter[_What]:
    sold: Counter[_What] = Counter()
    for line in lines:
        name = f"={_visible(line.title)}"
        price = line.unit_amount if prices and line.product_id is None else None
        sold[line.product_id or name, line.variant_id or "", price] += line.quantity
    return sold


def _bought(items: Sequence[OrderItem], *, prices: bool) -> Counter[_What]:
    bought: Counter[_What] = Counter()
    for item in items:
        quantity = item.quantity if item.quantity > 0 else _UNREADABLE
        name = f"={_visible(item.name)}"
        price = item.price if prices and item.product_id is None else None
        bought[item.product_id or name, item.variant_id or "", price] += quantity
    return bought
