"""Money: integer minor units with an ISO 4217 currency, and how people read it."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.numbers import format_currency, get_currency_precision

MINIMUM_TOTAL: Final = 100
"""Cents. The least that a checkout may come to; source: Pandabase's checkout OpenAPI file."""
MAXIMUM_TOTAL: Final = 1_000_000
"""Cents. The most that the `amount` guard can name; same source."""
_CODE_AT_AMOUNT: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_KEPT: Final = 1024
"""Amounts that are kept as they are written: each card shows some of few prices, several times."""
SOLD_DECIMALS: Final = 2
"""The store counts in cents: a currency with no cents, or with thousandths, can't be sold."""


def has_cents(currency: str) -> bool:
    """Whether the ISO 4217 currency has two decimals, by CLDR's table (unknown codes count as two)."""
    return get_currency_precision(currency) == SOLD_DECIMALS


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in the currency's minor unit: cents for USD, yen for JPY."""

    amount: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        """The amount in whole units, exact."""
        return Decimal(self.amount).scaleb(-get_currency_precision(self.currency))

    def format(self, locale: str) -> str:
        """As people of the locale write it: `$12.50`, `12,50 €`, `¥1,200`."""
        return _formatted(self, locale)


@lru_cache(_KEPT)
def _formatted(money: Money, locale: str) -> str:
    formatted: str = format_currency(money.decimal, money.currency, locale=locale)
    # A code for want of a sign stands apart: `CHF 12.50`. Babel leaves this rule of the CLDR out.
    return _CODE_AT_AMOUNT.sub("\N{NO-BREAK SPACE}", formatted)
