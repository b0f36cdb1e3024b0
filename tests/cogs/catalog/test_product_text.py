"""How products read: the words of prices, kinds and stock, and which pictures Discord is given."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.models import BillingInterval, PricingModel, Product, ProductSummary, ProductType, Variant
from bot.texts import Language, Languages
from cogs.catalog.product_text import (
    LONGEST_URL,
    ProductText,
    address_of,
    pictures_of,
    plain,
    shown,
    stock_of_variant,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORDS = ProductText("USD")

FACTS: dict[str, Any] = {
    "id": "prd_1",
    "title": "Grove",
    "price": 999,
    "in_stock": True,
    "currency": "USD",
    "product_type": ProductType.DIGITAL_DOWNLOAD,
    "pricing_model": PricingModel.STANDARD,
}


def summary(**facts: Any) -> ProductSummary:
    return ProductSummary(**FACTS | facts)


def product(**facts: Any) -> Product:
    return Product(**FACTS | facts)


def variant(price: int, **facts: Any) -> Variant:
    return Variant(**{"id": f"var_{price}", "title": str(price), "price": price, "in_stock": True} | facts)


# --- prices -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "price"),
    [
        ({}, "**$9.99**"),
        ({"compare_at_price": 1499}, "~~$14.99~~ **$9.99**"),
        ({"compare_at_price": 999}, "**$9.99**"),
        ({"compare_at_price": 500}, "**$9.99**"),
        ({"price": 0}, "**$0.00**"),
        ({"price": 0, "pricing_model": PricingModel.FREE}, "**Free**"),
        ({"pricing_model": PricingModel.PAY_WHAT_YOU_WANT}, "**You choose the price**"),
        (
            {"pricing_model": PricingModel.PAY_WHAT_YOU_WANT, "minimum_price": 300},
            "**You choose the price**, from $3.00",
        ),
        ({"currency": "JPY"}, "**¥999**"),
        ({"currency": "EUR"}, "**€9.99**"),
    ],
)
def test_a_price_reads_the_same_in_a_list_and_on_a_page(facts: dict[str, Any], price: str) -> None:
    assert str(WORDS.price(summary(**facts))) == price
    assert str(WORDS.price(product(**facts))) == price


@pytest.mark.parametrize(
    ("interval", "trial", "price"),
    [
        (BillingInterval.WEEKLY, None, "**$9.99**\u00a0/\u00a0week"),
        (BillingInterval.MONTHLY, 0, "**$9.99**\u00a0/\u00a0month"),
        (BillingInterval.MONTHLY, 1, "1 day free, then **$9.99**\u00a0/\u00a0month"),
        (BillingInterval.YEARLY, 14, "14 days free, then **$9.99**\u00a0/\u00a0year"),
        (BillingInterval.UNKNOWN, None, "**$9.99**\u00a0/\u00a0period"),
    ],
)
def test_a_subscription_says_how_often_and_for_how_long_it_is_free(
    interval: BillingInterval, trial: int | None, price: str
) -> None:
    subscription = product(product_type=ProductType.SUBSCRIPTION, billing_interval=interval, trial_days=trial)

    assert str(WORDS.price(subscription)) == price
    assert str(WORDS.plain_price(subscription)) == price.replace("*", "")


def test_variants_at_different_prices_begin_with_the_lowest() -> None:
    several = product(variants=(variant(2000, compare_at_price=3000), variant(1000, compare_at_price=1500)))

    assert str(WORDS.price(several)) == "**from $10.00**"
    assert str(WORDS.price(several, several.variants[0])) == "~~$30.00~~ **$20.00**"


def test_variants_at_one_price_have_it() -> None:
    several = product(variants=(variant(1000, compare_at_price=1500), variant(1000)))

    assert str(WORDS.price(several)) == "~~$15.00~~ **$10.00**"


def test_money_is_written_as_the_owner_wants_it() -> None:
    assert (
        ProductText("EUR").price(summary(currency="EUR", price=123_456)).render(Language("de_DE"))
        == "**1.234,56\u00a0€**"
    )


@pytest.mark.parametrize(
    ("facts", "price"),
    [
        ({}, "$9.99"),
        ({"pricing_model": PricingModel.FREE}, "free"),
        ({"pricing_model": PricingModel.PAY_WHAT_YOU_WANT, "minimum_price": 300}, "you choose the price"),
    ],
)
def test_a_price_in_a_menu_knows_no_markdown(facts: dict[str, Any], price: str) -> None:
    assert str(WORDS.plain_price(summary(**facts))) == price


# --- kinds and stock ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [each for each in ProductType if each is not ProductType.UNKNOWN])
def test_every_kind_that_the_store_knows_has_a_word(kind: ProductType) -> None:
    assert WORDS.kind(summary(product_type=kind))


def test_a_kind_that_is_newer_than_the_bot_has_none() -> None:
    assert str(WORDS.kind(summary(product_type="HOLOGRAM"))) == ""


TOMORROW, YESTERDAY = NOW + timedelta(days=1), NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "stock", "plainly"),
    [
        ({}, "", ""),
        ({"in_stock": False}, "Sold out", "sold out"),
        ({"currency": "EUR"}, "Not sold here", "not sold here"),
        ({"product_type": ProductType.PHYSICAL}, "Not sold here", "not sold here"),
        ({"available_from": TOMORROW}, f"On sale from <t:{int(TOMORROW.timestamp())}:d>", "coming soon"),
        ({"available_until": YESTERDAY}, "No longer sold", "no longer sold"),
        ({"available_until": TOMORROW}, "", ""),
    ],
)
def test_what_is_in_the_way_is_said_in_a_few_words(facts: dict[str, Any], stock: str, plainly: str) -> None:
    assert str(WORDS.stock(product(**facts), NOW)) == stock
    assert str(WORDS.plain_stock(product(**facts), NOW)) == plainly


@pytest.mark.parametrize(
    ("facts", "stock"),
    [
        ({}, ""),
        ({"in_stock": False}, "sold out"),
        ({"track_stock": True, "quantity": 0}, "sold out"),
        ({"track_stock": True, "quantity": 1}, "only 1 left"),
        ({"track_stock": True, "quantity": 5}, "only 5 left"),
        ({"track_stock": True, "quantity": 6}, ""),
        ({"track_stock": False, "quantity": 1}, ""),
        ({"track_stock": True, "quantity": None}, ""),
    ],
)
def test_the_last_few_of_a_variant_are_counted(facts: dict[str, Any], stock: str) -> None:
    assert str(stock_of_variant(variant(100, **facts))) == stock


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "one_line"),
    [("Grove", "Grove"), (" a\n\tb ", "a b"), ("", "Untitled"), (" \n", "Untitled"), ("**x**", "**x**")],
)
def test_a_name_for_a_menu_is_one_line_and_never_empty(name: str, one_line: str) -> None:
    assert plain(name, 100) == one_line


@given(st.text(max_size=300), st.integers(10, 100))
def test_a_name_in_a_message_is_no_longer_than_asked_escapes_included(name: str, limit: int) -> None:
    text = str(shown(name, limit))

    assert 1 <= len(text) <= limit
    assert "\n" not in text


def test_a_name_in_a_message_is_cut_without_leaving_half_an_escape() -> None:
    assert str(shown("*" * 100, 10)) == "\\*\\*\\*\\*…"


# --- pictures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://pictures.example/a.png",
        "http://127.0.0.1:8080/a.png",
        "https://pictures.example/a%20b.png?signature=a%2Fb+c&x=%7E",
        "https://pictures.example:8443/a.png#part",
        "https://[2001:db8::1]/a.png",
        "https://my_bucket.pictures.example/a.png",
    ],
)
def test_an_address_that_is_written_properly_stays_as_it_is(address: str) -> None:
    assert address_of(address) == address


@pytest.mark.parametrize(
    ("address", "properly"),
    [
        ("https://pictures.example/a b.png", "https://pictures.example/a%20b.png"),
        (" https://pictures.example/a.png\n", "https://pictures.example/a.png"),
        ("https://pictures.example/ü.png", "https://pictures.example/%C3%BC.png"),
        ("https://bücher.example/a.png", "https://xn--bcher-kva.example/a.png"),
    ],
)
def test_an_address_that_people_write_is_written_properly(address: str, properly: str) -> None:
    assert address_of(address) == properly


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "a.png",
        "//pictures.example/a.png",
        "data:image/png;base64,AAAA",
        "ftp://pictures.example/a.png",
        "javascript:alert(1)",
        "attachment://a.png",
        "https://",
        "https:///a.png",
        "https://.../a.png",
        "https://exa mple.com/a.png",
        "https://pictures.example:99999/a.png",
        "https://[::1/a.png",
        "https://pictures.example/" + "a" * LONGEST_URL,
        "https://pictures.example/" + "ü" * 400,
    ],
)
def test_what_discord_would_not_take_as_an_address_is_left_out(address: str) -> None:
    assert address_of(address) is None


@given(
    st.one_of(st.text(), st.text().map(lambda rest: f"https://{rest}"), st.text().map("http://a/{}".format))
)
def test_whatever_is_given_as_an_address_is_taken_apart_without_harm(address: str) -> None:
    written = address_of(address)

    if written is not None:
        assert written.isascii()
        assert not any(character.isspace() for character in written)
        assert len(written) <= LONGEST_URL
        assert yarl.URL(written).scheme in ("https", "http")


def test_a_variants_own_pictures_come_first_and_each_once() -> None:
    first, second = "https://pictures.example/1.png", "https://pictures.example/2.png"

    found = pictures_of(product(images=(first, "ftp://x/y")), variant(100, images=(second, f" {first}")))

    assert found == [second, first]


@pytest.mark.parametrize(("left", "said"), [(1, "Solo queda 1"), (3, "Solo quedan 3")])
def test_how_many_are_left_is_said_in_the_form_of_their_number(left: int, said: str) -> None:
    few = WORDS.stock_of_chosen(variant(999, track_stock=True, quantity=left))

    assert few.render(Languages().of("es-ES")) == said
