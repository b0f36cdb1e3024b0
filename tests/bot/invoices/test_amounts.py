"""Amounts as people type them."""

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Mistyped
from bot.invoices.amounts import parse_amount
from bot.money import Money
from bot.texts import Languages
from bot.texts.stored import dumps, loads
from tests.harness.saying import kind_of, refused

LOCALES = [
    "en_US", "en_GB", "en_IN", "de_DE", "de_CH", "de_AT", "fr_FR", "fr_CH", "pt_BR", "pt_PT", "es_ES",
    "es_MX", "it_IT", "nl_NL", "pl_PL", "sv_SE", "nb_NO", "da_DK", "fi_FI", "cs_CZ", "ru_RU", "tr_TR",
]  # fmt: skip
CENTS = st.integers(1, 1_000_000)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12", 1200),
        ("12.5", 1250),
        ("12,50", 1250),
        ("$12.50", 1250),
        ("1 200,00", 120_000),
        ("1.200,00", 120_000),
        ("1,200.00", 120_000),
        ("  12.50  ", 1250),
        ("12.50 $", 1250),
        ("USD 12.50", 1250),
        ("12.50 usd", 1250),
        ("US$12.50", 1250),
        ("1\u00a0200,00", 120_000),
        ("1\u202f200,00", 120_000),
        ("1'200.00", 120_000),
        ("1’200.00", 120_000),
        ("1 200", 120_000),
        ("0.01", 1),
        ("0,5", 50),
        ("007", 700),
        ("10,000.00", 1_000_000),
        ("1.234.567,89", 123_456_789),
        ("1,234,567", 123_456_700),
        ("$12.50 USD", 1250),
        ("USD $12.50", 1250),
        ("12.-", 1200),
        ("12,-", 1200),
        ("$1,200.–", 120_000),
        ("1.200,-", 120_000),
    ],
)
def test_an_amount_is_read_as_it_is_meant(typed: str, cents: int) -> None:
    assert parse_amount(typed, "USD", "en_US") == cents


@pytest.mark.parametrize(
    ("typed", "currency", "locale", "cents"),
    [
        ("Fr. 12.50", "CHF", "de_CH", 1250),
        ("12.50 sFr.", "CHF", "de_CH", 1250),
        ("12 kr.", "SEK", "sv_SE", 1200),
        ("1 200:-", "SEK", "sv_SE", 120_000),
        ("kr. 12,50", "DKK", "da_DK", 1250),
        ("12,- €", "EUR", "de_DE", 1200),
        ("12,50 Euro", "EUR", "de_DE", 1250),
        ("12,50 zl", "PLN", "pl_PL", 1250),
        ("Rs. 500", "INR", "en_IN", 50_000),
        ("C$12.50", "CAD", "en_CA", 1250),
        ("R$ 12,50", "BRL", "pt_BR", 1250),
    ],
)
def test_signs_are_written_as_at_home(typed: str, currency: str, locale: str, cents: int) -> None:
    assert parse_amount(typed, currency, locale) == cents


@pytest.mark.parametrize("typed", ["US$12", "12 US$", "12 NZ$", "AU$ 12"])
def test_the_dollars_of_others_are_named_as_the_reason(typed: str) -> None:
    with refused("amount_foreign"):
        parse_amount(typed, "CAD", "en_CA")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("-5", "amount_negative"),
        ("−5", "amount_negative"),
        ("$-5", "amount_negative"),
        ("-$5", "amount_negative"),
        ("5-", "amount_negative"),
        ("(5)", "amount_negative"),
        ("0", "amount_zero"),
        ("0.00", "amount_zero"),
        ("$0", "amount_zero"),
        ("12.345,678", "amount_too_precise"),
        ("1234.567", "amount_too_precise"),
        ("0.125", "amount_too_precise"),
        ("12.3456", "amount_too_precise"),
        ("1 200,125", "amount_too_precise"),
        ("1.200", "amount_ambiguous"),
        ("1,200", "amount_ambiguous"),
        ("$999,999", "amount_ambiguous"),
        ("twelve", "amount_unreadable"),
        ("12 dollars", "amount_unreadable"),
        ("NaN", "amount_unreadable"),
        ("Infinity", "amount_unreadable"),
        ("1e3", "amount_with_exponent"),
        ("1E3", "amount_with_exponent"),
        ("1.5e-2", "amount_with_exponent"),
        ("١٢", "amount_other_digits"),
        ("१२", "amount_other_digits"),
        ("１２", "amount_other_digits"),
        ("½", "amount_other_digits"),
        ("12²", "amount_other_digits"),
        ("€12", "amount_foreign"),
        ("12 €", "amount_foreign"),
        ("£12", "amount_foreign"),
        ("12 EUR", "amount_foreign"),
        ("eur 12", "amount_foreign"),
        ("12 kr", "amount_foreign"),
        ("CA$12", "amount_foreign"),
        ("12 NZ$", "amount_foreign"),
        ("R$ 12", "amount_foreign"),
        ("12.-.-", "amount_negative"),
        ("12-", "amount_negative"),
        ("", "amount_unreadable"),
        ("$", "amount_unreadable"),
        (".", "amount_unreadable"),
        ("12.", "amount_unreadable"),
        ("+12", "amount_unreadable"),
        ("1_000", "amount_unreadable"),
        ("0x10", "amount_unreadable"),
        ("1,2,3", "amount_unreadable"),
        ("1.2.3,4", "amount_unreadable"),
        ("12 50", "amount_unreadable"),
        ("1,00,000.00", "amount_unreadable"),
        ("1.200 300,00", "amount_unreadable"),
        ("12; DROP TABLE", "amount_unreadable"),
        ("9" * 40, "amount_unreadable"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(typed: str, reason: str) -> None:
    with pytest.raises(Mistyped) as caught:
        parse_amount(typed, "USD", "en_US")

    assert kind_of(caught.value) == reason


def test_one_separator_and_three_digits_show_both_readings() -> None:
    with refused("amount_ambiguous") as caught:
        parse_amount("1.200", "EUR", "de_DE")

    german = caught.value.sentence.render(Languages().of("de"))
    assert "**1,20\u00a0€**" in german
    assert "**1.200,00\u00a0€**" in german
    assert "**€1.20** or **€1,200.00**" in str(caught.value)


def test_tenths_of_a_cent_are_written_as_the_reader_does() -> None:
    with refused("amount_ambiguous") as caught:
        parse_amount("1.205", "USD", "en_US")

    assert "**1.205** or **$1,205.00**" in str(caught.value)
    german = caught.value.sentence.render(Languages().of("de"))
    assert "**1,205**" in german
    assert "**1.205,00\u00a0$**" in german
    assert loads(dumps(caught.value.sentence)) == caught.value.sentence


def test_the_sign_of_a_shared_name_means_the_shops_own_currency() -> None:
    assert parse_amount("$12", "CAD", "en_CA") == 1200
    assert parse_amount("12 kr", "SEK", "sv_SE") == 1200
    with refused("amount_foreign"):
        parse_amount("12 kr", "EUR", "de_DE")


@given(
    cents=CENTS,
    locale=st.sampled_from(LOCALES),
    currency=st.sampled_from(["USD", "EUR", "GBP", "SEK", "CHF"]),
)
def test_what_a_locale_writes_is_read_back(cents: int, locale: str, currency: str) -> None:
    whole = Decimal(cents).scaleb(-2)
    for written in (
        format_currency(whole, currency, locale=locale),
        format_decimal(whole, "#,##0.00", locale),
    ):
        assert parse_amount(written, currency, locale) == cents


@given(cents=CENTS, locale=st.sampled_from(LOCALES))
def test_no_spelling_of_a_locale_is_read_as_another_amount(cents: int, locale: str) -> None:
    """Short forms may be ambiguous, and are then refused; they are never taken for something else."""
    written = format_decimal(Decimal(cents).scaleb(-2), locale=locale)
    amount, said = outcome(written)

    # Without cents and with one separator both readings are told, and the right one is among them.
    assert amount == cents or (cents % 100 == 0 and Money(cents, "USD").format("en_US") in said)


@given(st.text(max_size=20) | st.text("0123456789.,' $€-eE", max_size=12))
def test_whatever_is_typed_is_an_amount_above_zero_or_refused_with_a_sentence(typed: str) -> None:
    amount, said = outcome(typed)

    assert amount > 0 or said


@given(st.text("0123456789.,' ", min_size=1, max_size=12))
def test_digits_are_never_dropped_or_made_up(typed: str) -> None:
    try:
        cents = parse_amount(typed, "USD", "en_US")
    except Mistyped:
        return
    digits = "".join(character for character in typed if character.isdigit()).lstrip("0")
    assert str(cents).rstrip("0") == digits.rstrip("0")


def outcome(typed: str) -> tuple[int, str]:
    """The amount that is read, or 0 and the sentence that refuses it."""
    try:
        return parse_amount(typed, "USD", "en_US"), ""
    except Mistyped as mistyped:
        return 0, str(mistyped)


def test_the_locales_write_in_different_ways() -> None:
    assert len({(Locale.parse(each).number_symbols["latn"]["decimal"]) for each in LOCALES}) > 1
