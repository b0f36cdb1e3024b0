"""What is shown of billing details, what is taken for a country, and what stays closed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.billing.countries import country_name, country_of
from bot.billing.masking import HIDDEN, masked
from bot.billing.models import LONGEST, BillingDetails
from bot.billing.sealing import Seal, is_billing_key, new_billing_key
from bot.checkout.draft import NOBODY_KNOWN
from bot.errors import Mistyped

HIDDEN_FIELDS = sorted(LONGEST.keys() - {"country"})
typed = st.text(
    st.characters(exclude_characters="•", exclude_categories=("Cs", "Cc")), min_size=1, max_size=200
)
written = st.fixed_dictionaries({name: st.text("abcDEF 123ß竹", max_size=20) for name in HIDDEN_FIELDS})


@given(st.sampled_from(HIDDEN_FIELDS), typed)
def test_of_anything_but_a_country_a_few_first_letters_are_shown(name: str, value: str) -> None:
    shown = masked(name, value)

    bare = shown.replace(HIDDEN, "").replace("@", "").replace(" ", "")
    assert len(bare) <= 3
    assert len(value) <= 3 or value not in shown
    assert len(shown) <= 3 * (len(HIDDEN) + 2)


@given(st.sampled_from(HIDDEN_FIELDS), st.text("ab", min_size=5, max_size=5), st.integers(1, 40))
def test_how_long_it_is_isnt_told(name: str, value: str, more: int) -> None:
    assert masked(name, value) == masked(name, value + "x" * more)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("name", "Mina Tanaka", "M••• T•••"),
        ("email", "mina@example.com", "m•••@e•••"),
        ("tax_id", "DE123456789", "DE•••"),
        ("postal_code", "10115", "1•••"),
        ("city", "Ay", "•••"),
        ("country", "DE", "DE"),
    ],
)
def test_people_know_theirs_again(name: str, value: str, shown: str) -> None:
    assert masked(name, value) == shown


@pytest.mark.parametrize(
    ("typed_country", "locale", "code"),
    [
        ("DE", "en-US", "DE"),
        ("de", "fr", "DE"),
        ("Germany", "de", "DE"),
        ("deutschland", "de", "DE"),
        ("Brésil", "fr", "BR"),
        ("bresil", "fr", "BR"),
        ("España", "es-ES", "ES"),
        ("UK", "en-GB", "GB"),
        ("usa", "en-US", "US"),
        ("Japan", "xx", "JP"),
        ("Atlantis", "en-US", None),
        ("EU", "en-US", None),
        ("ZZ", "en-US", None),
        ("Deutschland", "en-US", None),
    ],
)
def test_countries_are_known_by_code_and_name(typed_country: str, locale: str, code: str | None) -> None:
    assert country_of(typed_country, locale) == code


def test_countries_are_called_as_their_readers_do() -> None:
    assert [country_name("DE", locale) for locale in ("de", "fr", "pt-BR")] == [
        "Deutschland",
        "Allemagne",
        "Alemanha",
    ]


@given(written, st.integers(1, 2**63))
def test_what_was_sealed_opens_for_its_member_alone_and_says_nothing_by_itself(
    given_details: dict[str, str], user: int
) -> None:
    seal, details = Seal(new_billing_key()), BillingDetails(**given_details)
    sealed = seal.close(user, details)

    assert seal.open(user, sealed) == details
    assert seal.open(user + 1, sealed) == BillingDetails()
    assert Seal(new_billing_key()).open(user, sealed) == BillingDetails()
    assert all(value not in sealed for value in details.given.values() if len(value) > 6)
    assert all(
        value not in repr(details) + repr(details.payer) for value in details.given.values() if len(value) > 6
    )
    assert seal.key not in repr(seal)


def test_what_is_damaged_is_nobody_and_holds_up_nothing() -> None:
    seal = Seal(new_billing_key())

    assert seal.payer(1, "damaged") == seal.payer(1, None) == NOBODY_KNOWN


def test_keys_are_told_from_other_text() -> None:
    assert is_billing_key(new_billing_key())
    assert not any(map(is_billing_key, ("", "short", "x" * 44 + "=", "ä" * 44)))


@given(st.dictionaries(st.sampled_from(sorted(LONGEST)), typed))
def test_whatever_is_typed_the_store_takes_what_is_kept(fields: dict[str, str]) -> None:
    details = BillingDetails()
    with suppress(Mistyped):
        details = details.changed(fields, "en-US")
    assert all(len(value) <= LONGEST[name] for name, value in details.given.items())
    assert len(details.country) in {0, 2}
    assert (details.payer.customer is None) == (not details.is_complete)
