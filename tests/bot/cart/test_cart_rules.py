"""What a cart holds and comes to, whatever is put in and taken out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cart.models import (
    MOST_LINES,
    Cart,
    CartEntry,
    PricedCart,
    is_bought_by_itself,
    left_after,
    mark_of_line,
    units_of,
    with_line,
)
from bot.catalog.availability import Line
from bot.catalog.models import BillingInterval, PricingModel, ProductType
from bot.catalog.refusals import OutOfStock
from bot.errors import Refusal
from bot.money import MAXIMUM_TOTAL, MINIMUM_TOTAL
from bot.texts import NOTHING
from cogs.cart.view import CartView
from tests.harness.catalogs import assert_discord_takes, texts, written_once

VIEW = CartView(NOTHING)


@st.composite
def carted(draw: st.DrawFn, *, alone: bool = False, title: str | None = None) -> Line:
    """A line of one of a few products, so that some are of the same; `alone` allows any kind."""
    model = draw(st.sampled_from(PricingModel)) if alone else PricingModel.STANDARD
    picked = model is PricingModel.PAY_WHAT_YOU_WANT
    subscribed = alone and draw(st.booleans())
    return Line(
        product_id=f"prd_{draw(st.integers(0, 12))}",
        variant_id=draw(st.sampled_from([None, "var_1", "var_2"])),
        title=draw(texts) if title is None else title,
        unit_amount=None if picked else draw(st.integers(1, 200_000)),
        quantity=draw(st.integers(1, 999)),
        currency="USD",
        product_type=ProductType.SUBSCRIPTION if subscribed else ProductType.ONE_TIME,
        pricing_model=model,
        billing_interval=BillingInterval.MONTHLY if subscribed else None,
    )


def put_together(lines: list[Line]) -> tuple[Line, ...]:
    """A cart into which all of these were put, as far as they go in."""
    kept: tuple[Line, ...] = ()
    for line in lines:
        try:
            kept = with_line(kept, line)
        except Refusal:
            continue
    return kept


@given(st.lists(carted(alone=True, title="x"), max_size=25))
def test_whatever_is_put_in_one_checkout_takes_it(lines: list[Line]) -> None:
    kept = put_together(lines)

    assert len(kept) <= MOST_LINES
    assert len({mark_of_line(line) for line in kept}) == len(kept)
    assert len(kept) <= 1 or not any(map(is_bought_by_itself, kept))


@given(st.lists(carted(title="x"), max_size=10), st.lists(carted(title="x"), max_size=10))
def test_what_a_link_asks_for_leaves_and_nothing_else_does(lines: list[Line], taken: list[Line]) -> None:
    cart, sold = put_together(lines), put_together(taken)

    left = left_after(cart, sold)

    for line in cart:
        what = line.product_id, line.variant_id
        assert units_of(left, *what) == max(0, line.quantity - units_of(sold, *what))
    assert left_after(cart, cart) == ()
    assert left_after(cart, ()) == cart
    assert all(line.quantity > 0 for line in left)


@given(st.lists(carted(title="x"), min_size=1, max_size=12))
def test_the_total_is_the_sum_and_what_is_asked_for_is_within_the_stores_limits(lines: list[Line]) -> None:
    kept = put_together(lines)
    cart = PricedCart(tuple(map(CartEntry, kept)))

    total = sum((line.unit_amount or 0) * line.quantity for line in kept)
    assert cart.total is not None
    assert cart.total.amount == total
    assert (cart.basket is not None) == (MINIMUM_TOTAL <= total <= MAXIMUM_TOTAL)
    if cart.basket is not None:
        assert cart.basket.subtotal == cart.total
        assert cart.basket.from_cart


@given(st.lists(carted(title="x"), min_size=2, max_size=10))
def test_marks_tell_contents_apart_and_not_their_order_or_prices(lines: list[Line]) -> None:
    kept = put_together(lines)
    cart = PricedCart(tuple(map(CartEntry, kept)), "CODE")
    turned = PricedCart(tuple(map(CartEntry, reversed(kept))), "CODE")
    dearer = PricedCart(tuple(CartEntry(replace(line, unit_amount=1)) for line in kept), "CODE")
    more = PricedCart((CartEntry(replace(kept[0], quantity=kept[0].quantity + 1)), *cart.entries[1:]), "CODE")

    assert cart.mark == turned.mark == dearer.mark
    assert len({cart.mark, more.mark, replace(cart, coupon=None).mark}) == 3
    if cart.basket is not None and turned.basket is not None:
        assert turned.basket.fingerprint == cart.basket.fingerprint


def test_what_cant_be_bought_keeps_the_rest_from_being_bought_and_counts_for_nothing() -> None:
    line = Line("prd_1", None, "x", 500, 1, "USD", ProductType.ONE_TIME, PricingModel.STANDARD)
    cart = PricedCart((CartEntry(line), CartEntry(replace(line, product_id="prd_2"), OutOfStock("x"))))

    assert cart.total is not None
    assert cart.total.amount == 500
    assert cart.basket is None


def test_an_emptied_cart_asks_for_nothing() -> None:
    assert PricedCart().basket is None
    assert PricedCart().total is None


@given(
    st.lists(carted(), min_size=1, max_size=10),
    st.sampled_from([None, OutOfStock("*" * 900), OutOfStock("_" * 900)]),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.booleans(),
)
def test_discord_takes_any_cart(
    lines: list[Line],
    refusal: Refusal | None,
    seen: int | None,
    current: bool,  # noqa: FBT001  # hypothesis gives it
) -> None:
    kept = put_together(lines)
    entries = tuple(CartEntry(line, refusal, seen, most=None) for line in kept)
    with written_once():
        assert_discord_takes(VIEW.page(PricedCart(entries, "`" * 64, is_current=current), NOTHING))
        assert_discord_takes(VIEW.added(kept[0], Cart(kept)))


@pytest.mark.parametrize("ten", ["*" * 6000, "👩‍👩‍👧‍👦" * 150])
def test_ten_lines_with_the_longest_names_are_taken(ten: str) -> None:
    line = Line("prd", None, ten, 99999, 999, "USD", ProductType.ONE_TIME, PricingModel.STANDARD)
    entries = tuple(CartEntry(replace(line, product_id=f"prd_{n}"), OutOfStock(ten), 5) for n in range(10))

    assert_discord_takes(VIEW.page(PricedCart(entries, "`" * 64, is_current=False)))
