"""Whatever a sale is made of, Discord takes the message: it refuses one that is too long as a whole."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as some

from bot import errors
from bot.catalog.availability import Line
from bot.catalog.models import BillingInterval, PricingModel, ProductType
from bot.catalog.refusals import (
    NoLongerAvailable,
    NotYetAvailable,
    OutOfStock,
    ProductGone,
    VariantNeeded,
    currency_without_cents,
    foreign_currency,
    free_product,
    needs_shipping,
    pricing_unknown,
    product_unknown,
    quantity_out_of_range,
    too_few_left,
    too_many_per_customer,
    total_too_large,
    total_too_small,
    variant_unknown,
)
from bot.checkout.models import Basket, Sale, Session
from bot.checkout.refusals import UntrustedLink, quantity_unknown, too_many_links
from bot.checkout.states import SaleStatus, SessionState
from bot.discord.components import Card, notice
from bot.discord.explaining import explain
from bot.discord.localized import localized
from bot.money import MAXIMUM_TOTAL, Money
from bot.pandabase.schemas.requests import MAXIMUM_ITEMS
from bot.references import new_reference
from bot.texts import Language
from cogs.checkout.view import SaleView, interrupted
from tests.harness.catalogs import assert_discord_takes
from tests.harness.longest import REMARK, longest_line

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# Markdown's own characters double when they are escaped; the others are as wide as text gets.
titles = some.one_of(
    some.text(min_size=1, max_size=300),
    some.text("*_~|`<>[]\\@#-1.", min_size=1, max_size=300),
    some.sampled_from(
        ["*" * 5000, "@everyone" * 300, "👩‍👩‍👧‍👦" * 200, "竹" * 2000, "1. " * 900, "\n" * 300, " "]
    ),
)
sentences = some.one_of(titles, some.text("*_`", min_size=1, max_size=6000))
LOCALES = ["en_US", "de_DE", "ar_EG", "fa_IR", "hi_IN", "ja_JP"]
amounts = some.integers(0, MAXIMUM_TOTAL)
currencies = some.sampled_from(["USD", "EUR", "BRL", "IRR", "CHF"])
view = some.builds(
    SaleView,
    test=some.booleans(),
)


@some.composite
def sales(draw: some.DrawFn, states: Sequence[SessionState] = tuple(SessionState)) -> Sale:
    currency = draw(currencies)
    line = some.builds(
        Line,
        product_id=some.just("prd_1"),
        variant_id=some.none(),
        title=titles,
        unit_amount=some.one_of(some.none(), amounts),
        quantity=some.integers(1, 999),
        currency=some.just(currency),
        product_type=some.sampled_from(ProductType),
        pricing_model=some.sampled_from(PricingModel),
        billing_interval=some.one_of(some.none(), some.sampled_from(BillingInterval)),
        trial_days=some.integers(0, 1000),
    )
    basket = Basket(
        tuple(draw(some.lists(line, min_size=1, max_size=10))),
        draw(some.one_of(some.none(), some.text(min_size=1, max_size=64))),
    )
    session = Session(
        id=draw(some.integers(1, 2**53)),
        state=draw(some.sampled_from(states)),
        created_at=NOW,
        session_id="cs_1",
        url="https://checkout.pandabase.io/c/cs_" + "x" * 60,
        amount=draw(amounts),
        discount=draw(some.one_of(some.none(), amounts)),
        expires_at=NOW + timedelta(hours=6),
    )
    status = draw(some.sampled_from(SaleStatus))
    return Sale(1, new_reference(), 2, 3, 4, basket, status, session)


def assert_fits(card: Card) -> None:
    """With the remark below it that an answer may get, however amounts are written."""
    card.add_item(ui.TextDisplay(REMARK))
    for locale in LOCALES:
        assert_discord_takes(localized(card, Language(locale)))


@given(view, sales([SessionState.OPEN]))
def test_every_card_with_a_link_fits(view: SaleView, sale: Sale) -> None:
    for show in (view.open, partial(view.instead_of_a_dm, closed=True), view.again):
        assert_fits(show(sale))


@given(view, sales())
def test_every_card_of_a_live_message_fits(view: SaleView, sale: Sale) -> None:
    for show in (view.live, view.expired, view.withdrawn):
        assert_fits(show(sale))


changes = some.builds(
    errors.PriceChanged,
    reference=some.just("abcdefghjk"),
    titles=some.lists(titles, min_size=1, max_size=10),
    old=some.builds(Money, some.integers(0, 10**9), currencies),
    new=some.builds(Money, some.integers(0, 10**9), currencies),
    without_coupon=some.booleans(),
)


def longest_sale() -> Sale:
    session = Session(
        id=1,
        state=SessionState.OPEN,
        created_at=NOW,
        url="https://pandabase.io/c/cs_1",
        amount=10 * MAXIMUM_TOTAL,
        discount=MAXIMUM_TOTAL,
        expires_at=NOW + timedelta(hours=6),
    )
    basket = Basket((longest_line(),) * MAXIMUM_ITEMS, "*" * 64)
    return Sale(1, new_reference(), 2, 3, 4, basket, SaleStatus.OPEN, session)


def test_as_many_lines_as_a_link_takes_with_the_longest_titles_fit() -> None:
    sale, view = longest_sale(), SaleView(test=True, portal="https://portal.example")

    for show in (
        view.open,
        partial(view.instead_of_a_dm, closed=True),
        partial(view.sent, jump_url="https://discord.com/channels/@me/1/2"),
        view.declined,
        view.again,
        view.expired,
        view.withdrawn,
    ):
        assert_fits(show(sale))


def test_only_a_store_in_which_nothing_is_real_is_marked() -> None:
    texts = [
        str(SaleView(test=test).sent(longest_sale(), "https://discord.com/channels/@me/1/2").to_components())
        for test in (True, False)
    ]

    assert ["`TEST`" in text for text in texts] == [True, False]


@given(view, changes)
def test_a_changed_price_fits(view: SaleView, change: errors.PriceChanged) -> None:
    assert_fits(view.price_changed(change))


@given(view, some.lists(titles, min_size=1, max_size=10), some.text(min_size=1, max_size=64), sentences)
def test_a_refused_coupon_fits(view: SaleView, what: list[str], coupon: str, sentence: str) -> None:
    assert_fits(view.coupon_refused(errors.CouponRefused(new_reference(), what, coupon, sentence)))


@given(view)
def test_the_short_answers_fit(view: SaleView) -> None:
    assert_fits(interrupted())


@given(titles, some.lists(titles, max_size=40), some.integers(1, 10**9), currencies)
def test_every_refusal_fits(title: str, names: list[str], amount: int, currency: str) -> None:
    money = Money(amount, currency)
    refusals: list[errors.BambooError] = [
        product_unknown(title[:100], names),
        quantity_unknown(title),
        too_many_links(amount, NOW),
        errors.TooManyPurchases(NOW),
        ProductGone(title),
        OutOfStock(title),
        too_few_left(title, amount),
        NotYetAvailable(title, NOW),
        NoLongerAvailable(title, NOW),
        too_many_per_customer(title, amount),
        quantity_out_of_range(title, amount),
        VariantNeeded(title, names or ["one"]),
        variant_unknown(title, names),
        foreign_currency(title, currency, currency),
        currency_without_cents(title, currency),
        free_product(title),
        needs_shipping(title),
        total_too_small(title, money, money, amount),
        total_too_large(title, money, money, 0),
        pricing_unknown(title),
    ]
    for refusal in refusals:
        assert_fits(notice(explain(refusal, "/buy")))


@given(sentences)
def test_the_stores_own_words_fit(sentence: str) -> None:
    for error in (errors.Rejected(sentence), errors.NotFound(sentence)):
        if sentence.strip():  # the client takes no other sentence from the store
            assert_fits(notice(explain(error, "/buy")))


@pytest.mark.parametrize("error", [ValueError("x" * 9000), UntrustedLink(), errors.Unavailable()])
def test_a_failure_fits_whatever_it_is(error: Exception) -> None:
    assert_fits(notice(explain(error, "/buy " + "x" * 9000)))
