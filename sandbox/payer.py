"""What a payer fills in on the payment page: read, checked, and kept for showing again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

from sandbox.models import Line, Product, Session

DEFAULT_COUNTRY: Final = "US"
# Unicode's own groupings and test codes among its territories.
NOT_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ"})


def money(amount: int, currency: str) -> str:
    """An amount in minor units as people read it: `$12.50`, `¥1,200`."""
    value = Decimal(amount).scaleb(-get_currency_precision(currency))
    text = format_currency(value, currency, locale="en_US")
    # Currencies without a symbol of their own come with their code stuck to the number.
    return text.replace(currency, f"{currency}\N{NO-BREAK SPACE}")


def plain_amount(amount: int, currency: str) -> str:
    """An amount in minor units as a number field takes it: `12.50`."""
    precision = get_currency_precision(currency)
    return f"{Decimal(amount).scaleb(-precision):.{precision}f}"


def minor_units(text: str, currency: str) -> int | None:
    """What somebody typed (`12.50`, `12,5`) in minor units; None if it isn't such an amount."""
    try:
        value = Decimal(text.strip().replace(",", ".")).scaleb(get_currency_precision(currency))
    except InvalidOperation:
        return None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= 10**9:
        return None
    return int(value)


@cache
def countries() -> list[tuple[str, str]]:
    """Codes and English names, by name."""
    names: Mapping[str, str] = Locale("en").territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code not in NOT_COUNTRIES  # noqa: PLR2004 - ISO 3166-1 alpha-2
    ]
    return sorted(found, key=lambda pair: pair[1].casefold())


def country_name(code: str) -> str:
    return dict(countries()).get(code, code)


@dataclass(slots=True)
class PayerForm:
    """The page's fields as they stand. `errors` goes by field name; the form is good when it is empty."""

    email: str = ""
    country: str = DEFAULT_COUNTRY
    prices: dict[int, str] = field(default_factory=dict)
    """What the payer typed for each line whose price they choose."""
    chosen: dict[int, int] = field(default_factory=dict)
    """The same in minor units, where it is one that the store takes."""
    custom: dict[str, str] = field(default_factory=dict)
    shown_total: int | None = None
    """Minor units: what the page said when the button was pressed."""
    errors: dict[str, str] = field(default_factory=dict)


def blank_form(session: Session) -> PayerForm:
    """The form as the page opens: with what the session already knows."""
    customer = session.customer or {}
    form = PayerForm(email=customer.get("email", ""), country=session.country or DEFAULT_COUNTRY)
    for each in session.fields:
        form.custom[each["key"]] = (each.get(each["type"]) or {}).get("default_value", "")
    for index, line in enumerate(session.quote.lines):
        if line.payer_chooses:
            _set_price(
                form, index, line, plain_amount(suggested_price(line), session.quote.currency), session
            )
    return form


def suggested_price(line: Line) -> int:
    """Minor units: the product's price, which is a suggestion where the payer chooses."""
    product: Product | None = line.product
    return max(line.unit_amount, product.price if product else 0)


def read_form(session: Session, given: Mapping[str, Any]) -> PayerForm:
    """Read what was sent; whatever is missing stays as the page opens with it."""
    form = blank_form(session)
    form.email = str(given.get("email", form.email)).strip()
    form.country = str(given.get("country", form.country))
    shown_total = str(given.get("shown_total", ""))
    form.shown_total = int(shown_total) if re.fullmatch(r"[0-9]{1,12}", shown_total) else None
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", form.email):
        form.errors["email"] = "Enter an email address, such as name@example.com."
    if form.country not in dict(countries()):
        form.country = session.country or DEFAULT_COUNTRY
        form.errors["country"] = "Choose a country from the list."
    for index, line in enumerate(session.quote.lines):
        if line.payer_chooses and f"price-{index}" in given:
            _set_price(form, index, line, str(given[f"price-{index}"]), session)
    for each in session.fields:
        value = str(given.get(f"field-{each['key']}", "")).strip()
        form.custom[each["key"]] = value
        if wrong := _wrong_with(each, value):
            form.errors[f"field-{each['key']}"] = wrong
    return form


def _set_price(form: PayerForm, index: int, line: Line, text: str, session: Session) -> None:
    currency = session.quote.currency
    form.prices[index] = text
    amount = minor_units(text, currency)
    if amount is None:
        form.errors[f"price-{index}"] = "Enter an amount, such as 5.00."
    elif amount < line.unit_amount:
        form.errors[f"price-{index}"] = f"The least you can give is {money(line.unit_amount, currency)}."
    else:
        form.chosen[index] = amount
        form.errors.pop(f"price-{index}", None)


def _wrong_with(definition: dict[str, Any], value: str) -> str | None:
    if not value:
        return None if definition.get("optional") else "Please fill this in."
    rules = definition.get(definition["type"]) or {}
    if definition["type"] == "dropdown":
        known = {option["value"] for option in rules.get("options", ())}
        return None if value in known else "Choose one of the list."
    if definition["type"] == "numeric" and not re.fullmatch(r"[0-9]+", value):
        return "Use digits only."
    least, most = rules.get("minimum_length", 0), rules.get("maximum_length", 255)
    if not least <= len(value) <= most:
        return f"Use {least} to {most} characters." if least else f"Use at most {most} characters."
    return None
