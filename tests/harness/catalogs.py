"""Any catalog that a store could have, for property tests; and Discord as the judge of what is made of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from simcord.components import COMPONENTS_V2_FLAG, validate_components

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
from bot.discord.components import Card
from bot.money import Money
from bot.texts import lazy
from tests.harness.shop import walk

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
MOST_TEXT: Final = 4000
BUTTON, SELECT, TEXT = 2, 3, 10


# --- what a store may hold ----------------------------------------------------------------------------

NASTY: Final = [
    "",
    " ",
    "\n",
    "\u200b",
    "*" * 5000,
    "\\" * 300,
    "@everyone " * 60,
    "https://example.com/" * 40,
    "a " * 900,
    "1. x\n" * 200,
    "# x\n" * 200,
    "<@1234>" * 100,
    "```",
    "`" * 120,
    "👩‍👩‍👧‍👦" * 150,
    "مجموعة خطوط " * 40,
    "竹林の画集" * 60,
    "x" * 6000,
]
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=400), st.text(alphabet="*_~|`<[]@:/\\ #\n", max_size=800)
)
addresses = st.one_of(
    st.sampled_from(
        [
            "https://pictures.example/a.png",
            "data:image/png;base64,AA",
            "ftp://a.example/b",
            "https://a b.example/c",
        ]
    ),
    st.text(max_size=40).map(lambda path: f"https://pictures.example/{path}"),
    st.text(max_size=60),
    st.integers(1, 3000).map(lambda length: "https://pictures.example/" + "a" * length),
)
amounts = st.integers(0, 10**9)
moments = st.one_of(st.none(), st.integers(-100, 100).map(lambda days: NOW + timedelta(days=days)))
currencies = st.sampled_from(["USD", "EUR", "JPY", "KWD", "XXX"])


@st.composite
def variants(draw: st.DrawFn, count: int) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            id=f"var_{number}",
            title=draw(texts),
            price=draw(amounts),
            compare_at_price=draw(st.one_of(st.none(), amounts)),
            images=tuple(draw(st.lists(addresses, max_size=2))),
            in_stock=draw(st.booleans()),
            quantity=draw(st.one_of(st.none(), st.integers(0, 9))),
            track_stock=draw(st.booleans()),
        )
        for number in range(count)
    )


@st.composite
def products(draw: st.DrawFn, number: int = 0) -> Product:
    return Product(
        id=f"prd_{number}",
        title=draw(texts),
        subtitle=draw(st.one_of(st.none(), texts)),
        price=draw(amounts),
        compare_at_price=draw(st.one_of(st.none(), amounts)),
        minimum_price=draw(st.one_of(st.none(), amounts)),
        images=tuple(draw(st.lists(addresses, max_size=6))),
        in_stock=draw(st.booleans()),
        currency=draw(currencies),
        product_type=draw(st.sampled_from(ProductType)),
        pricing_model=draw(st.sampled_from(PricingModel)),
        description=draw(st.one_of(st.none(), texts)),
        max_per_customer=draw(st.one_of(st.none(), st.integers(0, 10**6))),
        available_from=draw(moments),
        available_until=draw(moments),
        billing_interval=draw(st.one_of(st.none(), st.sampled_from(BillingInterval))),
        trial_days=draw(st.one_of(st.none(), st.integers(0, 9999))),
        variants=draw(variants(draw(st.sampled_from([0, 1, 2, 24, 25, 26, 49, 60])))),
    )


@st.composite
def snapshots(draw: st.DrawFn, listed: tuple[Product, ...] = ()) -> Snapshot:
    count = draw(st.sampled_from([0, 1, 23, 24, 25, 60]))
    categories = [
        Category(
            id=f"ctg_{number}",
            name=draw(texts),
            description=draw(st.one_of(st.none(), texts)),
            parent_id=draw(st.one_of(st.none(), st.just("ctg_0"))),
            featured=number % 7 == 0,
        )
        for number in range(count)
    ]
    store = Storefront(name=draw(texts), accent_color=draw(st.one_of(st.none(), texts)))
    return Snapshot.of(store, listed, categories, NOW)


# --- what Discord takes -------------------------------------------------------------------------------


@contextmanager
def written_once() -> Iterator[None]:
    """For a few texts and amounts in thousands of messages: to write them anew is most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lazy, "escape", cache(lazy.escape))
        patch.setattr(Money, "format", cache(Money.format))
        yield


def assert_discord_takes(card: Card) -> None:
    """Within every limit of Discord's component reference, and with nothing in it that is blank."""
    components: list[dict[str, Any]] = validate_components(card.to_components(), flags=COMPONENTS_V2_FLAG)
    parts = list(walk(components))
    written = [part["content"] for part in parts if part["type"] == TEXT]
    assert sum(map(len, written)) <= MOST_TEXT
    assert all(text.strip() for text in written)
    for part in parts:
        if part["type"] == BUTTON:
            assert 1 <= len(part["label"].strip()) <= 80
        if part["type"] == SELECT:
            assert 1 <= len(part["options"]) <= 25
            assert len([option for option in part["options"] if option.get("default")]) <= 1
            for option in part["options"]:
                assert 1 <= len(option["label"].strip()) <= 100
                assert option.get("description") is None or 1 <= len(option["description"].strip()) <= 100
