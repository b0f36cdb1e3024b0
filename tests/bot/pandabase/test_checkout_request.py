from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.pandabase.schemas import (
    Billing,
    CatalogItem,
    CheckoutRequest,
    Customer,
    Display,
    Dropdown,
    DropdownOption,
    DynamicItem,
    EstimateRequest,
    LengthRules,
    StoreCheckoutField,
)
from tests.openapi import (
    needs_the_files,
    specification,
    validate_checkout_body,
    validate_estimate_body,
)

pytestmark = pytest.mark.specification

PLAN = CatalogItem(product_id="prd_1")
OPTIONS = (DropdownOption(label="Europe", value="eu"), DropdownOption(label="America", value="us"))


def text(longest: int, shortest: int = 0) -> st.SearchStrategy[str]:
    # Lone surrogates can't be sent in JSON, and the models refuse them.
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=shortest, max_size=longest)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


names = st.text("abcXYZ019_", min_size=1, max_size=40)
quantities = st.integers(1, 999)
catalog_items = st.builds(
    CatalogItem, product_id=text(30, 1), variant_id=maybe(text(30, 1)), quantity=quantities
)
dynamic_items = st.builds(
    DynamicItem, name=text(255, 1), amount=st.integers(100, 1_000_000), quantity=quantities
)
items = st.lists(catalog_items | dynamic_items, min_size=1, max_size=10)
countries = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
customers = st.builds(
    Customer,
    name=text(128),
    email=st.emails(),
    billing=st.builds(
        Billing,
        line1=text(200),
        line2=maybe(text(200)),
        city=text(100),
        state=text(100),
        postal_code=text(20),
        country=countries,
    ),
)
length_rules = st.builds(
    LengthRules,
    default_value=maybe(st.text("0123456789", min_size=3, max_size=20)),
    minimum_length=maybe(st.integers(0, 3)),
    maximum_length=maybe(st.integers(20, 255)),
)
dropdowns = st.lists(
    st.builds(DropdownOption, label=text(100, 1), value=names),
    min_size=1,
    max_size=200,
    unique_by=lambda option: option.value,
).flatmap(
    lambda options: st.builds(
        Dropdown,
        options=st.just(tuple(options)),
        default_value=maybe(st.sampled_from([option.value for option in options])),
    )
)
rules = {"text": maybe(length_rules), "numeric": maybe(length_rules), "dropdown": dropdowns}
fields = st.sampled_from(sorted(rules)).flatmap(
    lambda kind: st.builds(
        lambda rule, **plain: StoreCheckoutField(type=kind, **{kind: rule}, **plain),
        rules[kind],
        key=names,
        label=text(50, 1),
        optional=st.booleans(),
    )
)
displays = st.builds(Display, fields=st.lists(fields, max_size=3, unique_by=lambda field: field.key))
urls = st.builds(
    "https://example.{}/{}".format, st.sampled_from(["com", "org"]), st.text("abc/?=&", max_size=30)
)


def fitting_amount(bought: list[CatalogItem | DynamicItem]) -> st.SearchStrategy[int | None]:
    total = sum(item.amount * item.quantity for item in bought if isinstance(item, DynamicItem))
    if any(isinstance(item, CatalogItem) for item in bought):
        return maybe(st.integers(100, 1_000_000))
    return maybe(st.just(total)) if total <= 1_000_000 else st.none()


requests = items.flatmap(
    lambda bought: st.builds(
        CheckoutRequest,
        items=st.just(bought),
        title=maybe(text(128, 1)),
        description=maybe(text(500, 1)),
        amount=fitting_amount(bought),
        customer=maybe(customers),
        coupon_code=maybe(text(64, 1)),
        tax_id=maybe(text(32, 1)),
        display=maybe(displays),
        metadata=maybe(st.dictionaries(text(40, 1), text(500), max_size=20)),
        return_url=maybe(urls),
        cancel_url=maybe(urls),
    )
)


@needs_the_files
@given(requests)
def test_every_checkout_that_can_be_built_fits_the_store(request: CheckoutRequest):
    validate_checkout_body(request.body())


@needs_the_files
@given(
    st.builds(
        EstimateRequest,
        items=items,
        country=countries,
        state=maybe(text(64, 1)),
        coupon_code=maybe(text(64, 1)),
        tax_id=maybe(text(32, 1)),
    )
)
def test_every_estimate_that_can_be_built_fits_the_store(request: EstimateRequest):
    validate_estimate_body(request.body())


@needs_the_files
@given(st.integers(1, 99))
def test_a_dynamic_item_may_cost_less_than_the_file_says_because_the_total_decides(amount: int):
    body = CheckoutRequest(items=(DynamicItem(name="Sticker", amount=amount, quantity=100),)).body()
    assert specification("checkout").body_errors("CreateCheckoutBody", body), (
        "the file changed: so may the model"
    )
    body["items"][0]["amount"] = 100
    validate_checkout_body(body)


FULL = CheckoutRequest(
    items=(
        CatalogItem(product_id="prd_1", variant_id="var_1", quantity=2),
        DynamicItem(name="Tip", amount=100),
    ),
    title="Order",
    description="For you",
    amount=4098,
    customer=Customer(
        name="Ada",
        email="ada@example.com",
        billing=Billing(
            line1="1 St", line2="A", city="Paris", state="IDF", postal_code="75001", country="FR"
        ),
    ),
    coupon_code="SAVE",
    tax_id="FR123",
    display=Display(
        fields=(
            StoreCheckoutField(key="name", label="Name", type="text", text=LengthRules(default_value="Ada")),
            StoreCheckoutField(
                key="region", label="Region", type="dropdown", dropdown=Dropdown(options=OPTIONS)
            ),
        )
    ),
    metadata={"sale": "abc"},
    return_url="https://example.com/done",
    cancel_url="https://example.com/back",
)


@needs_the_files
def test_a_body_can_hold_every_field_that_the_file_names():
    schemas = specification("checkout").document["components"]["schemas"]
    assert set(FULL.body()) == set(schemas["CreateCheckoutBody"]["properties"])


def test_a_body_holds_every_field_under_the_stores_names():
    body = FULL.body()
    validate_checkout_body(body)
    assert body["items"] == [
        {"product_id": "prd_1", "variant_id": "var_1", "quantity": 2},
        {"name": "Tip", "amount": 100, "quantity": 1},
    ]
    assert body["display"]["fields"][0] == {
        "key": "name",
        "label": {"type": "custom", "custom": "Name"},
        "type": "text",
        "optional": False,
        "text": {"default_value": "Ada"},
    }


def test_what_is_not_given_is_not_sent():
    assert CheckoutRequest(items=(PLAN,)).body() == {"items": [{"product_id": "prd_1", "quantity": 1}]}


def test_a_checkout_read_back_from_its_body_is_the_same():
    request = CheckoutRequest(items=(PLAN, DynamicItem(name="Tip", amount=100)), metadata={"a": "b"})
    assert CheckoutRequest.model_validate(request.body()) == request


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": ()},
        {"items": (PLAN,) * 11},
        {"items": ({"product_id": "prd_1", "quantity": 0},)},
        {"items": ({"product_id": "prd_1", "quantity": 1000},)},
        {"items": ({"product_id": ""},)},
        {"items": ({"product_id": "prd_1", "name": "both", "amount": 100},)},
        {"items": ({"name": "", "amount": 100},)},
        {"items": ({"name": "x" * 256, "amount": 100},)},
        {"items": ({"name": "Tip", "amount": 0},)},
        {"items": ({"name": "Tip", "amount": 1_000_001},)},
        {"items": ({"name": "Tip", "amount": 100.5},)},
        {"items": ({"name": "Tip \ud800", "amount": 100},)},
        {"items": ({"name": "Tip", "amount": 100},), "amount": 101},
        {"title": ""},
        {"title": "x" * 129},
        {"description": "x" * 501},
        {"amount": 99},
        {"amount": 1_000_001},
        {"coupon_code": "x" * 65},
        {"tax_id": "x" * 33},
        {"metadata": {f"key{number}": "" for number in range(21)}},
        {"metadata": {"k" * 41: ""}},
        {"metadata": {"key": "x" * 501}},
        {"metadata": {"key": 5}},
        {"return_url": "http://example.com"},
        {"cancel_url": "example.com"},
        {"return_url": "https://"},
        {"cancelUrl": "https://example.com"},
    ],
    ids=str,
)
def test_what_the_store_would_refuse_is_refused_before_it_is_sent(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        CheckoutRequest.model_validate({"items": (PLAN,)} | wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "with space"},
        {"key": "x" * 201},
        {"label": ""},
        {"label": "x" * 51},
        {"type": "date"},
        {"type": "numeric"},  # with the rules of a text
        {"type": "dropdown", "text": None},
        {"text": {"minimum_length": 5, "maximum_length": 4}},
        {"text": {"maximum_length": 256}},
        {"text": {"minimum_length": -1}},
        {"text": {"default_value": "four", "maximum_length": 3}},
        {"type": "numeric", "text": None, "numeric": {"default_value": "four"}},
        {"type": "dropdown", "text": None, "dropdown": {"options": []}},
        {"type": "dropdown", "text": None, "dropdown": {"options": [{"label": "A", "value": "a b"}]}},
        {"type": "dropdown", "text": None, "dropdown": {"options": [{"label": "A", "value": "a"}] * 2}},
        {
            "type": "dropdown",
            "text": None,
            "dropdown": {"options": [{"label": "A", "value": "a"}], "default_value": "b"},
        },
    ],
    ids=str,
)
def test_a_field_that_the_page_could_not_show_is_refused(wrong: dict[str, Any]):
    right = {"key": "name", "label": "Name", "type": "text", "text": {"maximum_length": 10}}
    assert StoreCheckoutField.model_validate(right)
    with pytest.raises(ValidationError):
        StoreCheckoutField.model_validate(right | wrong)


def test_two_fields_may_not_share_a_key():
    field = StoreCheckoutField(key="name", label="Name", type="text")
    with pytest.raises(ValidationError, match="same key"):
        Display(fields=(field, field))


@pytest.mark.parametrize(
    "email", ["ada", "@example.com", "ada@", "a b@example.com", "x" * 310 + "@example.com"]
)
def test_an_address_that_is_none_is_refused(email: str):
    billing = Billing(line1="", city="", state="", postal_code="", country="FR")
    with pytest.raises(ValidationError):
        Customer(name="Ada", email=email, billing=billing)


@pytest.mark.parametrize("country", ["fr", "FRA", "F", "", "F1"])
def test_a_country_is_two_capitals(country: str):
    with pytest.raises(ValidationError):
        EstimateRequest(items=(PLAN,), country=country)


@pytest.mark.parametrize(
    ("model", "secret"),
    [
        (CheckoutRequest, {"items": [], "customer": {"name": "Ada Lovelace", "email": "no address"}}),
        (Customer, {"name": "Ada Lovelace", "email": "Ada Lovelace"}),
    ],
)
def test_what_people_entered_is_in_no_error_text(model: type[BaseModel], secret: dict[str, Any]):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(secret)
    assert "Lovelace" not in str(refused.value)
