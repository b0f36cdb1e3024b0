"""What a member may give for the bill, and what of it the store's page takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final, Self

from bot.billing.countries import country_of
from bot.billing.refusals import country_unknown, email_unknown, name_is_an_email
from bot.checkout.draft import CheckoutCustomer, Payer

LONGEST: Final[Mapping[str, int]] = {
    "name": 128,
    "email": 320,
    "line1": 200,
    "line2": 200,
    "city": 100,
    "state": 100,
    "postal_code": 20,
    "country": 60,
    "tax_id": 32,
}
"""Characters; source: Pandabase's checkout OpenAPI file. A country is typed by its name or two letters."""
REMOVED: Final = "-"
"""Typed where something is to be removed; an empty field stays as it is."""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NEEDED: Final = ("name", "email", "line1", "postal_code", "city", "country")
"""Without these the page takes no customer; a state there isn't everywhere."""


@dataclass(frozen=True, slots=True)
class BillingDetails:
    """Nothing of it may reach a log. What wasn't given is empty; `country` is ISO 3166-1 alpha-2."""

    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    line1: str = field(default="", repr=False)
    line2: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    country: str = field(default="", repr=False)
    tax_id: str = field(default="", repr=False)

    @property
    def given(self) -> dict[str, str]:
        """What there is, by name."""
        values = {each.name: str(getattr(self, each.name)) for each in fields(self)}
        return {name: value for name, value in values.items() if value}

    @property
    def is_complete(self) -> bool:
        """Whether the store's page can be filled in with it."""
        return not self.missing

    @property
    def missing(self) -> Sequence[str]:
        """What the store's page still needs to be filled in."""
        return [name for name in _NEEDED if name not in self.given]

    @property
    def payer(self) -> Payer:
        customer = None
        if self.is_complete:
            customer = CheckoutCustomer(
                name=self.name,
                email=self.email,
                line1=self.line1,
                line2=self.line2 or None,
                city=self.city,
                state=self.state,
                postal_code=self.postal_code,
                country=self.country,
            )
        return Payer(self.country or None, self.state[:64] or None, self.tax_id or None, customer)

    def changed(self, typed: Mapping[str, str], locale: str) -> Self:
        """With what was typed in the place of what was there.

        Raises country_unknown, email_unknown and name_is_an_email.
        """
        changes = {}
        for name, value in typed.items():
            plain = " ".join(value.split())[: LONGEST[name]]
            if plain:
                changes[name] = "" if plain == REMOVED else plain
        if "@" in changes.get("name", ""):
            raise name_is_an_email()
        if changes.get("email") and not _EMAIL.fullmatch(changes["email"]):
            raise email_unknown()
        if changes.get("country"):
            country = country_of(changes["country"], locale)
            if country is None:
                raise country_unknown(changes["country"])
            changes["country"] = country
        return replace(self, **changes)
