"""Our drafts of checkouts as the store takes them, and as they are kept until it has answered."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.checkout.draft import (
    CheckoutDraft,
    CheckoutField,
    CheckoutItem,
    CheckoutPage,
    FieldOption,
    draft_as_json,
    draft_from_json,
)
from bot.pandabase import schemas
from bot.pandabase.checkouts import field_record, page, request
from tests.harness.scripted_store import session
from tests.openapi import validate_request

pytestmark = pytest.mark.specification

FIELDS = (
    CheckoutField("name", "Name", "text", default_value="ann", minimum_length=2, maximum_length=40),
    CheckoutField("id", "Id", "numeric", optional=True, default_value="17"),
    CheckoutField(
        "how",
        "How?",
        "dropdown",
        default_value="a",
        options=(FieldOption("A friend", "a"), FieldOption("A search", "s")),
    ),
)
DRAFT = CheckoutDraft(
    items=(
        CheckoutItem(2, product_id="prd_1", variant_id="var_1"),
        CheckoutItem(1, name="A custom panda", amount=1500),
    ),
    metadata={"sale": "abcdefghjk", "source": "discord"},
    title="Invoice #7",
    description="Drawn by hand",
    amount=5500,
    coupon_code="SAVE",
    fields=FIELDS,
    return_url="https://discord.com/channels/1/2",
    cancel_url="https://discord.com/channels/1/2",
)
BODY = {
    "items": [
        {"product_id": "prd_1", "variant_id": "var_1", "quantity": 2},
        {"name": "A custom panda", "amount": 1500, "quantity": 1},
    ],
    "title": "Invoice #7",
    "description": "Drawn by hand",
    "amount": 5500,
    "coupon_code": "SAVE",
    "display": {
        "fields": [
            {
                "key": "name",
                "label": {"type": "custom", "custom": "Name"},
                "type": "text",
                "optional": False,
                "text": {"default_value": "ann", "minimum_length": 2, "maximum_length": 40},
            },
            {
                "key": "id",
                "label": {"type": "custom", "custom": "Id"},
                "type": "numeric",
                "optional": True,
                "numeric": {"default_value": "17"},
            },
            {
                "key": "how",
                "label": {"type": "custom", "custom": "How?"},
                "type": "dropdown",
                "optional": False,
                "dropdown": {
                    "options": [{"label": "A friend", "value": "a"}, {"label": "A search", "value": "s"}],
                    "default_value": "a",
                },
            },
        ]
    },
    "metadata": {"sale": "abcdefghjk", "source": "discord"},
    "return_url": "https://discord.com/channels/1/2",
    "cancel_url": "https://discord.com/channels/1/2",
}


def test_the_store_is_sent_all_of_a_draft():
    assert request(DRAFT).body() == BODY
    validate_request("POST", "/stores/shp_test/checkouts", {}, BODY)


def test_what_a_draft_leaves_out_is_not_sent():
    bare = CheckoutDraft((CheckoutItem(1, product_id="prd_1"),), {})
    assert request(bare).body() == {"items": [{"product_id": "prd_1", "quantity": 1}]}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.type)
def test_a_field_of_the_settings_becomes_the_same_field(field: CheckoutField):
    sent = request(replace(DRAFT, fields=(field,))).display
    assert sent is not None
    assert field_record(sent.fields[0]) == field


def test_what_the_store_would_refuse_is_not_sent():
    with pytest.raises(ValueError, match="two fields have the same key"):
        request(replace(DRAFT, fields=(FIELDS[0], FIELDS[0])))


def test_a_draft_is_kept_whole():
    assert draft_from_json(draft_as_json(DRAFT)) == DRAFT


def test_a_draft_that_an_earlier_version_kept_as_the_stores_body_is_still_made():
    assert draft_from_json(BODY) == DRAFT
    bare = {"items": [{"product_id": "prd_1", "quantity": 1}], "amount": 1999}
    assert draft_from_json(bare) == CheckoutDraft((CheckoutItem(1, product_id="prd_1"),), {}, amount=1999)


def test_a_page_has_its_amounts_and_its_end_in_utc_and_keeps_its_address_to_itself():
    ends = datetime(2026, 6, 1, 12, tzinfo=UTC)
    data = session("cs_9", expires_at=int(ends.timestamp() * 1000), discount_amount=100, tax_amount=380)
    found = page(schemas.CheckoutSession.model_validate({**data, "total_amount": 2279}))
    assert found == CheckoutPage("cs_9", "https://pandabase.io/checkout/cs_9", 1999, 100, 380, 2279, ends)
    assert "https" not in repr(found)
