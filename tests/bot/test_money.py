"""Money: whole cents in, exactly these cents in front of people."""

from decimal import Decimal

import pytest
from babel.numbers import (
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    get_minus_sign_symbol,
    list_currencies,
    parse_decimal,
)
from hypothesis import example, given
from hypothesis import strategies as st

from bot.money import SOLD_DECIMALS, Money, has_cents

LOCALES = ["en_US", "en_IN", "de_DE", "de_CH", "fr_FR", "pt_BR", "es_ES", "sv_SE", "ja_JP", "da_DK", "pl_PL"]
CURRENCIES = sorted(list_currencies())

# Far beyond any price: here a float could no longer tell two amounts apart.
AMOUNTS = st.integers(min_value=-(10**18), max_value=10**18)


def read(text: str, currency: str, locale: str) -> Decimal:
    """The number that a person reads in a formatted amount."""
    number = text.replace(get_currency_symbol(currency, locale), "").replace(currency, "")
    separators = {get_decimal_symbol(locale), get_group_symbol(locale)}
    kept = "".join(char for char in number if char.isdigit() or char in separators)
    amount = parse_decimal(kept.strip(), locale, strict=True)
    is_negative = bool({"-", get_minus_sign_symbol(locale)}.intersection(number))
    return -amount if is_negative else amount


@given(AMOUNTS, st.sampled_from(CURRENCIES), st.sampled_from(LOCALES))
@example(1250, "USD", "en_US")
@example(123456789, "INR", "en_IN")
@example(-5, "EUR", "sv_SE")
@example(10**17 + 1, "USD", "en_US")
def test_what_people_read_is_the_amount_to_the_cent(amount: int, currency: str, locale: str) -> None:
    money = Money(amount, currency)
    assert read(money.format(locale), currency, locale) == money.decimal


@given(AMOUNTS, st.sampled_from(CURRENCIES))
def test_whole_units_are_exact_and_keep_their_decimals(amount: int, currency: str) -> None:
    whole = Money(amount, currency).decimal
    decimals = get_currency_precision(currency)
    assert isinstance(whole, Decimal)
    assert whole * 10**decimals == amount
    assert whole.as_tuple().exponent == -decimals


@given(st.lists(AMOUNTS, min_size=1, max_size=10), st.sampled_from(CURRENCIES))
def test_sums_are_the_same_in_cents_and_in_whole_units(amounts: list[int], currency: str) -> None:
    assert sum(Money(amount, currency).decimal for amount in amounts) == Money(sum(amounts), currency).decimal


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown"),
    [
        (1250, "USD", "en_US", "$12.50"),
        (1250, "EUR", "de_DE", "12,50\xa0€"),
        (1200, "JPY", "ja_JP", "￥1,200"),
        (100000, "USD", "en_US", "$1,000.00"),
        (5, "GBP", "en_GB", "£0.05"),
        (0, "USD", "en_US", "$0.00"),
        (-250, "USD", "en_US", "-$2.50"),
        (9999999, "INR", "en_IN", "₹99,999.99"),
        (1250, "CHF", "en_US", "CHF\xa012.50"),
        (-1250, "CHF", "en_US", "-CHF\xa012.50"),
        (1250, "BRL", "pt_BR", "R$\xa012,50"),
    ],
)
def test_amounts_look_as_people_of_the_locale_write_them(
    amount: int, currency: str, locale: str, shown: str
) -> None:
    assert Money(amount, currency).format(locale) == shown


@pytest.mark.parametrize("currency", ["USD", "EUR", "GBP", "BRL", "INR", "CHF"])
def test_currencies_with_cents_can_be_sold(currency: str) -> None:
    assert has_cents(currency)


@pytest.mark.parametrize("currency", ["JPY", "KRW", "CLP", "BHD", "KWD"])
def test_currencies_without_cents_or_with_thousandths_can_not(currency: str) -> None:
    assert not has_cents(currency)


@given(st.sampled_from(CURRENCIES))
def test_a_currency_has_cents_exactly_if_a_hundred_of_its_smallest_make_one(currency: str) -> None:
    assert has_cents(currency) == (Money(10**SOLD_DECIMALS, currency).decimal == 1)


def test_the_same_number_in_another_currency_is_other_money() -> None:
    assert Money(100, "USD") == Money(100, "USD")
    assert Money(100, "USD") != Money(100, "EUR")
    assert len({Money(100, "USD"), Money(100, "USD"), Money(100, "EUR")}) == 2


def test_money_of_two_currencies_has_no_order() -> None:
    with pytest.raises(TypeError):
        _ = Money(100, "USD") < Money(100, "EUR")  # type: ignore[operator]
