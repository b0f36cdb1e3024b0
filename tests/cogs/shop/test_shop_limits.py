"""Every page of the shop stays within Discord's limits, whatever the store holds."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st
from simcord.components import validate_modal

from bot.catalog.availability import Line, offer
from bot.catalog.catalog import Snapshot
from bot.catalog.models import (
    BillingInterval,
    Category,
    PricingModel,
    Product,
    ProductType,
    Storefront,
    Variant,
)
from bot.catalog.refusals import ProductGone
from bot.discord.components import Card
from bot.discord.localized import localized
from bot.errors import Refusal
from bot.jobs.models import Reply
from bot.texts import Language
from cogs.catalog.product_text import ProductText
from cogs.shop.forms import form_of
from cogs.shop.listing_view import ListingPage, ListingView, closed
from cogs.shop.sessions import Choice, Listing, StorefrontSession
from tests.harness.catalogs import NOW, TEXT, assert_discord_takes, products, snapshots, texts, written_once
from tests.harness.shop import walk

LOCALES = ["en_US", "de_DE", "ar_EG", "ja_JP"]
languages = st.sampled_from(LOCALES).map(Language)
storefronts = st.builds(ListingView, st.just(ProductText("USD")), st.booleans())
searches = texts.map(lambda text: text.strip()[:60])
coupons = st.one_of(st.none(), texts.map(lambda text: text.strip()[:64] or None))


@pytest.fixture(autouse=True, scope="module")
def _every_text_and_amount_is_written_once() -> Iterator[None]:
    with written_once():
        yield


def session_with(listing: Listing, choice: Choice | None = None) -> StorefrontSession:
    return StorefrontSession(1, 1, Reply(1, "token", 1, NOW), listing, choice)


def announced(card: Card) -> Card:
    """As it looks to somebody for whom much waits."""
    card.add_item(ui.TextDisplay("-# 123456 messages are waiting for you: use /purchases."))
    return card


@given(st.data())
def test_every_list_stays_within_discords_limits(data: st.DataObject) -> None:
    listed = tuple(data.draw(products(number)) for number in range(data.draw(st.integers(0, 6))))
    snapshot = data.draw(snapshots(listed))
    pages = data.draw(st.integers(1, 9999))
    page = ListingPage(listed, data.draw(st.integers(0, pages - 1)), pages, data.draw(st.integers(0, 60_000)))
    category = data.draw(st.sampled_from([None, "ctg_0", "ctg_59", "ctg_gone"]))
    listing = Listing(category, data.draw(searches), page.number, data.draw(st.integers(0, 9)))

    card = data.draw(storefronts).listing(
        session_with(listing),
        snapshot,
        page,
        stale=True,
        away=data.draw(st.booleans()),
        now=NOW,
        note=ProductGone().sentence,
    )

    assert_discord_takes(localized(announced(card), data.draw(languages)))


def offered(product: Product, choice: Choice) -> Line | Refusal:
    try:
        return offer(product, choice.variant_id, choice.quantity, currency="USD", now=NOW)
    except Refusal as refusal:
        return refusal


@given(st.data())
def test_every_product_page_stays_within_discords_limits(data: st.DataObject) -> None:
    product = data.draw(products())
    choice = Choice(
        product.id,
        data.draw(st.sampled_from([None, "var_0", "var_59", "var_gone"])),
        data.draw(st.sampled_from([0, 1, 2, 999])),
        data.draw(coupons),
        data.draw(st.integers(0, 5)),
        data.draw(searches),
    )

    card = data.draw(storefronts).product(
        session_with(Listing(), choice),
        choice,
        product,
        offered(product, choice),
        snapshot=data.draw(snapshots()),
        known_at=NOW,
        now=NOW,
    )

    assert_discord_takes(localized(announced(card), data.draw(languages)))


# Chance never makes everything as long as it can be at once.

LONGEST = "*" * 5000


def longest_product(number: int, **different: Any) -> Product:
    return Product(
        id=f"prd_{number}",
        **{
            "title": LONGEST,
            "subtitle": LONGEST,
            "description": LONGEST,
            "price": 10**11,
            "compare_at_price": 10**11 + 1,
            "images": tuple(f"https://pictures.example/{picture}.png" for picture in range(9)),
            "in_stock": True,
            "currency": "USD",
            "product_type": ProductType.SUBSCRIPTION,
            "pricing_model": PricingModel.STANDARD,
            "billing_interval": BillingInterval.MONTHLY,
            "trial_days": 99_999,
            "max_per_customer": 99_999,
            **different,
        },
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("different", [{}, {"available_from": NOW + timedelta(days=9)}, {"currency": "KWD"}])
def test_the_longest_of_everything_stays_within_discords_limits(
    locale: str, different: dict[str, Any]
) -> None:
    pages = ListingView(ProductText("USD"), test=True)
    listed = tuple(longest_product(number, **different) for number in range(6))
    category = Category(id="ctg_0", name=LONGEST, description=LONGEST, parent_id="ctg_0")
    snapshot = Snapshot.of(Storefront(name=LONGEST), listed, [category], NOW)
    session = session_with(Listing("ctg_0", "*" * 60, 3))
    page = ListingPage(listed, 3, 9999, 99_999)

    listing = pages.listing(
        session, snapshot, page, stale=True, away=True, now=NOW, note=ProductGone().sentence
    )
    assert_discord_takes(localized(announced(listing), Language(locale)))

    variants = tuple(
        Variant(id=f"var_{number}", title=LONGEST, price=10**11, compare_at_price=10**12, in_stock=True)
        for number in range(60)
    )
    product = longest_product(0, variants=variants, **different)
    for variant in (None, "var_3", "var_gone"):
        choice = Choice("prd_0", variant, 999, "*" * 64, 0, "*" * 60)
        card = pages.product(
            session,
            choice,
            product,
            offered(product, choice),
            snapshot=snapshot,
            known_at=NOW,
            now=NOW,
        )
        assert_discord_takes(localized(announced(card), Language(locale)))


@given(storefronts, searches, coupons, searches, st.integers(0, 999))
def test_every_form_and_every_short_page_stays_within_discords_limits(
    pages: ListingView, search: str, coupon: str | None, variant_search: str, quantity: int
) -> None:
    session = session_with(Listing(search=search), Choice("prd_1", None, quantity, coupon, 0, variant_search))

    for name in ("search", "quantity", "coupon", "variants"):
        validate_modal(form_of(session, name).to_dict())
    assert_discord_takes(pages.store_away(session))
    assert_discord_takes(pages.of_products.offer_changed())
    assert_discord_takes(closed())


@pytest.mark.parametrize(("test", "heading"), [(True, "## `TEST` Grove"), (False, "## Grove")])
def test_only_a_store_in_which_nothing_is_real_is_marked(*, test: bool, heading: str) -> None:
    pages = ListingView(ProductText("USD"), test=test)
    product = longest_product(0, title="Grove")
    snapshot = Snapshot.of(Storefront(name="Grove"), [product], fetched_at=NOW)
    session, choice = session_with(Listing()), Choice("prd_0")
    page = ListingPage([product], 0, 1, 1)

    view = [
        pages.listing(session, snapshot, page, stale=False, away=False, now=NOW),
        pages.product(
            session,
            choice,
            product,
            offered(product, choice),
            snapshot=snapshot,
            known_at=None,
            now=NOW,
        ),
    ]

    for card in view:
        written = [part["content"] for part in walk(card.to_components()) if part["type"] == TEXT]
        assert written[0].startswith(f"{heading}\n")
    assert ("`TEST`" in str(pages.store_away(session).to_components())) is test
