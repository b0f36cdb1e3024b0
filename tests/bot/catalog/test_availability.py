"""What can be bought, and what is said where it can't."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.availability import Line, offer, status_of
from bot.catalog.models import BillingInterval, PricingModel, Product, ProductSummary, ProductType
from bot.catalog.refusals import NoLongerAvailable, NotYetAvailable, OutOfStock, VariantNeeded
from bot.errors import Refusal
from bot.pandabase import catalog as reading
from bot.pandabase import schemas
from tests.harness.saying import Kind, kind_of, refused
from tests.harness.scripted_store import product, summary, variant

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PERSONAL = variant("var_1", title="Personal", price=1000)
COMMERCIAL = variant("var_2", title="Commercial", price=5000)
LATER, EARLIER = (NOW + timedelta(days=1)).isoformat(), (NOW - timedelta(days=1)).isoformat()


def read(**changes: Any) -> Product:
    return reading.product(schemas.StoreProductDetails.model_validate(product(**changes)))


def _listed(**changes: Any) -> ProductSummary:
    return reading.product_summary(schemas.StoreProductSummary.model_validate(summary(**changes)))


def bought(
    wanted: str | None = None,
    quantity: int = 1,
    *,
    currency: str = "USD",
    now: datetime = NOW,
    **changes: Any,
) -> Line:
    return offer(read(**changes), wanted, quantity, currency=currency, now=now)


def status(currency: str = "USD", **changes: Any) -> Refusal | None:
    return status_of(read(**changes), currency=currency, now=NOW)


def test_a_plain_product_makes_a_line_at_its_price():
    assert bought(quantity=3) == Line(
        product_id="prd_1",
        variant_id=None,
        title="Pro Plan",
        unit_amount=1999,
        quantity=3,
        currency="USD",
        product_type=ProductType.LICENSE_KEY,
        pricing_model=PricingModel.STANDARD,
    )
    assert bought(quantity=3).amount == 5997


@pytest.mark.parametrize("wanted", ["var_2", "commercial", " COMMERCIAL "])
def test_a_variant_is_chosen_by_its_id_or_its_title_and_has_its_own_price(wanted: str):
    line = bought(wanted, variants=[PERSONAL, COMMERCIAL], price=1)
    assert (line.variant_id, line.unit_amount, line.title) == ("var_2", 5000, "Pro Plan (Commercial)")


def test_the_only_variant_needs_no_choice():
    assert bought(variants=[COMMERCIAL]).variant_id == "var_2"


def test_a_subscription_has_its_interval_and_its_trial():
    line = bought(productType="SUBSCRIPTION", billingInterval="YEARLY", trialDays=7)
    assert line.is_subscription
    assert (line.billing_interval, line.trial_days) == (BillingInterval.YEARLY, 7)
    assert not bought().is_subscription


def test_where_the_payer_picks_the_price_the_line_has_a_minimum_instead():
    line = bought(quantity=2, pricingModel="PAY_WHAT_YOU_WANT", minimumPrice=300)
    assert (line.unit_amount, line.amount, line.minimum) == (None, None, 300)
    assert bought(pricingModel="PAY_WHAT_YOU_WANT", minimumPrice=None, price=0).minimum == 0


KINDS: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"pricingModel": "FREE"}, "free_product"),
    ({"pricingModel": "FREE", "variants": [COMMERCIAL]}, "free_product"),
    ({"pricingModel": "AUCTION"}, "pricing_unknown"),
    ({"productType": "PHYSICAL"}, "needs_shipping"),
    ({"currency": "EUR"}, "foreign_currency"),
    ({"inStock": False}, OutOfStock),
]
STATES: list[tuple[dict[str, Any], type[Refusal]]] = [
    *KINDS,
    ({"price": 0}, "free_product"),
    ({"price": 1_000_001}, "total_too_large"),
    ({"pricingModel": "PAY_WHAT_YOU_WANT", "minimumPrice": 1_000_001}, "total_too_large"),
    ({"availableFrom": LATER}, NotYetAvailable),
    ({"availableUntil": EARLIER}, NoLongerAvailable),
    ({"availableFrom": EARLIER, "availableUntil": NOW.isoformat()}, NoLongerAvailable),
    ({"variants": [variant(inStock=False)]}, OutOfStock),
    ({"variants": [variant(trackStock=True, quantity=0)]}, OutOfStock),
    ({"variants": [variant(price=0)]}, "free_product"),
]


@pytest.mark.parametrize(("changes", "kind"), STATES, ids=str)
def test_what_can_not_be_bought_is_refused_and_listed_with_the_same_reason(
    changes: dict[str, Any], kind: Kind
):
    with refused(kind) as caught:
        bought(**changes)
    listed = status(**changes)
    assert listed is not None
    assert kind_of(listed) == kind
    assert listed.sentence == caught.value.sentence


@pytest.mark.parametrize(("changes", "kind"), KINDS, ids=str)
def test_a_list_knows_as_much_as_its_entries_tell(changes: dict[str, Any], kind: Kind):
    changes = {name: value for name, value in changes.items() if name != "variants"}
    entry = _listed(**changes)
    refusal = status_of(entry, currency="USD", now=NOW)
    assert refusal is not None
    assert kind_of(refusal) == kind


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"price": 50},  # two make enough
        {"variants": [variant("var_1", inStock=False), variant("var_2")]},
        {"variants": [variant("var_1", price=0), variant("var_2")]},
        {"variants": [PERSONAL, COMMERCIAL], "price": 0},
        {"maxPerCustomer": 0},
        {"productType": "HOLOGRAM"},
    ],
    ids=str,
)
def test_a_product_of_which_something_can_be_bought_is_listed_without_a_reason(changes: dict[str, Any]):
    assert status(**changes) is None
    entry = _listed(**{k: v for k, v in changes.items() if k == "price"})
    assert status_of(entry, currency="USD", now=NOW) is None


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_currency_without_two_decimals_is_refused_even_where_it_is_the_shops(currency: str):
    with refused("currency_without_cents"):
        offer(read(currency=currency), None, 1, currency=currency, now=NOW)


def test_several_variants_need_a_choice_and_five_are_named():
    with pytest.raises(VariantNeeded) as caught:
        bought(variants=[variant(f"var_{number}", title=f"Size {number}") for number in range(8)])
    assert str(caught.value) == (
        "Pro Plan comes in several variants. Choose Size 0, Size 1, Size 2, Size 3, Size 4 or one of 3 more."
    )
    assert len(caught.value.variants) == 8


@pytest.mark.parametrize(
    ("variants", "end"),
    [([PERSONAL, COMMERCIAL], "Choose Personal or Commercial."), ([], "Leave the variant out.")],
)
def test_a_variant_that_does_not_exist_is_refused_with_those_that_do(variants: list[Any], end: str):
    with refused("variant_unknown") as caught:
        bought("Enterprise", variants=variants)
    assert str(caught.value).endswith(end)


def test_a_title_that_two_variants_share_is_no_choice():
    with refused("variant_unknown"):
        bought("same", variants=[variant("var_1", title="Same"), variant("var_2", title="same")])


def test_more_than_is_left_is_refused_with_how_many_are():
    with refused("too_few_left") as caught:
        bought(quantity=3, variants=[variant(trackStock=True, quantity=2)])
    assert str(caught.value) == "Only 2 of Pro Plan (Personal) left. Choose 2 or fewer."
    assert bought(quantity=2, variants=[variant(trackStock=True, quantity=2)]).quantity == 2


@pytest.mark.parametrize(
    "stock", [{"trackStock": False, "quantity": 0}, {"trackStock": True, "quantity": None}]
)
def test_stock_that_is_not_counted_does_not_run_out(stock: dict[str, Any]):
    assert bought(quantity=99, variants=[variant(price=100, **stock)]).quantity == 99


def test_more_than_one_customer_may_have_is_refused():
    assert bought(quantity=2, maxPerCustomer=2).quantity == 2
    with refused("too_many_per_customer", match="Choose 2 or fewer"):
        bought(quantity=3, maxPerCustomer=2)


@pytest.mark.parametrize("quantity", [-1, 0, 1000])
def test_a_quantity_that_the_store_does_not_take_is_refused(quantity: int):
    with refused("quantity_out_of_range", match="1 to 999"):
        bought(quantity=quantity)


def test_a_total_that_is_too_small_says_how_many_are_enough():
    with refused("total_too_small") as caught:
        bought(price=33)
    assert str(caught.value) == ("That's $0.33, and the minimum is $1.00. Choose 4 or more of Pro Plan.")
    assert bought(price=33, quantity=4).amount == 132


def test_a_total_that_is_too_large_says_how_many_would_do():
    with refused("total_too_large") as caught:
        bought(price=300_000, quantity=4)
    assert "$12,000.00" in str(caught.value)
    assert "Choose 3 or fewer of" in str(caught.value)
    with refused("total_too_large", match="Ask staff"):
        bought(price=1_000_001)


@given(price=st.integers(0, 2_000_000), quantity=st.integers(1, 999))
def test_exactly_the_totals_that_a_payment_link_takes_are_offered(price: int, quantity: int):
    if 100 <= price * quantity <= 1_000_000:
        assert bought(price=price, quantity=quantity).amount == price * quantity
    else:
        with refused("total_too_small", "total_too_large", "free_product"):
            bought(price=price, quantity=quantity)


instants = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 bounds


@given(begin=st.none() | instants, end=st.none() | instants, now=instants)
def test_exactly_what_is_in_its_window_is_offered(
    begin: datetime | None, end: datetime | None, now: datetime
):
    window = {
        "availableFrom": begin.isoformat() if begin else None,
        "availableUntil": end.isoformat() if end else None,
    }
    if (begin is None or begin <= now) and (end is None or now < end):
        assert bought(now=now, **window).quantity == 1
    else:
        with pytest.raises((NotYetAvailable, NoLongerAvailable)):
            bought(now=now, **window)


def test_times_are_shown_in_each_readers_own_zone():
    instant = int((NOW + timedelta(days=1)).timestamp())
    with pytest.raises(NotYetAvailable) as early:
        bought(availableFrom=LATER)
    assert f"<t:{instant}:f>" in str(early.value)
    assert f"<t:{instant}:R>" in str(early.value)
    assert early.value.since == NOW + timedelta(days=1)


def test_titles_of_the_store_cannot_format_the_sentence():
    with pytest.raises(VariantNeeded) as caught:
        bought(title="**Pro** @everyone", variants=[PERSONAL, variant("var_2", title="[x](https://a.b)")])
    assert r"\*\*Pro\*\* @" in str(caught.value)
    assert "@everyone" not in str(caught.value)
    assert r"\[x\](https\://a.b)" in str(caught.value)
    assert caught.value.product == "**Pro** @everyone"
