"""Texts are rendered for who reads them, and only then."""

from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from bot.money import Money
from bot.texts import (
    NOTHING,
    SOURCE,
    Language,
    Languages,
    Text,
    capital,
    channel,
    code,
    coded,
    joined,
    limited,
    lines,
    markdown,
    mention,
    moment,
    ntext,
    text,
)
from bot.texts.catalogs import compiled, template
from bot.texts.stored import dumps, loads

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_facts_stand_where_the_template_has_them() -> None:
    said = text("Paid {amount} for {product} ({number}).", amount=Money(1250, "USD"), product="Oak", number=7)

    assert said.render(SOURCE) == "Paid $12.50 for Oak (7)."


def test_a_name_from_outside_is_escaped_where_markdown_is_read_and_nowhere_else() -> None:
    said = text("Pay for {product}", product="**Oak**")

    assert said.render(SOURCE) == r"Pay for \*\*Oak\*\*"
    assert said.render(SOURCE, plain=True) == "Pay for **Oak**"


def test_a_name_with_braces_is_no_template() -> None:
    assert str(text("Pay for {product}", product="{amount}")) == "Pay for {amount}"


def test_a_brace_that_is_meant_is_doubled() -> None:
    assert str(text("Write {{member}} where {name} stands", name="it")) == "Write {member} where it stands"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 messages wait"), (1, "A message waits"), (2, "2 messages wait")]
)
def test_numbers_have_their_forms(count: int, said: str) -> None:
    assert str(ntext("A message waits", "{count} messages wait", count)) == said


def test_an_instant_is_discords_in_markdown_and_the_readers_in_plain_text() -> None:
    said = text("due {date}", date=NOON)

    assert said.render(SOURCE) == f"due <t:{int(NOON.timestamp())}:f>"
    assert said.render(Language("de_DE"), plain=True) == "due 01.01.2026, 12:00"


def test_a_label_begins_with_a_capital_in_each_language() -> None:
    said = capital(text("overdue"))

    assert str(said) == "Overdue"
    assert said.render(Languages().of("de")) == "Überfällig"
    assert not capital(NOTHING)


def test_what_says_nothing_takes_no_line() -> None:
    assert str(lines(text("One"), None, NOTHING, text("Two"))) == "One\nTwo"
    assert not joined(" · ", [None, NOTHING])


@pytest.mark.parametrize("facts", [{}, {"amount": 1, "product": "Oak"}, {"price": 1}])
def test_a_fact_that_is_missing_or_shown_nowhere_is_a_mistake_where_it_is_made(facts: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="amount"):
        text("Paid {amount}", **facts)


def test_a_text_inside_an_f_string_would_stay_english() -> None:
    with pytest.raises(TypeError, match="f-string"):
        f"{text('Paid')}"


EVERY_KIND = lines(
    text("Paid {amount} for {product}", amount=Money(1250, "USD"), product="**Oak**"),
    text("{a} {b} {c}", a=text("whole"), b=mention(1), c=channel(2)),
    ntext("{count} day", "{count} days", 3),
    joined(" · ", [code("A`B"), coded(Money(1, "EUR")), moment(NOON, "R"), markdown("**x**")]),
    limited(text("Only {count} left", count=5), 8),
    capital(text("open")),
)


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_kept_is_read_as_it_was(plain: bool) -> None:  # noqa: FBT001
    again = loads(dumps(EVERY_KIND))

    assert again == EVERY_KIND
    assert again.render(SOURCE, plain=plain) == EVERY_KIND.render(SOURCE, plain=plain)


@given(st.one_of(st.text(), st.from_regex(r"[\[{\"0-9nft].*")))
def test_what_an_earlier_version_kept_as_a_sentence_is_still_shown(kept: str) -> None:
    assert str(loads(kept)) == kept


# --- the reader's language ----------------------------------------------------------------------------


every_text = cache(template)  # reading all of the code takes a while


@pytest.fixture
def languages(tmp_path: Path) -> Languages:
    """English, and a little German and Brazilian Portuguese."""
    written(tmp_path, "de", "Bezahlt: {amount}", ["{count} Tag", "{count} Tage"])
    written(tmp_path, "pt_BR", "Pago: {amount}", ["{count} dia", "{count} dias"])
    return Languages("en_GB", folder=tmp_path)


def written(folder: Path, locale: str, paid: str, days: list[str]) -> None:
    catalog = deepcopy(every_text())
    catalog.locale = locale
    catalog.add("Paid {amount}", paid)
    catalog.add(("{count} day", "{count} days"), tuple(days))
    path = folder / locale / "LC_MESSAGES" / "bamboo.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(compiled(catalog))


@pytest.mark.parametrize(
    ("locale", "paid", "days"),
    [
        ("en-US", "Paid £1,234.50", "0 days"),
        ("en-GB", "Paid £1,234.50", "0 days"),
        ("de", "Bezahlt: 1.234,50\xa0£", "0 Tage"),
        ("pt-BR", "Pago: £\xa01.234,50", "0 dia"),
        ("ja", "Paid £1,234.50", "0 days"),
        ("xx", "Paid £1,234.50", "0 days"),
        ("", "Paid £1,234.50", "0 days"),
    ],
)
def test_everybody_reads_their_own(languages: Languages, locale: str, paid: str, days: str) -> None:
    language = languages.of(locale)

    assert text("Paid {amount}", amount=Money(123_450, "GBP")).render(language) == paid
    assert ntext("{count} day", "{count} days", 0).render(language) == days


def test_who_reads_no_language_that_there_is_reads_the_shops(languages: Languages, tmp_path: Path) -> None:
    german = Languages("de_AT", folder=tmp_path)

    assert german.of("ja", None) == german.default == german.of("de")
    assert languages.of("ja", "pt-PT") == languages.of("pt-BR")


def test_a_currencys_code_is_written_as_the_reader_writes_numbers(languages: Languages) -> None:
    amount = coded(Money(123_450, "USD"))

    assert amount.render(languages.of("en-US")) == "1234.50 USD"
    assert amount.render(languages.of("de")) == "1234,50 USD"


def test_what_a_catalog_lacks_is_english(languages: Languages) -> None:
    unknown: Text = text("Nobody has translated this.")

    assert unknown.render(languages.of("de")) == "Nobody has translated this."
    assert NOTHING.render(languages.of("de")) == text("").render(languages.of("de")) == ""


def test_every_language_has_a_locale_that_discord_has_too() -> None:
    assert all(Locale.parse(each.locale) for each in Languages().all)
