"""Amounts as people type them: `12`, `12.5`, `12,50`, `$12.50`, `1 200,00`, `1.200,00`, `1,200.00`.

Only `Decimal` and integers: what a person typed is what is charged, or it is refused with the reason.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.numbers import get_currency_symbol, list_currencies

from bot.invoices.refusals import (
    amount_ambiguous,
    amount_foreign,
    amount_negative,
    amount_other_digits,
    amount_too_precise,
    amount_unreadable,
    amount_with_exponent,
    amount_zero,
)
from bot.money import SOLD_DECIMALS, Money
from bot.texts import Text, as_text, decimal

LONGEST_AMOUNT: Final = 32
"""Characters: the largest amount with a currency's code takes half of it."""
_CENTS: Final = 10**SOLD_DECIMALS
_GROUP: Final = 3
"""Digits between two separators of thousands."""

_MINUS: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d")
_SPACES: Final = re.compile(r"[\s\u00a0\u2009\u202f]+")
# What locales put around an amount to keep the writing direction; it shows nothing.
_INVISIBLE: Final = re.compile("[\u200b\u200e\u200f\u061c\u2066-\u2069]")
_NUMBER: Final = re.compile(r"[0-9](?:[0-9.,' ]*[0-9])?")
_EXPONENT: Final = re.compile(r"[0-9.,]+\s*[eE]\s*[+-]?[0-9]+|[0-9.,]+\s*[*x×]?\s*10\s*\^.*")
_GROUPED: Final = {
    separator: re.compile(rf"[1-9][0-9]{{0,2}}(?:{re.escape(separator)}[0-9]{{3}})+")
    for separator in (".", ",", " ", "'")
}
# Signs that people use at home, and that several currencies share: there they mean the shop's own.
_LOCAL_SIGNS: Final = {
    "$": frozenset({
        "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "COP", "BBD", "BMD", "BSD", "BZD",
        "FJD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "XCD",
    }),
    "£": frozenset({"GBP", "EGP", "GIP", "FKP", "SHP"}),
    "¥": frozenset({"CNY"}),
    "kr": frozenset({"SEK", "NOK", "DKK"}),
    "zł": frozenset({"PLN"}),
    "Kč": frozenset({"CZK"}),
    "zl": frozenset({"PLN"}),
    "fr": frozenset({"CHF"}),
    "sfr": frozenset({"CHF"}),
    "euro": frozenset({"EUR"}),
    "lei": frozenset({"RON"}),
    "Rs": frozenset({"INR", "LKR", "MUR", "NPR", "PKR", "SCR"}),
    "US$": frozenset({"USD"}),
    "C$": frozenset({"CAD"}),
    "AU$": frozenset({"AUD"}),
    "S$": frozenset({"SGD"}),
}  # fmt: skip
_NO_CENTS: Final = re.compile(r"([0-9][0-9'., ]*)[.,:][-\u2013\u2014]")
"""How people write that there are none: `12.-`, `12,-`, `12:-`."""
_MOST_SIGNS: Final = 2
"""`$12.50 USD`."""


def parse_amount(text: str, currency: str, locale: str) -> int:
    """The amount in cents of `currency` (ISO 4217), written in any of the usual ways.

    `locale` adds the sign that its people use for the currency. Raises a subclass of AmountRefused that
    says what is the matter; the limits of a payment are the caller's.
    """
    typed = _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()
    number = _without_signs(typed, currency, locale)
    if (whole := _NO_CENTS.fullmatch(number)) is not None:
        number = f"{whole[1]},00" if "." in whole[1] else f"{whole[1]}.00"
    _refuse_what_is_no_number(typed, number, currency)
    cents = _cents(number.replace("\u2019", "'"), typed, currency)
    if cents == 0:
        raise amount_zero()
    return cents


def signs_of(currency: str, locale: str) -> list[str]:
    """The ways in which people may write the currency beside an amount, longest first."""
    signs = {currency, get_currency_symbol(currency, "en_US"), get_currency_symbol(currency, locale)}
    signs.update(sign for sign, currencies in _LOCAL_SIGNS.items() if currency in currencies)
    return sorted(signs, key=len, reverse=True)


def _without_signs(typed: str, currency: str, locale: str) -> str:
    """The number without what names its currency. Raises amount_foreign for what names another."""
    own = set(map(str.casefold, signs_of(currency, locale)))
    # Longest first: the `$` of `NZ$` is nobody's own.
    signs = sorted({*own, *map(str.casefold, _known_signs())}, key=len, reverse=True)
    number = typed
    for _ in range(_MOST_SIGNS):
        for sign in signs:
            rest = _without(sign, number)
            if rest is None:
                continue
            if sign not in own:
                raise amount_foreign(typed, currency)
            number = rest
            break
    return number


def _without(sign: str, number: str) -> str | None:
    """The number without the sign before or after it; None where there is none."""
    folded = number.casefold()
    dotted = f"{sign}." if sign[-1].isalpha() else sign
    for beginning in (f"{dotted} ", sign):
        rest = folded.removeprefix(beginning)
        # The end of a word is no sign, nor is its beginning.
        if rest != folded and not (beginning[-1].isalpha() and rest[:1].isalpha()):
            return number[len(beginning) :].strip()
    for ending in (dotted, sign):
        rest = folded.removesuffix(ending)
        if rest != folded and not (ending[0].isalpha() and rest[-1:].isalpha()):
            return number[: -len(ending)].strip()
    return None


def _refuse_what_is_no_number(typed: str, number: str, currency: str) -> None:
    if not typed or len(typed) > LONGEST_AMOUNT:
        raise amount_unreadable(typed)
    if any(character.isnumeric() and not character.isascii() for character in number):
        raise amount_other_digits(typed)
    if typed[0] in _MINUS or number[:1] in _MINUS or number[-1:] in _MINUS or _in_brackets(number):
        raise amount_negative(typed)
    if _EXPONENT.fullmatch(number):
        raise amount_with_exponent(typed)
    if _has_foreign_sign(number):
        raise amount_foreign(typed, currency)
    if not _NUMBER.fullmatch(number.replace("\u2019", "'")):
        raise amount_unreadable(typed)


def _in_brackets(number: str) -> bool:
    """How bookkeepers write what is owed the other way."""
    return number.startswith("(") and number.endswith(")")


def _has_foreign_sign(number: str) -> bool:
    rest = _NUMBER.sub("", number, count=1).strip(" .")
    if not rest or rest == number.strip(" ."):
        return False
    folded = rest.casefold()
    return rest.upper() in list_currencies() or folded in map(str.casefold, _known_signs())


def _known_signs() -> Iterable[str]:
    yield from _LOCAL_SIGNS
    yield from Locale.parse("en_US").currency_symbols.values()
    yield from ("₽", "₺", "₴", "฿", "R$", "Ft", "лв", "руб", "р", "円", "元", "원", "₿", "¢")


def _cents(number: str, typed: str, currency: str) -> int:
    separators = [character for character in number if not character.isdigit()]
    if not separators:
        return _exact(number, "", typed)
    last = separators[-1]
    whole, _, decimals = number.rpartition(last)
    if last in " '" or separators.count(last) > 1:
        # Nobody divides the cents with these, or more than once: they can only stand between thousands.
        return _exact(_ungrouped(number, last, typed), "", typed)
    if separators == [last] and len(decimals) == _GROUP and _GROUPED[last].fullmatch(number):
        thousands = Money(int(whole + decimals) * _CENTS, currency)
        raise amount_ambiguous(typed, _as_decimal(whole, decimals, currency), thousands)
    if len(decimals) > SOLD_DECIMALS:
        raise amount_too_precise(typed)
    rest = separators[:-1]
    if rest:
        whole = _ungrouped(whole, rest[0], typed)
    return _exact(whole, decimals, typed)


def _as_decimal(whole: str, decimals: str, currency: str) -> Text:
    """What it is when the three digits are decimals: an amount, unless there are tenths of a cent."""
    if decimals.endswith("0"):
        return as_text(Money(int(whole + decimals[:SOLD_DECIMALS]), currency))
    return decimal(Decimal(f"{whole}.{decimals}"))


def _ungrouped(number: str, separator: str, typed: str) -> str:
    """The digits of a number whose thousands are parted in the usual way."""
    if not _GROUPED[separator].fullmatch(number):
        raise amount_unreadable(typed)
    return number.replace(separator, "")


def _exact(whole: str, decimals: str, typed: str) -> int:
    if not whole.isdecimal():
        raise amount_unreadable(typed)
    return int(Decimal(f"{whole}.{decimals or 0}") * _CENTS)
